import assert from "node:assert/strict";
import test from "node:test";
import { IrisRun } from "../../web/iris-run.js";
import { close, expected } from "./expected.mjs";

const { data, runs } = expected("iris-run");
const STEPS = 200;

for (const { settings, history, parameters, inactive, misses } of runs) {
  const { activation, hidden, seed, optimizer } = settings;
  const run = new IrisRun(data, settings);
  run.train(STEPS);

  test(`${activation}, ${hidden} units, ${optimizer}, seed ${seed}: the run is hwlib's`, () => {
    for (const [name, series] of Object.entries(history))
      close(run.history[name].slice(0, STEPS), series, 1e-6, name);
    for (const [name, values] of Object.entries(parameters))
      close(run.network.parameters[name], values, 1e-6, name);
    assert.equal(run.step, STEPS);
  });

  test(`${activation}, ${hidden} units, ${optimizer}, seed ${seed}: units and misses are counted as in hwlib`, () => {
    const units = run.units();
    close(
      units.map(({ share }) => share),
      inactive,
      1e-12,
    );
    const [word, limit] = activation === "relu" ? ["dead", 1] : ["saturated", 0.9];
    units.forEach(({ state, share }) => {
      assert.equal(state, share >= limit ? word : "live");
    });
    assert.equal(run.misses().length, misses);
  });
}

test("a step that overflows is undone and ends the run", () => {
  const run = new IrisRun(data, { ...runs[0].settings, activation: "relu", "learning-rate": 1e300 });
  const before = structuredClone(run.network.parameters);
  run.train(5);
  assert.ok(run.overflow);
  assert.deepEqual(run.network.parameters, before);
  assert.equal(run.step, 0);
});

test("a unit is dead when it is off on every training row", () => {
  const run = new IrisRun(data, { ...runs[2].settings, "learning-rate": 10 });
  run.train(STEPS);
  assert.ok(run.units().some(({ state, share }) => state === "dead" && share === 1));
});
