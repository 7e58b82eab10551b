// What made one unit of the digit network: its window, its kernel, and the sum of their products.

import { between, factor, mi, mn, mo, part, row, signed, word } from "./formula.js";
import { SHAPES } from "./digit-network.js";
import { brief, choice, field, fixed, h } from "./playground.js";

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
  const [r, c] = place(layer, at),
    [step, size] = { conv1: [1, 2], pool1: [2, 3], conv2: [4, 7], pool2: [8, 11] }[layer] ?? [0, 28];
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
  const kernel = network.kernel(layer),
    bias = network.bias(layer)[channel],
    outputs = network.bias(layer).length;
  const [size, stride, columns, channels] = {
    conv1: [2, 1, 28, 1],
    conv2: [3, 2, 13, 32],
    dense1: [3, 0, 3, 64],
    dense2: [1, 0, 1, 1024],
  }[layer];
  const windows = [],
    kernels = [],
    sums = [];
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
  const cell = (value, k) => {
    const node = h(
      "td",
      { class: `number tint${value < 0 ? " negative" : ""}${mark === k ? " mark" : ""}` },
      brief(value, 3),
    );
    node.style.setProperty("--level", (0.28 * Math.abs(value)) / largest);
    return node;
  };
  const rows = Array.from({ length: values.length / size }, (_, r) =>
    h(
      "tr",
      {},
      values.slice(r * size, (r + 1) * size).map((value, c) => cell(value, r * size + c)),
    ),
  );
  return h("table", { class: "square" }, h("caption", {}, title), h("tbody", {}, rows));
}

const sign = (text) => h("span", { class: "sign", "aria-hidden": "true" }, text);

/** The nodes that show a unit; `channel` is the chosen input channel, `onchannel` is told of another. */
export function showUnit(network, layer, at, channel, onchannel) {
  const made = explain(network, layer, at);
  if (made.values) {
    const most = made.values.indexOf(made.activation);
    return [
      h("div", { class: "products" }, grid(`window of ${INPUT[layer]} after relu`, made.values, 2, most)),
      h(
        "div",
        { class: "formula line" },
        part(
          word("max"),
          mo("("),
          ...between(
            made.values.map((v) => row(...signed(v, 3))),
            ",",
          ),
          mo(")"),
          mo("="),
          ...signed(made.activation, 4),
        ),
      ),
    ];
  }
  const order = made.sums.map((_, i) => i).sort((i, j) => Math.abs(made.sums[j]) - Math.abs(made.sums[i]));
  const chosen = made.windows.length === 1 ? 0 : (channel ?? order[0]);
  const products = made.windows[chosen].map((value, k) => value * made.kernels[chosen][k]);
  const source = INPUT[layer] === "input" ? "the image" : `${INPUT[layer]}, map ${chosen + 1}`;
  const parts =
    made.size === 1
      ? [largest(made, order)]
      : [
          h(
            "div",
            { class: "products" },
            grid(`window: ${source}`, made.windows[chosen], made.size),
            sign("⊙"),
            grid("kernel", made.kernels[chosen], made.size),
            sign("="),
            grid(`products, sum ${fixed(made.sums[chosen], 3)}`, products, made.size),
          ),
        ];
  if (made.windows.length > 1 && made.size > 1) {
    parts.unshift(
      h(
        "div",
        { class: "controls tight" },
        field(
          `input map (largest share first, ${made.sums.length} maps)`,
          choice(
            order.map((i) => [String(i), `map ${i + 1}: ${fixed(made.sums[i], 3)}`]),
            String(chosen),
            (i) => onchannel(Number(i)),
          ),
        ),
      ),
    );
  }
  return [...parts, total(layer, made, order)];
}

/** The largest of a dense layer's products, in one table. */
function largest(made, order) {
  const rows = order.slice(0, 6).map((i) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, `unit ${i + 1}`),
      [made.windows[i][0], made.kernels[i][0], made.sums[i]].map((value) =>
        h("td", { class: "number" }, fixed(value, 4)),
      ),
    ),
  );
  return h(
    "table",
    { class: "figures narrow" },
    h("caption", {}, `The six largest of ${made.sums.length} products`),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["dense1", "activation", "weight", "product"].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h("tbody", {}, rows),
  );
}

/** z = sum of the products + bias, then relu where the layer has it. */
function total(layer, { windows, kernels, sums, bias, z, activation }, order) {
  const terms =
    sums.length === 1
      ? windows[0].map((value, k) => [...signed(value, 2), mo("·"), ...factor(kernels[0][k], 3)])
      : order.slice(0, 4).map((i, k) => (k ? factor : signed)(sums[i], 3));
  const rest = sums.length > 4 ? [part(mo("+"), mo("…"))] : [];
  return h(
    "div",
    { class: "formula line" },
    terms.map((term, k) => part(...(k ? [mo("+")] : [mi("z"), mo("=")]), ...term)),
    rest,
    part(mo("+"), ...factor(bias, 4)),
    part(mo("="), ...signed(z, 4)),
    RELU.has(layer) &&
      part(
        mo(","),
        mi("a"),
        mo("="),
        word("max"),
        mo("("),
        mn("0"),
        mo(","),
        mi("z"),
        mo(")"),
        mo("="),
        ...signed(activation, 4),
      ),
    h("small", {}, sums.length > 4 ? "largest shares first; the bias last" : "the bias last"),
  );
}
