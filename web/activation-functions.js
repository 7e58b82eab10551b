// The functions of hwlib.activations beside their derivatives; the page offers what is listed here.

/** The probability that a standard normal number lies above x ≥ 0: a series, and from 5 on a continued fraction. */
function normalTail(x) {
  const density = normalDensity(x);
  if (x < 5) {
    let sum = x;
    for (let term = x, k = 3; term > 1e-17 * sum; k += 2) sum += term *= (x * x) / k;
    return 0.5 - density * sum;
  }
  let fraction = x;
  for (let k = 40; k > 0; k--) fraction = x + k / fraction;
  return density / fraction;
}
const normalDensity = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const normalBelow = (z) => (z >= 0 ? 1 - normalTail(z) : normalTail(-z));

/**
 * For each name: value, derivative, the derivative's largest value, and where it has one the kink at which the
 * derivative jumps.
 */
export const ACTIVATIONS = {
  relu: { value: (z) => Math.max(z, 0), derivative: (z) => (z > 0 ? 1 : 0), steepest: 1, kink: 0 },
  sigmoid: {
    value: (z) => {
      const small = Math.exp(-Math.abs(z));
      return (z >= 0 ? 1 : small) / (1 + small);
    },
    derivative: (z) => {
      const small = Math.exp(-Math.abs(z));
      return small / (1 + small) ** 2;
    },
    steepest: 0.25,
  },
  tanh: {
    value: Math.tanh,
    derivative: (z) => {
      const small = Math.exp(-2 * Math.abs(z));
      return (4 * small) / (1 + small) ** 2;
    },
    steepest: 1,
  },
  gelu: {
    value: (z) => z * normalBelow(z),
    derivative: (z) => normalBelow(z) + (Math.abs(z) < 40 ? z * normalDensity(z) : 0),
    steepest: 1.1289,
  },
};

/** Whether a unit can be off, its derivative exactly 0, as behind ReLU. */
export const canBeOff = (name) => ACTIVATIONS[name].kink !== undefined;

/** Saturated: the derivative is smaller than this share of its largest value. */
export const SATURATED = 0.1;
export const saturated = (name, z) =>
  Math.abs(ACTIVATIONS[name].derivative(z)) < SATURATED * ACTIVATIONS[name].steepest;
