import assert from "node:assert/strict";
import test from "node:test";
import { ACTIVATIONS, canBeOff } from "../../web/activation-functions.js";
import { passOn } from "../../web/normal-inputs.js";
import { close, expected } from "./expected.mjs";

const { z, functions, behind } = expected("activation-functions");

test("the page has every activation of hwlib", () => {
  assert.deepEqual(Object.keys(ACTIVATIONS), Object.keys(functions));
});

for (const [name, { value, derivative }] of Object.entries(functions)) {
  test(`${name} and its derivative have hwlib's values`, () => {
    close(z.map(ACTIVATIONS[name].value), value, 1e-12, "value");
    close(z.map(ACTIVATIONS[name].derivative), derivative, 1e-12, "derivative");
  });

  test(`${name}: the largest slope is the one that is listed`, () => {
    const fine = Array.from({ length: 80_001 }, (_, i) => ACTIVATIONS[name].derivative(-40 + i / 1e3));
    assert.ok(Math.abs(Math.max(...fine) - ACTIVATIONS[name].steepest) < 1e-4);
  });

  test(`behind ${name}, normal inputs have the shares and moments of a fine grid`, () => {
    for (const { inputs, figures } of behind.filter((one) => one.name === name)) {
      const found = passOn(name, ...inputs);
      for (const [quantity, figure] of Object.entries(figures))
        assert.ok(Math.abs(found[quantity] - figure) < 1e-3, `${quantity} at ${inputs}`);
    }
  });
}

test("relu's units alone can be off", () => {
  assert.deepEqual(Object.keys(ACTIVATIONS).filter(canBeOff), ["relu"]);
});
