// The two-layer network of hwlib.mlp in JavaScript: same formulas, same initial weights, float64.
// Matrices are flat Float64Arrays, row by row; m is the number of rows of a batch.

import { ACTIVATIONS } from "./activation-functions.js";
import { logSoftmax } from "./losses.js";
import { defaultRng } from "./numpy-random.js";

export const PARAMETERS = ["W1", "b1", "W2", "b2"];
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }; // Keras's defaults

/** A (m, n) times B (n, k), plus a row b (k) if given. */
function product(A, B, m, n, k, b) {
  const C = new Float64Array(m * k);
  for (let i = 0; i < m; i++) {
    if (b) C.set(b, i * k);
    for (let j = 0; j < n; j++) {
      const a = A[i * n + j];
      for (let c = 0; c < k; c++) C[i * k + c] += a * B[j * k + c];
    }
  }
  return C;
}

/** Aᵀ (n, m) times B (m, k). */
function transposedProduct(A, B, m, n, k) {
  const C = new Float64Array(n * k);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const a = A[i * n + j];
      for (let c = 0; c < k; c++) C[j * k + c] += a * B[i * k + c];
    }
  }
  return C;
}

function columnSums(A, m, k) {
  const sums = new Float64Array(k);
  for (let i = 0; i < m * k; i++) sums[i % k] += A[i];
  return sums;
}

/** Log of softmax of each row of Z (m, k). */
function logSoftmaxRows(Z, m, k) {
  const logs = new Float64Array(m * k);
  for (let i = 0; i < m; i++) logs.set(logSoftmax(Z.subarray(i * k, (i + 1) * k)), i * k);
  return logs;
}

/** The same names with f(array, name) in place of each parameter's array. */
const mapValues = (arrays, f) => Object.fromEntries(PARAMETERS.map((name) => [name, f(arrays[name], name)]));

export class Network {
  /** Glorot's uniform weights from `seed`, times `scale`; the biases start at 0. */
  constructor({ inputs = 4, hidden = 10, classes = 3, activation = "sigmoid", seed = 0, scale = 1 } = {}) {
    Object.assign(this, { inputs, hidden, classes, activation: ACTIVATIONS[activation] });
    const random = defaultRng(seed);
    const glorot = (rows, columns) => {
      const limit = Math.sqrt(6 / (rows + columns));
      return Float64Array.from({ length: rows * columns }, () => scale * (-limit + 2 * limit * random()));
    };
    this.parameters = {
      W1: glorot(inputs, hidden),
      b1: new Float64Array(hidden),
      W2: glorot(hidden, classes),
      b2: new Float64Array(classes),
    };
    this.forgetMoments();
  }

  forgetMoments() {
    this.moments = null;
    this.time = 0;
  }

  /** Z1, A1, Z2 and probabilities A2 of the rows of X (m, inputs). */
  forward(X, m) {
    const { W1, b1, W2, b2 } = this.parameters;
    const Z1 = product(X, W1, m, this.inputs, this.hidden, b1);
    const A1 = Z1.map(this.activation.value);
    const Z2 = product(A1, W2, m, this.hidden, this.classes, b2);
    const logs = logSoftmaxRows(Z2, m, this.classes);
    return { X, m, Z1, A1, Z2, logs, A2: logs.map(Math.exp) };
  }

  /** Mean cross-entropy and accuracy of a forward pass against labels. */
  measure({ m, Z2, logs }, labels) {
    const k = this.classes;
    let loss = 0;
    let hits = 0;
    for (let i = 0; i < m; i++) {
      loss -= logs[i * k + labels[i]];
      let best = 0;
      for (let c = 1; c < k; c++) if (Z2[i * k + c] > Z2[i * k + best]) best = c;
      if (best === labels[i]) hits += 1;
    }
    return { loss: loss / m, accuracy: hits / m };
  }

  /** The gradient of the mean loss by each parameter, and the two deltas dZ1, dZ2 on the way. */
  gradients({ X, m, Z1, A1, A2 }, labels) {
    const { inputs, hidden, classes } = this;
    const dZ2 = A2.map((p, at) => (p - (at % classes === labels[Math.floor(at / classes)] ? 1 : 0)) / m);
    const W2T = new Float64Array(hidden * classes);
    for (let u = 0; u < hidden; u++) {
      for (let c = 0; c < classes; c++) W2T[c * hidden + u] = this.parameters.W2[u * classes + c];
    }
    const dA1 = product(dZ2, W2T, m, classes, hidden);
    const dZ1 = dA1.map((d, at) => d * this.activation.derivative(Z1[at]));
    return {
      dZ1,
      dZ2,
      W1: transposedProduct(X, dZ1, m, inputs, hidden),
      b1: columnSums(dZ1, m, hidden),
      W2: transposedProduct(A1, dZ2, m, hidden, classes),
      b2: columnSums(dZ2, m, classes),
    };
  }

  /** What one step of "sgd" or "adam" takes away from each parameter; Adam's moments move on if `keep`. */
  changes(gradients, optimizer, learningRate, keep = false) {
    if (optimizer === "sgd") return mapValues(gradients, (gradient) => gradient.map((g) => learningRate * g));
    const zeros = () => mapValues(gradients, (gradient) => new Float64Array(gradient.length));
    const old = this.moments ?? { m: zeros(), v: zeros() };
    const time = this.time + 1;
    const m = mapValues(old.m, (a, name) => a.map((x, i) => x + (1 - ADAM.beta1) * (gradients[name][i] - x)));
    const v = mapValues(old.v, (a, name) =>
      a.map((x, i) => x + (1 - ADAM.beta2) * (gradients[name][i] ** 2 - x)),
    );
    const rate = (learningRate * Math.sqrt(1 - ADAM.beta2 ** time)) / (1 - ADAM.beta1 ** time);
    if (keep) Object.assign(this, { moments: { m, v }, time });
    return mapValues(m, (a, name) => a.map((x, i) => (rate * x) / (Math.sqrt(v[name][i]) + ADAM.epsilon)));
  }

  /** Take one step. */
  update(gradients, optimizer, learningRate) {
    const changes = this.changes(gradients, optimizer, learningRate, true);
    this.parameters = mapValues(this.parameters, (a, name) => a.map((x, i) => x - changes[name][i]));
  }
}
