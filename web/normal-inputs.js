// What becomes of normally distributed inputs behind an activation function.

import { ACTIVATIONS, saturated } from "./activation-functions.js";

export const BINS = 84;
export const RANGE = [-1.2, 3]; // of the outputs, and of the plots

/**
 * What becomes of inputs z ~ N(mean, scale²): shares and moments behind one activation, by a sum over
 * 20 000 slices of ±8 standard deviations.
 */
export function passOn(name, mean, scale) {
  const { value, derivative } = ACTIVATIONS[name];
  const slices = 20000;
  const total = { weight: 0, saturated: 0, slope: 0, first: 0, second: 0, positive: 0 };
  const bins = new Float64Array(BINS);
  for (let i = 0; i < slices; i++) {
    const t = -8 + (16 * (i + 0.5)) / slices;
    const weight = Math.exp((-t * t) / 2);
    const z = mean + scale * t;
    const a = value(z);
    total.weight += weight;
    total.slope += weight * derivative(z);
    total.first += weight * a;
    total.second += weight * a * a;
    if (saturated(name, z)) total.saturated += weight;
    if (a > 0) total.positive += weight;
    const bin = Math.floor(((a - RANGE[0]) / (RANGE[1] - RANGE[0])) * BINS);
    if (bin < BINS) bins[bin] += weight;
  }
  const share = (sum) => sum / total.weight;
  const average = share(total.first);
  return {
    saturated: share(total.saturated),
    slope: share(total.slope),
    positive: share(total.positive),
    mean: average,
    deviation: Math.sqrt(Math.max(0, share(total.second) - average ** 2)),
    bins: bins.map(share),
  };
}
