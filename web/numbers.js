// Numbers as text, and kept within bounds.

/** A number with a fixed count of decimals and a real minus sign; never "−0.00". */
export function fixed(value, digits = 4) {
  const text = Math.abs(value) >= 1e5 ? value.toExponential(2) : value.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replaceAll("-", "−");
}

/** A number in few significant digits, for values whose size is not known beforehand. */
export function brief(value, digits = 4) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(digits - 2).replaceAll("-", "−");
  return value.toPrecision(digits).replaceAll("-", "−");
}

export const percent = (share, digits = 0) => `${fixed(100 * share, digits)} %`;
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
