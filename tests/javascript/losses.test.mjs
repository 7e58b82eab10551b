import assert from "node:assert/strict";
import test from "node:test";
import { crossEntropy, softmax } from "../../web/losses.js";
import { close, expected } from "./expected.mjs";

test("loss, probabilities and gradient are hwlib's, for huge logits too", () => {
  for (const { logits, labels, reduction, loss, probabilities, gradient } of expected("losses")) {
    const found = crossEntropy(logits, labels, reduction);
    close([found.loss], [loss], 1e-12 * Math.max(1, loss));
    close(found.probabilities, probabilities, 1e-12);
    close(found.gradient, gradient, 1e-12);
  }
});

test("softmax keeps the kind of its list", () => {
  assert.ok(softmax(new Float32Array([1, 2])) instanceof Float32Array);
});
