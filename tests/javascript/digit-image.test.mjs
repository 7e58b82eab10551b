import assert from "node:assert/strict";
import test from "node:test";
import { asMnist } from "../../web/digit-image.js";
import { close, expected } from "./expected.mjs";

const SIZE = 280;

/** A pad on which the rows of `ink` lie, ten times enlarged. */
function pad({ ink, top, left }) {
  const made = new Uint8Array(SIZE * SIZE);
  ink.forEach((row, r) => {
    row.forEach((gray, c) => {
      for (let y = 0; y < 10; y++)
        made.fill(
          gray,
          (top + 10 * r + y) * SIZE + left + 10 * c,
          (top + 10 * r + y) * SIZE + left + 10 * (c + 1),
        );
    });
  });
  return made;
}

test("MNIST's images come back, wherever they lie on the pad", () => {
  for (const digit of expected("digit-image")) {
    assert.deepEqual([...asMnist(pad(digit), SIZE).pixels], digit.image);
    const elsewhere = { ...digit, top: 0, left: 60 };
    assert.deepEqual([...asMnist(pad(elsewhere), SIZE).pixels], digit.image);
  }
});

test("the page and Python make the same image of a drawing", () => {
  for (const { ink, image } of expected("drawn-digits"))
    close([...asMnist(Uint8Array.from(ink), SIZE).pixels], image, 1); // rounding at a half may differ
});

test("an empty pad has no image", () => assert.equal(asMnist(new Uint8Array(SIZE * SIZE), SIZE), null));

test("a single point of ink is scaled to the middle", () => {
  const made = new Uint8Array(SIZE * SIZE);
  made[3 * SIZE + 7] = 255;
  const { pixels, columns, rows, left, top } = asMnist(made, SIZE);
  assert.deepEqual([columns, rows], [20, 20]);
  assert.deepEqual([left, top], [5, 5]); // the middle of 20 pixels, 9.5, comes to 14 or 15
  assert.equal(
    pixels.reduce((a, b) => a + b, 0),
    255 * 400,
  );
});
