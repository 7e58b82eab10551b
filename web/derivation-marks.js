// The marks of a derivation's lines: a sign and a word for each, and the list that shows them.

import { h } from "./dom.js";
import { formula, words } from "./typeset.js";

/** How a line is marked: [sign, word]. */
export const MARKS = {
  work: ["…", "being checked"],
  proved: ["✓", "proved"],
  sampled: ["≈", "sampled"],
  refuted: ["✗", "wrong"],
  undecided: ["?", "undecided"],
  error: ["!", "no verdict"],
  unread: ["?", "not read"],
  declared: ["·", "declared"],
  defined: ["·", "defined"],
  assumed: ["·", "assumed"],
  "": ["", ""],
};

/** The column of signs beside the text, one for each of its lines; the words stand in the list. */
export function signs(lines) {
  return lines.map(({ how, leap }) =>
    h("li", { class: `lines-${how || "empty"}` }, `${MARKS[how][0]}${leap ? "↷" : ""}` || "\u00a0"),
  );
}

/** One line of the list: its word, the line typeset, and what is offered about it. */
export async function shown(line, { explained, onmore }) {
  const [sign, word] = MARKS[line.how];
  const said = line.leap ? `${word}, a leap` : word;
  const node = h(
    "li",
    { value: line.index + 1, class: `lines-line lines-${line.how}` },
    h("span", { class: "lines-word" }, h("span", { "aria-hidden": "true" }, `${sign} `), said),
    line.latex ? await formula(line.latex, false) : h("code", {}, line.text.trim()),
  );
  const offers = line.leap ? "The steps between" : line.how === "refuted" ? "The line as it should be" : "";
  if (explained) node.append(...(await explanation(line)));
  else if (line.how === "sampled" || line.how === "undecided")
    node.append(h("p", { class: "lines-why" }, ...(await words(`${line.sentence}.`))));
  if (offers) node.append(h("button", { type: "button", onclick: () => onmore(line, node) }, offers));
  return node;
}

/** Why a line is wrong, or cannot be read. */
async function explanation({ sentence, slip, point, values }) {
  const [first, ...place] = sentence.split("\n");
  const nodes = [h("p", { class: "lines-why" }, ...(await words(capital(first))), place.length ? "" : ".")];
  if (place.length) nodes.push(h("pre", { class: "live-text", tabindex: 0 }, place.join("\n")));
  if (slip) nodes.push(h("p", {}, h("strong", {}, "The likely slip: "), ...(await words(`${slip}.`))));
  if (point) {
    nodes.push(h("p", {}, "The smallest counterexample found:"));
    nodes.push(h("p", { class: "lines-scroll" }, ...(await words(`$${point.join("$, $")}$`))));
    nodes.push(h("p", { class: "lines-scroll" }, ...(await words(`There ${values}.`))));
  }
  return nodes;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** What Python answers about one line: lines in plain notation, each typeset. */
export async function answered({ lines, latex }) {
  if (lines.length === 0) return h("p", {}, "Nothing is known here that could be shown.");
  const items = lines.map(async (text, k) =>
    h("li", {}, latex[k] ? await formula(latex[k], false) : "", h("code", {}, text)),
  );
  return h("ul", { class: "lines-more" }, await Promise.all(items));
}
