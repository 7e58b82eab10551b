// What one entry of the iris network says: its name, its numbers, and its gradient's formula with the numbers
// put in. An entry is {name: "W1" | "b1" | "W2" | "b2" | "unit", at: its index, j, u, c: feature, unit, class}.

import { canBeOff } from "./activation-functions.js";
import { h } from "./dom.js";
import { between, factor, fraction, mi, mn, mo, part, row, signed, sum, word } from "./formula.js";
import { brief, percent } from "./numbers.js";

const i = () => mi("i");
const counted = (index) => mn(String(index + 1));
const entry = (base, ...index) => row(word(base), mo("["), ...between(index, ","), mo("]"));
const partial = (base, ...index) => fraction(row(mo("∂"), word("loss")), row(mo("∂"), entry(base, ...index)));

function nameOf({ features, species }, { name, j, c, u }) {
  return {
    W1: () => `W₁[${j + 1}, ${u + 1}], from ${features[j]} to unit ${u + 1}`,
    b1: () => `b₁[${u + 1}], bias of unit ${u + 1}`,
    W2: () => `W₂[${u + 1}, ${c + 1}], from unit ${u + 1} to ${species[c]}`,
    b2: () => `b₂[${c + 1}], bias of ${species[c]}`,
    unit: () => `unit ${u + 1}`,
  }[name]();
}

/** An entry in one sentence. */
export function describe(run, states, { name, at, u, ...rest }) {
  const title = nameOf(run.data, { name, u, ...rest });
  if (name !== "unit") {
    return `${title}: ${brief(run.network.parameters[name][at])}, gradient ${brief(run.gradients[name][at])}`;
  }
  const what = canBeOff(run.settings.activation) ? "off" : "saturated";
  return `${title}: ${states[u].state}, ${what} on ${percent(states[u].share)} of the training flowers`;
}

/** The lines of formulas of an entry, each a list of nodes. */
export function formulas(run, states, cell) {
  if (cell.name === "unit") return [unitLine(run, states[cell.u], cell.u)];
  return [gradientLine(run, cell), deltaLine(run, cell), stepLine(run, cell)];
}

/** Where an entry stands: its matrix, its index, the layer Z that it feeds, and the input it multiplies. */
const SPECS = {
  W1: ({ j, u }) => ({ matrix: "W₁", index: [j, u], layer: "Z₁", column: u, input: ["X", j] }),
  b1: ({ u }) => ({ matrix: "b₁", index: [u], layer: "Z₁", column: u }),
  W2: ({ u, c }) => ({ matrix: "W₂", index: [u, c], layer: "Z₂", column: c, input: ["A₁", u] }),
  b2: ({ c }) => ({ matrix: "b₂", index: [c], layer: "Z₂", column: c }),
};

/** ∂loss/∂W as the sum over the rows of input times delta, with its three largest terms. */
function gradientLine({ forward: { m, X, A1 }, settings: { hidden }, gradients }, cell) {
  const { matrix, index, layer, column, input } = SPECS[cell.name](cell);
  const inputs = { X: (r) => X[r * 4 + cell.j], "A₁": (r) => A1[r * hidden + cell.u] }[input?.[0]];
  const deltas = {
    "Z₁": (r) => gradients.dZ1[r * hidden + column],
    "Z₂": (r) => gradients.dZ2[r * 3 + column],
  };
  const terms = Array.from({ length: m }, (_, r) => [inputs ? inputs(r) : 1, deltas[layer](r)]);
  terms.sort(([a, b], [x, y]) => Math.abs(x * y) - Math.abs(a * b));
  const product = ([a, d]) => [...(input ? [...factor(a, 3), mo("·")] : []), ...factor(d, 5)];
  const factors = [input && entry(input[0], i(), counted(input[1])), partial(layer, i(), counted(column))];
  return [
    part(partial(matrix, ...index.map(counted)), mo("="), sum(i()), ...factors),
    ...terms.slice(0, 3).map((term, k) => part(mo(k ? "+" : "="), ...product(term))),
    part(mo("+"), mo("…")),
    part(mo("="), ...signed(gradients[cell.name][cell.at], 6)),
    h("small", {}, `the three largest of ${m} terms`),
  ];
}

/** Where the delta of the entry's layer comes from. */
function deltaLine({ forward: { m } }, cell) {
  const { layer, column } = SPECS[cell.name](cell);
  const at = counted(column);
  const delta = partial(layer, i(), at);
  if (layer === "Z₂") {
    const error = row(entry("A₂", i(), at.cloneNode(true)), mo("−"), entry("Y", i(), at.cloneNode(true)));
    return [part(delta, mo("="), fraction(error, mn(String(m))))];
  }
  return [
    part(delta, mo("="), mi("φ"), mo("′"), mo("("), entry("Z₁", i(), at.cloneNode(true)), mo(")")),
    part(sum(mi("c")), partial("Z₂", i(), mi("c")), entry("W₂", at.cloneNode(true), mi("c"))),
  ];
}

/** The entry after the next step. */
function stepLine({ network, gradients, settings }, { name, at }) {
  const { optimizer, "learning-rate": rate } = settings;
  const value = network.parameters[name][at];
  const change = network.changes(gradients, optimizer, rate)[name][at];
  const taken =
    optimizer === "sgd" ? [mn(String(rate)), mo("·"), ...factor(gradients[name][at], 6)] : factor(change, 6);
  return [
    part(word("next"), mo("="), ...signed(value, 5), mo("−"), ...taken),
    part(mo("="), ...signed(value - change, 5)),
    optimizer === "adam" && h("small", {}, "Adam: learning rate · m̂ / (√v̂ + ε)"),
  ];
}

/** The range of a hidden unit's input over the training rows, and what its state means. */
function unitLine({ forward: { Z1, m }, settings: { hidden, activation } }, { count }, u) {
  const values = Array.from({ length: m }, (_, r) => Z1[r * hidden + u]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const meaning = canBeOff(activation)
    ? `off (z ≤ 0) on ${count} of ${m} flowers; dead if on all: then every gradient of its column is 0`
    : `derivative below a tenth of its largest value on ${count} of ${m} flowers; saturated from nine in ten on`;
  return [
    part(
      entry("Z₁", i(), counted(u)),
      mo("∈"),
      mo("["),
      ...signed(low, 3),
      mo(","),
      ...signed(high, 3),
      mo("]"),
    ),
    h("small", {}, meaning),
  ];
}
