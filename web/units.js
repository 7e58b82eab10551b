// One unit of an exported network: its place, its name, what it sees, and the numbers that made it.

import { ACTIVATIONS } from "./activation-functions.js";

/** The place of unit `at` in its layer: [row, column, channel]. */
export function place({ shape: [, columns, channels] }, at) {
  return [Math.floor(at / (columns * channels)), Math.floor(at / channels) % columns, at % channels];
}

/** A place in a layer's maps; nothing where there is but one. */
const placed = ({ shape: [rows, columns] }, r, c) =>
  rows * columns > 1 ? `, row ${r + 1}, column ${c + 1}` : "";

/** A unit's name as text, counted from 1; a logit's is the digit that it stands for. */
export function unitName(layer, at) {
  const [r, c, channel] = place(layer, at);
  if (layer.logits) return `${layer.name}, logit of digit ${channel}`;
  const where = placed(layer, r, c);
  return `${layer.name}, ${where ? "map" : "unit"} ${channel + 1}${where}`;
}

/** The part of the image that a unit sees: {row, column, rows, columns}. */
export function sees(layer, at) {
  const [r, c] = place(layer, at);
  const { size, step } = layer.sees;
  return { row: step[0] * r, column: step[1] * c, rows: size[0], columns: size[1] };
}

/**
 * The numbers behind a unit. Of a pool: the `values` of its window. Else, for each channel of what came before, the
 * window's values and the kernel's (`windows`, `kernels`) and the sum of their products (`sums`); the bias, z.
 */
export function explain(layer, at) {
  const {
    kernel,
    bias,
    before,
    size: [high, wide],
    stride: [down, right],
    activation,
  } = layer;
  const [r, c, channel] = place(layer, at);
  const [, across, channels] = before.shape;
  const window = (i) =>
    Array.from({ length: high * wide }, (_, k) => {
      const row = down * r + Math.floor(k / wide);
      return before.values[(row * across + right * c + (k % wide)) * channels + i];
    });
  if (layer.kind === "max_pool") {
    const values = window(channel);
    return { values, activation: Math.max(...values) };
  }
  const windows = Array.from({ length: channels }, (_, i) => window(i));
  const kernels = windows.map((values, i) =>
    values.map((_, k) => kernel[(k * channels + i) * bias.length + channel]),
  );
  const sums = windows.map((values, i) => values.reduce((sum, value, k) => sum + value * kernels[i][k], 0));
  const z = sums.reduce((a, b) => a + b, bias[channel]);
  return {
    windows,
    kernels,
    sums,
    bias: bias[channel],
    z,
    activation: ACTIVATIONS[activation]?.value(z) ?? z,
  };
}
