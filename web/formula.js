// Formulas as MathML, made of nodes: part(word("loss"), mo("="), mn("2.55")).

import { math } from "./dom.js";
import { brief, fixed } from "./numbers.js";

export const mi = (text) => math("mi", {}, text);
export const mn = (text) => math("mn", {}, text);
export const mo = (text) => math("mo", {}, text);
export const word = (text) => math("mi", { mathvariant: "normal" }, text);
export const minus = () => math("mo", { form: "prefix" }, "−");
export const ln = () => [word("ln"), math("mspace", { width: "0.17em" })];
export const row = (...nodes) => math("mrow", {}, nodes);
export const sub = (base, ...index) => math("msub", {}, base, row(...index));
export const sup = (base, ...exponent) => math("msup", {}, base, row(...exponent));
export const fraction = (above, below) => math("mfrac", {}, above, below);
export const sum = (...index) => math("munder", {}, mo("∑"), row(...index));

/** Nodes with a sign between them: between([a, b, c], "+") is a + b + c. */
export const between = (nodes, sign) => nodes.flatMap((node, i) => (i ? [mo(sign), node] : [node]));

/** A number, negative ones with a prefix minus, tiny ones as 1.2e−7. */
export function signed(x, digits = 4) {
  const tiny = x !== 0 && Math.abs(x) < 0.5 * 10 ** -digits;
  const size = Math.abs(x);
  const number = mn(tiny ? brief(size, 3) : fixed(size, digits));
  return x < 0 ? [minus(), number] : [number];
}

/** The same in parentheses where it is negative, as a factor. */
export const factor = (x, digits) => (x < 0 ? [mo("("), ...signed(x, digits), mo(")")] : signed(x, digits));

/** One piece of a formula; several in a row wrap like words on a narrow page. */
export const part = (...nodes) => math("math", {}, math("mrow", { displaystyle: "true" }, nodes));
