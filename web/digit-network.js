// The convolutional network of claim C17 in plain JavaScript, from the float16 weights that hwlib.export writes.
// Every layer is a flat Float32Array, rows, columns, channels, as in Keras.

const MAGIC = "HWLIBNN1";

/** The layers that hold activations: rows, columns, channels. */
export const SHAPES = {
  conv1: [27, 27, 32],
  pool1: [13, 13, 32],
  conv2: [6, 6, 64],
  pool2: [3, 3, 64],
  dense1: [1, 1, 1024],
  dense2: [1, 1, 10],
};

/** A float16 as a number: sign, five bits of exponent, ten of fraction. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Unpack an exported network: {header, weights (name → Float32Array), checked}. An altered file is an error;
 * `checked` is false where the browser offers no SHA-256 (plain http that is not localhost).
 */
export async function unpack(buffer) {
  if (new TextDecoder().decode(buffer.slice(0, 8)) !== MAGIC)
    throw new Error("the file is no exported network");
  const length = new DataView(buffer).getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(buffer.slice(12, 12 + length)));
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

/** A convolution without padding: input (rows, columns, n) and kernel (size, size, n, m) to (…, …, m). */
function convolve(input, columns, n, kernel, bias, size, stride, output, outRows, outColumns) {
  const m = bias.length;
  for (let r = 0, at = 0; r < outRows; r++) {
    for (let c = 0; c < outColumns; c++, at += m) {
      output.set(bias, at);
      for (let dr = 0; dr < size; dr++) {
        for (let dc = 0; dc < size; dc++) {
          const from = ((stride * r + dr) * columns + stride * c + dc) * n;
          for (let i = 0; i < n; i++) {
            const value = input[from + i];
            if (value !== 0) multiplyAdd(value, kernel, ((dr * size + dc) * n + i) * m, output, at, m);
          }
        }
      }
    }
  }
}

/** output[at…] += value · weights[from…], m entries: the inner loop of every layer. */
function multiplyAdd(value, weights, from, output, at, m) {
  for (let j = 0; j < m; j++) output[at + j] += value * weights[from + j];
}

/** Max-pooling by 2 × 2, then relu: the same as relu before it, with a quarter of the work. */
function poolRelu(input, columns, m, output, outRows, outColumns) {
  for (let r = 0, at = 0; r < outRows; r++) {
    for (let c = 0; c < outColumns; c++) {
      const first = (2 * r * columns + 2 * c) * m;
      const below = first + columns * m;
      for (let i = 0; i < m; i++, at++) {
        output[at] = Math.max(
          input[first + i],
          input[first + m + i],
          input[below + i],
          input[below + m + i],
          0,
        );
      }
    }
  }
}

function dense(input, weights, bias, output) {
  output.set(bias);
  for (let i = 0; i < input.length; i++) {
    if (input[i] !== 0) multiplyAdd(input[i], weights, i * bias.length, output, 0, bias.length);
  }
}

const relu = (values) => {
  for (let i = 0; i < values.length; i++) if (values[i] < 0) values[i] = 0;
};

/** Probabilities from logits. */
export function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / sum);
}

export class DigitNetwork {
  constructor({ header, weights, checked }) {
    Object.assign(this, { header, weights, checked });
    this.input = new Float32Array(784);
    /** Activations of every layer; the convolutions' before relu, dense2's are the logits. */
    this.layers = Object.fromEntries(
      Object.entries(SHAPES).map(([name, [r, c, m]]) => [name, new Float32Array(r * c * m)]),
    );
  }

  kernel(layer) {
    return this.weights[`${layer}/kernel`];
  }
  bias(layer) {
    return this.weights[`${layer}/bias`];
  }

  /** Run the network on 784 gray levels 0 … 255; returns the ten probabilities. */
  run(pixels) {
    const { conv1, pool1, conv2, pool2, dense1, dense2 } = this.layers;
    for (let i = 0; i < 784; i++) this.input[i] = pixels[i] / 255;
    convolve(this.input, 28, 1, this.kernel("conv1"), this.bias("conv1"), 2, 1, conv1, 27, 27);
    poolRelu(conv1, 27, 32, pool1, 13, 13);
    convolve(pool1, 13, 32, this.kernel("conv2"), this.bias("conv2"), 3, 2, conv2, 6, 6);
    poolRelu(conv2, 6, 64, pool2, 3, 3);
    dense(pool2, this.kernel("dense1"), this.bias("dense1"), dense1);
    relu(dense1);
    dense(dense1, this.kernel("dense2"), this.bias("dense2"), dense2);
    return softmax(dense2);
  }
}
