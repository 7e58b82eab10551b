// What made one unit of the digit network: its window, its kernel, and the sum of their products.

import { SHAPES } from "./digit-network.js";
import { h } from "./dom.js";
import { between, factor, mi, mn, mo, part, row, signed, word } from "./formula.js";
import { brief, fixed } from "./numbers.js";
import { choice, field } from "./playground.js";

const INPUT = {
  conv1: "input",
  pool1: "conv1",
  conv2: "pool1",
  pool2: "conv2",
  dense1: "pool2",
  dense2: "dense1",
};
const RELU = new Set(["conv1", "conv2", "dense1"]);

/** The place of unit `at` in its layer: [row, column, channel]. */
export function place(layer, at) {
  const [, columns, channels] = SHAPES[layer];
  return [Math.floor(at / (columns * channels)), Math.floor(at / channels) % columns, at % channels];
}

/** A unit's name as text, counted from 1. */
export function unitName(layer, at) {
  const [r, c, channel] = place(layer, at);
  if (layer === "dense1") return `dense1, unit ${channel + 1}`;
  if (layer === "dense2") return `dense2, logit of digit ${channel}`;
  return `${layer}, map ${channel + 1}, row ${r + 1}, column ${c + 1}`;
}

/** The part of the 28 × 28 image that a unit sees: {row, column, size}. */
export function sees(layer, at) {
  const [r, c] = place(layer, at);
  const [step, size] = { conv1: [1, 2], pool1: [2, 3], conv2: [4, 7], pool2: [8, 11] }[layer] ?? [0, 28];
  return { row: step * r, column: step * c, size };
}

/**
 * The numbers behind a unit: for a pool the four `values`; else products of `windows` (one a channel) and
 * `kernels`, their sums a channel, the bias, z and the activation.
 */
export function explain(network, layer, at) {
  const [r, c, channel] = place(layer, at);
  const input = INPUT[layer] === "input" ? network.input : network.layers[INPUT[layer]];
  const after = (value) => (INPUT[layer].startsWith("conv") ? Math.max(value, 0) : value); // relu, done while pooling
  if (layer.startsWith("pool")) {
    const [, columns, channels] = SHAPES[INPUT[layer]];
    const values = [0, 1, 2, 3].map((k) =>
      after(input[((2 * r + (k >> 1)) * columns + 2 * c + (k & 1)) * channels + channel]),
    );
    return { values, activation: Math.max(...values) };
  }
  const kernel = network.kernel(layer);
  const bias = network.bias(layer)[channel];
  const outputs = network.bias(layer).length;
  const [size, stride, columns, channels] = {
    conv1: [2, 1, 28, 1],
    conv2: [3, 2, 13, 32],
    dense1: [3, 0, 3, 64],
    dense2: [1, 0, 1, 1024],
  }[layer];
  const [windows, kernels, sums] = [[], [], []];
  for (let i = 0; i < channels; i++) {
    const from = Array.from({ length: size * size }, (_, k) => ({
      value: input[((stride * r + Math.floor(k / size)) * columns + stride * c + (k % size)) * channels + i],
      weight: kernel[(k * channels + i) * outputs + channel],
    }));
    windows.push(from.map((f) => f.value));
    kernels.push(from.map((f) => f.weight));
    sums.push(from.reduce((total, f) => total + f.value * f.weight, 0));
  }
  const z = bias + sums.reduce((a, b) => a + b, 0);
  return { size, windows, kernels, sums, bias, z, activation: RELU.has(layer) ? Math.max(z, 0) : z };
}

/** A small square table of numbers, each on a ground that shows its size and sign. */
function grid(title, values, size, mark) {
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const cells = values.map((value, k) => {
    const look = `number tint${value < 0 ? " negative" : ""}${mark === k ? " mark" : ""}`;
    const node = h("td", { class: look }, brief(value, 3));
    node.style.setProperty("--level", (0.28 * Math.abs(value)) / largest);
    return node;
  });
  const rows = Array.from({ length: size }, (_, r) => h("tr", {}, cells.slice(r * size, (r + 1) * size)));
  return h("table", { class: "square" }, h("caption", {}, title), h("tbody", {}, rows));
}

const sign = (text) => h("span", { class: "sign", "aria-hidden": "true" }, text);
const line = (...parts) => h("div", { class: "formula line" }, parts);

/** The nodes that show a unit; `channel` is the chosen input channel, `onchannel` is told of another. */
export function showUnit(network, layer, at, channel, onchannel) {
  const made = explain(network, layer, at);
  if (made.values) return showPool(layer, made);
  const size = (i) => Math.abs(made.sums[i]);
  const order = [...made.sums.keys()].sort((i, j) => size(j) - size(i));
  if (made.size === 1) return [largest(made, order), total(layer, made, order)];
  const chosen = channel ?? order[0];
  const several = order.length > 1 && mapChoice(made, order, chosen, onchannel);
  return [several || "", products(layer, made, chosen), total(layer, made, order)];
}

function showPool(layer, { values, activation }) {
  const window = grid(`window of ${INPUT[layer]} after relu`, values, 2, values.indexOf(activation));
  const numbers = between(
    values.map((value) => row(...signed(value, 3))),
    ",",
  );
  return [
    h("div", { class: "products" }, window),
    line(part(word("max"), mo("("), ...numbers, mo(")"), mo("="), ...signed(activation, 4))),
  ];
}

function mapChoice({ sums }, order, chosen, onchannel) {
  const maps = order.map((i) => [String(i), `map ${i + 1}: ${fixed(sums[i], 3)}`]);
  const select = choice(maps, String(chosen), (i) => onchannel(Number(i)));
  return h(
    "div",
    { class: "controls tight" },
    field(`input map (largest share first, ${sums.length} maps)`, select),
  );
}

/** Window ⊙ kernel = products, for one channel of the input. */
function products(layer, { size, windows, kernels, sums }, chosen) {
  const source = INPUT[layer] === "input" ? "the image" : `${INPUT[layer]}, map ${chosen + 1}`;
  const values = windows[chosen].map((value, k) => value * kernels[chosen][k]);
  return h(
    "div",
    { class: "products" },
    grid(`window: ${source}`, windows[chosen], size),
    sign("⊙"),
    grid("kernel", kernels[chosen], size),
    sign("="),
    grid(`products, sum ${fixed(sums[chosen], 3)}`, values, size),
  );
}

/** The largest of the last layer's products, in one table. */
function largest({ windows, kernels, sums }, order) {
  const head = ["dense1", "activation", "weight", "product"].map((text) => h("th", { scope: "col" }, text));
  const rows = order.slice(0, 6).map((i) => {
    const numbers = [windows[i][0], kernels[i][0], sums[i]];
    const cells = numbers.map((value) => h("td", { class: "number" }, fixed(value, 4)));
    return h("tr", {}, h("th", { scope: "row" }, `unit ${i + 1}`), cells);
  });
  const caption = h("caption", {}, `The six largest of ${sums.length} products`);
  return h(
    "table",
    { class: "figures narrow" },
    caption,
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, rows),
  );
}

/** z = sum of the products + bias, then relu where the layer has it. */
function total(layer, { windows, kernels, sums, bias, z, activation }, order) {
  const several = sums.length > 1;
  const terms = several
    ? order.slice(0, 4).map((i, k) => (k ? factor : signed)(sums[i], 3))
    : windows[0].map((value, k) => [...signed(value, 2), mo("·"), ...factor(kernels[0][k], 3)]);
  const relu = [mi("a"), mo("="), word("max"), mo("("), mn("0"), mo(","), mi("z"), mo(")"), mo("=")];
  return line(
    ...terms.map((term, k) => part(...(k ? [mo("+")] : [mi("z"), mo("=")]), ...term)),
    several && part(mo("+"), mo("…")),
    part(mo("+"), ...factor(bias, 4)),
    part(mo("="), ...signed(z, 4)),
    RELU.has(layer) && part(mo(","), ...relu, ...signed(activation, 4)),
    h("small", {}, several ? "largest shares first; the bias last" : "the bias last"),
  );
}
