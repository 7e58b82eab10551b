import assert from "node:assert/strict";
import test from "node:test";
import { defaultRng } from "../../web/numpy-random.js";
import { expected } from "./expected.mjs";

for (const [seed, wanted] of Object.entries(expected("numpy-random"))) {
  test(`seed ${seed} gives NumPy's numbers to the last bit`, () => {
    const random = defaultRng(Number(seed));
    assert.deepEqual(
      wanted.map(() => random()),
      wanted,
    );
  });
}
