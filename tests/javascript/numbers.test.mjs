import assert from "node:assert/strict";
import test from "node:test";
import { brief, clamp, fixed, percent } from "../../web/numbers.js";

test("a number with a fixed count of decimals has a real minus sign and no negative zero", () => {
  assert.equal(fixed(2.54694), "2.5469");
  assert.equal(fixed(-1.5, 1), "−1.5");
  assert.equal(fixed(-0.00001), "0.0000");
  assert.equal(fixed(-0, 0), "0");
  assert.equal(fixed(123456, 2), "1.23e+5");
  assert.equal(fixed(-1e-300, 2), "0.00");
});

test("a brief number keeps its significant digits, whatever its size", () => {
  assert.equal(brief(0), "0");
  assert.equal(brief(2.54694), "2.547");
  assert.equal(brief(-31.4159265, 3), "−31.4");
  assert.equal(brief(0.000123456), "1.23e−4");
  assert.equal(brief(-7654321), "−7.65e+6");
  assert.equal(brief(Infinity), "Infinity");
});

test("a share is written in percent", () => assert.equal(percent(0.9954, 2), "99.54 %"));

test("a value is held between two others", () => {
  assert.deepEqual(
    [-1, 2, 9].map((value) => clamp(value, 0, 5)),
    [0, 2, 5],
  );
});
