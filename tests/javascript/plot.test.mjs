import assert from "node:assert/strict";
import test from "node:test";
import { line, path, ticks } from "../../web/plot.js";

test("a scale leads the ends of the data to the ends of the drawing, and the middle to the middle", () => {
  const Y = line([-2, 6], [100, 20]);
  assert.deepEqual([-2, 2, 6].map(Y), [100, 60, 20]);
});

test("ticks are round, evenly spaced, within the range, and three to six", () => {
  for (let k = 0; k < 500; k++) {
    const low = 10 * Math.sin(k * k);
    const high = low + 10 ** (4 * Math.sin(k));
    const found = ticks(low, high);
    assert.ok(found.length >= 2 && found.length <= 6, `${found.length} between ${low} and ${high}`);
    assert.ok(found[0] >= low - 1e-9 * (high - low) && found.at(-1) <= high + 1e-9 * (high - low));
    const step = found[1] - found[0];
    found.slice(1).forEach((tick, i) => {
      assert.ok(Math.abs(tick - found[i] - step) < 1e-3 * step);
    });
    const digits = step / 10 ** Math.floor(Math.log10(step) + 1e-6);
    assert.ok(
      [1, 2, 2.5, 5, 10].some((round) => Math.abs(digits - round) < 1e-3),
      `a step of ${step}`,
    );
  }
});

test("ticks of a known range", () => assert.deepEqual(ticks(0, 1), [0, 0.25, 0.5, 0.75, 1]));

test("a curve that leaves the frame is held at its edge", () => {
  const frame = { X: (x) => x, Y: (y) => 50 - y, top: 0, bottom: 50 };
  const points = [[0, 10], [1, 99], [2, -99]]; // biome-ignore format: a table
  assert.equal(path(frame, points), "M0.0 40.0L1.0 0.0L2.0 50.0");
});
