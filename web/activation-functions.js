// relu, sigmoid and tanh beside their derivatives, as in hwlib.activations.

/** The report's three functions: value, derivative, and the derivative's largest value. */
export const ACTIVATIONS = {
  relu: { value: (z) => Math.max(z, 0), derivative: (z) => (z > 0 ? 1 : 0), steepest: 1 },
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
};

/** Saturated: the derivative is below this share of its largest value. */
export const SATURATED = 0.1;
export const saturated = (name, z) =>
  ACTIVATIONS[name].derivative(z) < SATURATED * ACTIVATIONS[name].steepest;
