// A network that hwlib.export wrote, run in plain JavaScript: the file's header says of which layers it is made.
// Values are flat Float32Arrays in the order rows, columns, channels, as in Keras; n numbers are 1 × 1 × n.

import { ACTIVATIONS } from "./activation-functions.js";

const MAGIC = "HWLIBNN1";

/** A float16 as a number: sign, five bits of exponent, ten of fraction. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function parsed(header) {
  try {
    return JSON.parse(header);
  } catch {
    throw new Error("the file's header is cut off or altered");
  }
}

/**
 * Unpack an exported network: {header, weights (name → Float32Array), checked}. An altered file is an error;
 * `checked` is false where the browser offers no SHA-256 (plain http that is not localhost).
 */
export async function unpack(buffer) {
  const text = (from, to) => new TextDecoder().decode(buffer.slice(from, to));
  if (text(0, 8) !== MAGIC || buffer.byteLength < 12) throw new Error("the file is no exported network");
  const length = new DataView(buffer).getUint32(8, true);
  const header = parsed(text(12, 12 + length));
  const payload = buffer.slice(12 + length);
  const checked = Boolean(globalThis.crypto?.subtle);
  if (checked) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", payload));
    const found = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    if (found !== header.sha256)
      throw new Error("the weights are damaged: their checksum is not the header's");
  }
  const values = Float32Array.from({ length: 1 << 16 }, (_, bits) => half(bits));
  const view = new DataView(payload);
  const weights = Object.fromEntries(
    header.tensors.map(({ name, shape, offset }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        Float32Array.from({ length: size }, (_, i) => values[view.getUint16(offset + 2 * i, true)]),
      ];
    }),
  );
  return { header, weights, checked };
}

/** A shape of the header as rows, columns and channels. */
const asMap = (shape) => (shape.length === 1 ? [1, 1, ...shape] : [...shape, 1].slice(0, 3));
const size = (shape) => shape.reduce((a, b) => a * b, 1);

/** Call visit(at, from, k) for each place `at` of a layer's output and each place k of its window. */
function eachWindow(
  { shape: [rows, columns, channels], size: [high, wide], stride: [down, right], before },
  visit,
) {
  const [, across, deep] = before.shape;
  for (let r = 0, at = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, at += channels) {
      for (let k = 0; k < high * wide; k++) {
        const row = down * r + Math.floor(k / wide);
        visit(at, (row * across + right * c + (k % wide)) * deep, k);
      }
    }
  }
}

/** A convolution without padding. A dense layer is one whose window is all that came before it. */
function convolve(layer) {
  const { before, kernel, bias, values } = layer;
  const [inputs, outputs] = [before.shape[2], bias.length];
  for (let at = 0; at < values.length; at += outputs) values.set(bias, at);
  eachWindow(layer, (at, from, k) => {
    for (let i = 0; i < inputs; i++) {
      const value = before.values[from + i];
      if (value === 0) continue; // half of all values behind relu
      multiplyAdd(value, kernel, (k * inputs + i) * outputs, values, at, outputs);
    }
  });
}

/** values[at…] += value · weights[from…], `count` entries: where nearly all of the time goes. */
function multiplyAdd(value, weights, from, values, at, count) {
  for (let j = 0; j < count; j++) values[at + j] += value * weights[from + j];
}

function maxPool(layer) {
  const { before, values } = layer;
  const channels = layer.shape[2];
  values.fill(-Infinity);
  eachWindow(layer, (at, from) => {
    for (let i = 0; i < channels; i++) values[at + i] = Math.max(values[at + i], before.values[from + i]);
  });
}

const RUN = { conv: convolve, dense: convolve, max_pool: maxPool };
const PASSED = ["flatten", "dropout"]; // which change no value once a network is trained

/** The part of the input that one place of a layer sees: its size and the distance between two places. */
function field({ kind, size, stride, before }) {
  const sees = before.sees ?? { size: [1, 1], step: [1, 1] };
  return {
    size: sees.size.map((n, axis) => n + (size[axis] - 1) * sees.step[axis]),
    step: kind === "dense" ? [0, 0] : sees.step.map((n, axis) => n * stride[axis]),
  };
}

export class ExportedNetwork {
  /** From what `unpack` returns. Raises an error for a kind of layer or an activation that is not known here. */
  constructor({ header, weights, checked }) {
    const shape = asMap(header.input);
    Object.assign(this, {
      header,
      checked,
      input: { name: "input", shape, values: new Float32Array(size(shape)) },
    });
    /** The layers that compute, in order: what the header says of each, and kernel, bias, values, before, sees. */
    this.layers = [];
    for (const told of header.layers)
      if (!PASSED.includes(told.kind)) this.layers.push(this.#linked(told, weights));
    this.output.logits = true;
  }

  #linked(told, weights) {
    const { name, kind, activation } = told;
    if (!RUN[kind]) throw new Error(`layer ${name} is of the kind “${kind}”, which the page does not know`);
    if (activation !== "linear" && !ACTIVATIONS[activation])
      throw new Error(`layer ${name} has the activation “${activation}”, which the page does not know`);
    const before = this.output ?? this.input;
    const layer = {
      ...told,
      ...(kind === "dense" && { size: before.shape.slice(0, 2), stride: [1, 1] }),
      ...(kind !== "max_pool" && { kernel: weights[`${name}/kernel`], bias: weights[`${name}/bias`] }),
      shape: asMap(told.shape),
      values: new Float32Array(size(told.shape)),
      before,
    };
    return { ...layer, sees: field(layer) };
  }

  get output() {
    return this.layers.at(-1);
  }

  layer(name) {
    return this.layers.find((layer) => layer.name === name);
  }

  /** Run the network on its input's numbers; each layer keeps its values. Returns those of the last. */
  run(numbers) {
    this.input.values.set(numbers);
    for (const layer of this.layers) {
      RUN[layer.kind](layer);
      if (layer.activation !== "linear") {
        const [{ value }, { values }] = [ACTIVATIONS[layer.activation], layer];
        for (let at = 0; at < values.length; at++) values[at] = value(values[at]);
      }
    }
    return this.output.values;
  }
}
