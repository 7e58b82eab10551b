// One training run of the iris network: its data, its network and what has been measured step by step.

import { canBeOff, saturated } from "./activation-functions.js";
import { Network } from "./mlp.js";

/** Training and held-out rows of a seed, standardized by the training rows, as hwlib.data.iris_split does. */
function split({ X, labels, held_out }, seed) {
  const test = held_out[seed];
  const train = X.map((_, i) => i).filter((i) => !test.includes(i));
  const mean = X[0].map((_, j) => train.reduce((total, i) => total + X[i][j], 0) / train.length);
  const deviation = mean.map((center, j) =>
    Math.sqrt(train.reduce((total, i) => total + (X[i][j] - center) ** 2, 0) / train.length),
  );
  const part = (rows) => ({
    m: rows.length,
    rows,
    labels: rows.map((i) => labels[i]),
    X: Float64Array.from(rows.flatMap((i) => X[i].map((x, j) => (x - mean[j]) / deviation[j]))),
  });
  return { train: part(train), test: part(test), mean, deviation };
}

export class IrisRun {
  /** `settings`: activation, hidden, scale, seed; optimizer and learning-rate may change on the way. */
  constructor(data, settings) {
    Object.assign(this, { data, settings, split: split(data, settings.seed), overflow: false });
    this.network = new Network(settings);
    this.history = { loss: [], accuracy: [], held_out_loss: [], held_out_accuracy: [] };
    this.#measure();
  }

  get step() {
    return this.history.loss.length - 1;
  }

  last(name) {
    return this.history[name].at(-1);
  }

  /** Take steps; one whose numbers overflow is undone and ends the run. */
  train(steps) {
    for (let i = 0; i < steps && !this.overflow; i++) {
      const before = this.network.parameters;
      this.network.update(this.gradients, this.settings.optimizer, this.settings["learning-rate"]);
      this.overflow = !this.#measure();
      if (this.overflow) this.network.parameters = before;
    }
  }

  /** Forward and backward at the present parameters; false if the loss is no finite number. */
  #measure() {
    const { train, test } = this.split;
    const forward = this.network.forward(train.X, train.m);
    const now = this.network.measure(forward, train.labels);
    if (!Number.isFinite(now.loss)) return false;
    const held = this.network.measure(this.network.forward(test.X, test.m), test.labels);
    this.history.loss.push(now.loss);
    this.history.accuracy.push(now.accuracy);
    this.history.held_out_loss.push(held.loss);
    this.history.held_out_accuracy.push(held.accuracy);
    this.forward = forward;
    this.gradients = this.network.gradients(forward, train.labels);
    return true;
  }

  /** The share of training rows on which each hidden unit is saturated (relu: off), and its state. */
  units() {
    const { activation, hidden } = this.settings;
    const { Z1, m } = this.forward;
    return Array.from({ length: hidden }, (_, u) => {
      let count = 0;
      for (let i = 0; i < m; i++) if (saturated(activation, Z1[i * hidden + u])) count += 1;
      const state = canBeOff(activation)
        ? count === m
          ? "dead"
          : "live"
        : count < 0.9 * m
          ? "live"
          : "saturated";
      return { count, share: count / m, state };
    });
  }

  /** Rows of the data set that the network gets wrong. */
  misses() {
    return [this.split.train, this.split.test].flatMap(({ X, m, rows, labels }) => {
      const { A2 } = this.network.forward(X, m);
      return rows.filter((_, i) => [0, 1, 2].some((c) => A2[3 * i + c] > A2[3 * i + labels[i]]));
    });
  }
}
