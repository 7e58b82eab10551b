// What made one unit of an exported network, as nodes: its window, its kernel, and the sum of their products.

import { h } from "./dom.js";
import { between, factor, mi, mn, mo, part, row, signed, word } from "./formula.js";
import { brief, fixed } from "./numbers.js";
import { choice, field } from "./playground.js";
import { explain, unitName } from "./units.js";

const LARGEST_GRID = 25; // cells of a window that is shown as a grid: 5 × 5; of a larger one the largest products
const LARGEST = 6; // products that are shown then

/** A small table of numbers, each on a ground that shows its size and sign. */
function grid(title, values, [rows, columns], mark) {
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const cells = values.map((value, k) => {
    const look = `number tint${value < 0 ? " negative" : ""}${mark === k ? " mark" : ""}`;
    const node = h("td", { class: look }, brief(value, 3));
    node.style.setProperty("--level", (0.28 * Math.abs(value)) / largest);
    return node;
  });
  const lines = Array.from({ length: rows }, (_, r) =>
    h("tr", {}, cells.slice(r * columns, (r + 1) * columns)),
  );
  return h("table", { class: "square" }, h("caption", {}, title), h("tbody", {}, lines));
}

const sign = (text) => h("span", { class: "sign", "aria-hidden": "true" }, text);
const line = (...parts) => h("div", { class: "formula line" }, parts);
const bySize = (numbers) => [...numbers.keys()].sort((i, j) => Math.abs(numbers[j]) - Math.abs(numbers[i]));

/** The nodes that show a unit; `channel` is the chosen input channel, `onchannel` is told of another. */
export function showUnit(layer, at, channel, onchannel) {
  const made = explain(layer, at);
  if (made.values) return showPool(layer, made);
  const cells = layer.size[0] * layer.size[1];
  if (cells === 1 || cells > LARGEST_GRID) return showLargest(layer, made);
  const order = bySize(made.sums);
  const chosen = channel ?? order[0];
  const several = order.length > 1;
  const terms = several
    ? order.map((i) => made.sums[i])
    : made.windows[0].map((value, k) => [value, made.kernels[0][k]]);
  return [
    several && mapChoice(made, order, chosen, onchannel),
    products(layer, made, chosen),
    total(layer, made, terms, several),
  ].filter(Boolean);
}

function showPool({ before, size }, { values, activation }) {
  const after = before.activation === "linear" ? "" : ` after ${before.activation}`;
  const window = grid(`window of ${before.name}${after}`, values, size, values.indexOf(activation));
  const numbers = between(
    values.map((value) => row(...signed(value, 3))),
    ",",
  );
  return [
    h("div", { class: "products" }, window),
    line(part(word("max"), mo("("), ...numbers, mo(")"), mo("="), ...signed(activation, 4))),
  ];
}

function mapChoice({ sums }, order, chosen, onchannel) {
  const maps = order.map((i) => [String(i), `map ${i + 1}: ${fixed(sums[i], 3)}`]);
  const select = choice(maps, String(chosen), (i) => onchannel(Number(i)));
  return h(
    "div",
    { class: "controls tight" },
    field(`input map (largest share first, ${sums.length} maps)`, select),
  );
}

/** Window ⊙ kernel = products, for one channel of what came before. */
function products({ before, size }, { windows, kernels, sums }, chosen) {
  const source =
    before.name === "input" ? "the image" : `${before.name}${sums.length > 1 ? `, map ${chosen + 1}` : ""}`;
  const values = windows[chosen].map((value, k) => value * kernels[chosen][k]);
  return h(
    "div",
    { class: "products" },
    grid(`window: ${source}`, windows[chosen], size),
    sign("⊙"),
    grid("kernel", kernels[chosen], size),
    sign("="),
    grid(`products, sum ${fixed(sums[chosen], 3)}`, values, size),
  );
}

/** The largest of all products in one table, and the sum. */
function showLargest(layer, made) {
  const { before } = layer;
  const all = made.windows.flatMap((values, i) =>
    values.map((value, k) => ({
      name: unitName(before, k * made.windows.length + i),
      numbers: [value, made.kernels[i][k], value * made.kernels[i][k]],
    })),
  );
  const order = bySize(all.map(({ numbers }) => numbers[2]));
  const head = [before.name, "activation", "weight", "product"].map((text) =>
    h("th", { scope: "col" }, text),
  );
  const rows = order.slice(0, LARGEST).map((at) => {
    const cells = all[at].numbers.map((value) => h("td", { class: "number" }, fixed(value, 4)));
    return h("tr", {}, h("th", { scope: "row" }, all[at].name), cells);
  });
  const caption = h("caption", {}, `The largest of ${all.length} products`);
  const table = h(
    "table",
    { class: "figures narrow" },
    caption,
    h("thead", {}, h("tr", {}, head)),
    h("tbody", {}, rows),
  );
  const terms = order.map((at) => all[at].numbers[2]);
  return [table, total(layer, made, terms, true)];
}

/** z = sum of the terms + bias, then the activation where the layer has one; of `several` terms the first four. */
function total({ activation: name }, { bias, z, activation }, terms, several) {
  const shown = several
    ? terms.slice(0, 4).map((term, k) => (k ? factor : signed)(term, 3))
    : terms.map(([value, weight]) => [...signed(value, 2), mo("·"), ...factor(weight, 3)]);
  const applied =
    name === "relu"
      ? [word("max"), mo("("), mn("0"), mo(","), mi("z"), mo(")")]
      : [word(name), mo("("), mi("z"), mo(")")];
  return line(
    ...shown.map((term, k) => part(...(k ? [mo("+")] : [mi("z"), mo("=")]), ...term)),
    terms.length > shown.length && part(mo("+"), mo("…")),
    part(mo("+"), ...factor(bias, 4)),
    part(mo("="), ...signed(z, 4)),
    name !== "linear" && part(mo(","), mi("a"), mo("="), ...applied, mo("="), ...signed(activation, 4)),
    h("small", {}, several ? "largest shares first; the bias last" : "the bias last"),
  );
}
