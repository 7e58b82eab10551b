import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import test from "node:test";
import { ExportedNetwork, unpack } from "../../web/exported-network.js";
import { explain, place, sees } from "../../web/units.js";
import { close, expected, numbers } from "./expected.mjs";

const bytes = (path) => new Uint8Array(readFileSync(path));
const opened = async (path) => new ExportedNetwork(await unpack(bytes(path).buffer));
const FILES = expected("exported-network");
const [ANY] = Object.keys(FILES);

for (const [path, { inputs, layers }] of Object.entries(FILES)) {
  test(`${basename(path)}: every layer's values are those that Keras computes`, async () => {
    const network = await opened(path);
    assert.ok(network.layers.length > 1);
    inputs.forEach((input, example) => {
      network.run(input);
      for (const { name, values } of network.layers) close(values, layers[name][example], 2e-4, name);
    });
  });

  test(`${basename(path)}: what explains a unit gives its value`, async () => {
    const network = await opened(path);
    network.run(inputs[0]);
    for (const layer of network.layers) {
      const step = Math.ceil(layer.values.length / 200);
      for (let at = 0; at < layer.values.length; at += step)
        assert.ok(Math.abs(explain(layer, at).activation - layer.values[at]) < 1e-4, `${layer.name} ${at}`);
    }
  });

  test(`${basename(path)}: a unit depends on what it sees and on nothing else`, async () => {
    const network = await opened(path);
    const [rows, columns, channels] = network.input.shape;
    const outside = ({ row, column, ...seen }, at) => {
      const [r, c] = place(network.input, at);
      return r < row || r >= row + seen.rows || c < column || c >= column + seen.columns;
    };
    const before = numbers(rows * columns * channels);
    for (const layer of network.layers) {
      const unit = layer.values.length - 1;
      const seen = sees(layer, unit);
      assert.ok(seen.row + seen.rows <= rows && seen.column + seen.columns <= columns);
      network.run(before);
      const value = layer.values[unit];
      network.run(before.map((number, at) => (outside(seen, at) ? -number : number)));
      assert.equal(layer.values[unit], value);
    }
  });
}

test("the frame of a unit is as large as the pixels that reach it", async () => {
  const network = await opened(Object.keys(FILES).find((path) => path.includes("small-sigmoid")));
  const image = numbers(784);
  for (const layer of network.layers.slice(0, 4)) {
    const unit = layer.values.length - 1;
    const reach = [...image.keys()].filter((pixel) => {
      network.run(image);
      const value = explain(layer, unit).activation;
      network.run(image.map((number, at) => (at === pixel ? 1e4 : number)));
      const up = explain(layer, unit).activation;
      network.run(image.map((number, at) => (at === pixel ? -1e4 : number)));
      return up !== value || explain(layer, unit).activation !== value;
    });
    const [r, c] = [reach.map((pixel) => Math.floor(pixel / 28)), reach.map((pixel) => pixel % 28)];
    const { row, column, rows, columns } = sees(layer, unit);
    assert.deepEqual([Math.min(...r), Math.max(...r)], [row, row + rows - 1], layer.name);
    assert.deepEqual([Math.min(...c), Math.max(...c)], [column, column + columns - 1], layer.name);
  }
});

test("places go through rows, columns and channels", () => {
  const places = Array.from({ length: 12 }, (_, at) => place({ shape: [2, 3, 2] }, at));
  assert.deepEqual(places.slice(0, 3), [[0, 0, 0], [0, 0, 1], [0, 1, 0]]); // biome-ignore format: a table
  assert.deepEqual(places.at(-1), [1, 2, 1]);
});

test("a damaged file is refused in words", async () => {
  const whole = bytes(ANY);
  const refuse = (content, message) => assert.rejects(unpack(content.slice().buffer), { message });
  const altered = whole.with(whole.length - 1, whole.at(-1) ^ 1);
  await refuse(altered, "the weights are damaged: their checksum is not the header's");
  await refuse(whole.slice(0, -2), "the weights are damaged: their checksum is not the header's");
  await refuse(whole.slice(0, 40), "the file's header is cut off or altered");
  for (const end of [0, 5, 8, 11]) await refuse(whole.slice(0, end), "the file is no exported network");
  await refuse(new TextEncoder().encode("something else altogether"), "the file is no exported network");
});

test("a layer or an activation that the page does not know is named", async () => {
  const { header, ...rest } = await unpack(bytes(ANY).buffer);
  const built = (change) =>
    new ExportedNetwork({ ...rest, header: { ...header, layers: [{ ...header.layers[0], ...change }] } });
  assert.throws(() => built({ kind: "lstm" }), { message: /the kind “lstm”, which the page does not know/ });
  assert.throws(() => built({ activation: "selu" }), { message: /“selu”, which the page does not know/ });
});
