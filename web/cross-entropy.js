// <hw-cross-entropy>: edit logits Y and targets Z; probabilities, loss and gradient A₂ − Z follow.
// Attributes: logits (JSON rows, by default the book's reconstruction of the report's Y), labels (JSON list).

import { h, set } from "./dom.js";
import {
  between,
  fraction,
  ln,
  mi,
  minus,
  mn,
  mo,
  part,
  row,
  signed,
  sub,
  sum,
  sup,
  word,
} from "./formula.js";
import { crossEntropy } from "./losses.js";
import { brief, clamp, fixed } from "./numbers.js";
import { choice, drag, field, Playground } from "./playground.js";

const REPORT = {
  logits: [
    [0.65, 0.43, 0.11],
    [0.05, 0.51, 0.18],
    [0.33, 0.21, 0.72],
  ],
  labels: [0, 1, 2],
};
const REACH = 3; // the bars run from −3 to 3; a typed logit may lie beyond

/** A probability in four decimals, a tinier one as 1.2e−7: its logarithm is not that of 0. */
const small = (p) => (p === 0 ? "(under 1e−300)" : p < 5e-5 ? brief(p, 3) : fixed(p));

const power = (logit) => sup(mi("e"), ...signed(logit, 2));

class CrossEntropy extends Playground {
  static label = "Cross-entropy playground";
  static first = "drag a bar of row 1 to the left, and watch its probability, its loss and its gradient.";

  prepare() {
    this.logits = JSON.parse(this.getAttribute("logits")) ?? REPORT.logits.map((row) => [...row]);
    this.labels = JSON.parse(this.getAttribute("labels")) ?? [...REPORT.labels];
    this.start = structuredClone({ logits: this.logits, labels: this.labels });
    this.reduction = "sum";
  }

  build() {
    this.current = 0; // the row that was touched last: its loss is written out
    this.total = h("div", {
      class: "formula total",
      tabindex: 0,
      role: "group",
      "aria-label": "The loss with the numbers put in",
    });
    this.formula = h("div", { class: "formula total", tabindex: 0, role: "group" });
    this.problem = h("p", { class: "error", role: "alert" });
    this.reductions = choice(
      [
        ["sum", "sum over the rows"],
        ["mean", "mean over the rows"],
      ],
      "sum",
      (value) => {
        this.reduction = value;
        this.redraw();
      },
    );
    return [
      h(
        "div",
        { class: "controls" },
        field("loss", this.reductions),
        h("button", { onclick: () => this.#reset() }, "Back to the start"),
      ),
      this.#table(),
      this.problem,
      this.formula,
      this.total,
      h(
        "p",
        { class: "note" },
        "A₂ = softmax(Y), row by row. Drag a bar, use the arrow keys on it, or type a logit; " +
          "choose where each row of Z has its 1. The gradient A₂ − Z is positive where a probability is too large, negative at the 1 where it is too small.",
      ),
    ];
  }

  /** One table from the logits on the left to the loss at its foot: a group of rows for each example. */
  #table() {
    const head = ["class", "logits Y", "Z", "A₂ = softmax", "A₂ − Z"];
    this.rows = this.logits.map((row, i) => this.#example(row, i));
    this.sum = h("td", { class: "number answer" });
    this.sumName = h("th", { scope: "row", colspan: 4 });
    return h(
      "table",
      { class: "entries", "aria-label": "From logits to probabilities to the loss" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      this.rows.map(({ node }) => node),
      h("tfoot", {}, h("tr", {}, this.sumName, this.sum)),
    );
  }

  #example(row, i) {
    const cells = row.map((_, j) => this.#cells(i, j));
    const [logarithm, loss] = [h("td", { class: "number" }), h("td", { class: "number" })];
    const node = h(
      "tbody",
      { "aria-label": `Row ${i + 1}` },
      cells.map((cell) => cell.row),
      h(
        "tr",
        { class: "loss" },
        h("th", { scope: "row", colspan: 3 }, `loss of row ${i + 1}: −ln of the A₂ beside its 1`),
        logarithm,
        loss,
      ),
    );
    return { node, cells, logarithm, loss };
  }

  #cells(i, j) {
    const name = `y${i + 1}${j + 1}`;
    const fill = h("span", { class: "fill" });
    const knob = h("span", { class: "knob" });
    const bar = h(
      "div",
      {
        class: "bar slider",
        role: "slider",
        tabindex: 0,
        "aria-label": `logit ${name}`,
        "aria-valuemin": -REACH,
        "aria-valuemax": REACH,
        onkeydown: (event) => this.#key(event, i, j),
      },
      fill,
      knob,
    );
    const put = (event) => {
      const box = bar.getBoundingClientRect();
      const at = clamp((event.clientX - box.left) / box.width, 0, 1);
      this.#put(i, j, Math.round(100 * REACH * (2 * at - 1)) / 100);
    };
    drag(bar, put, { sideways: true });
    const input = h("input", {
      type: "number",
      step: 0.01,
      "aria-label": `value of logit ${name}`,
      oninput: () => this.#typed(i, j),
    });
    const radio = h("input", {
      type: "radio",
      name: `target-${i}`,
      "aria-label": `target of row ${i + 1} is class ${j + 1}`,
      onchange: () => {
        this.labels[i] = j;
        this.current = i;
        this.redraw();
      },
    });
    const [probability, gradient] = ["positive", "signed"].map((kind) => ({
      fill: h("span", { class: "fill" }),
      text: h("span", { class: "number" }),
      kind,
    }));
    const shown = ({ fill, text, kind }) => h("td", {}, text, h("div", { class: `bar ${kind}` }, fill));
    const row = h(
      "tr",
      {},
      h("th", { scope: "row" }, String(j + 1)),
      h("td", {}, h("div", { class: "logit" }, input, bar)),
      h("td", {}, radio),
      shown(probability),
      shown(gradient),
    );
    return { row, bar, fill, knob, input, radio, probability, gradient };
  }

  #key(event, i, j) {
    const value = this.logits[i][j];
    const next = {
      ArrowRight: value + 0.05,
      ArrowUp: value + 0.05,
      ArrowLeft: value - 0.05,
      ArrowDown: value - 0.05,
      PageUp: value + 0.5,
      PageDown: value - 0.5,
      Home: -REACH,
      End: REACH,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#put(i, j, clamp(Math.round(100 * next) / 100, -REACH, REACH));
  }

  #typed(i, j) {
    const { input } = this.rows[i].cells[j];
    const value = input.valueAsNumber;
    const wrong = !Number.isFinite(value) || Math.abs(value) > 1e4;
    input.setAttribute("aria-invalid", wrong);
    this.problem.textContent = wrong
      ? `y${i + 1}${j + 1} needs a number between −10000 and 10000; the last one still counts.`
      : "";
    if (!wrong) this.#put(i, j, value, false);
  }

  #put(i, j, value, fillInput = true) {
    this.logits[i][j] = value;
    this.current = i;
    if (fillInput) this.#fillInput(i, j);
    this.redraw();
  }

  #fillInput(i, j) {
    const { input } = this.rows[i].cells[j];
    input.value = String(this.logits[i][j]);
    input.setAttribute("aria-invalid", false);
    this.problem.textContent = "";
  }

  #reset() {
    Object.assign(this, structuredClone(this.start), { reduction: "sum" });
    this.reductions.value = "sum";
    this.rows.forEach(({ cells }, i) => {
      cells.forEach((_, j) => {
        this.#fillInput(i, j);
      });
    });
    this.redraw();
  }

  redraw() {
    if (!this.rows) return;
    const result = crossEntropy(this.logits, this.labels, this.reduction);
    const { losses, loss, probabilities } = result;
    this.rows.forEach((example, i) => {
      example.cells.forEach((cell, j) => {
        this.#showCell(cell, i, j, result);
      });
      example.logarithm.textContent = `−ln ${small(probabilities[i][this.labels[i]])}`;
      example.loss.textContent = fixed(losses[i]);
    });
    this.sumName.textContent = this.reduction === "mean" ? "loss: their mean" : "loss: their sum";
    this.sum.textContent = fixed(loss);
    this.formula.setAttribute("aria-label", `The loss of row ${this.current + 1}`);
    this.formula.replaceChildren(...this.#rowFormula(this.current, result));
    this.total.replaceChildren(...this.#totalFormula(result));
    this.result = result;
    this.say(
      `Loss ${fixed(result.loss)}. ` +
        this.labels
          .map(
            (label, i) =>
              `Row ${i + 1}: target class ${label + 1} with probability ${fixed(result.probabilities[i][label])}, ` +
              `gradient ${result.gradient[i].map((g) => fixed(g)).join(", ")}.`,
          )
          .join(" "),
    );
  }

  #showCell(cell, i, j, { probabilities, gradient }) {
    const logit = this.logits[i][j];
    span(cell.fill, logit / REACH);
    cell.knob.style.left = `${50 + 50 * clamp(logit / REACH, -1, 1)}%`;
    set(cell.bar, { "aria-valuenow": clamp(logit, -REACH, REACH), "aria-valuetext": fixed(logit, 2) });
    if (cell.input.value === "" && cell.input.getAttribute("aria-invalid") !== "true")
      cell.input.value = String(logit);
    cell.radio.checked = this.labels[i] === j;
    cell.probability.text.textContent = fixed(probabilities[i][j]);
    cell.probability.fill.style.width = `${100 * probabilities[i][j]}%`;
    cell.gradient.text.textContent = fixed(gradient[i][j]);
    span(cell.gradient.fill, gradient[i][j]);
  }

  #rowFormula(i, { losses, probabilities }) {
    const logits = this.logits[i];
    const label = this.labels[i];
    return [
      part(
        word(`row ${i + 1}: `),
        minus(),
        ...ln(),
        fraction(power(logits[label]), row(...between(logits.map(power), "+"))),
      ),
      part(mo("="), minus(), ...ln(), mn(small(probabilities[i][label]))),
      part(mo("="), mn(fixed(losses[i]))),
    ];
  }

  #totalFormula({ losses, loss }) {
    const rows = mn(String(losses.length));
    const mean = this.reduction === "mean";
    const terms = row(
      ...between(
        losses.map((x) => mn(fixed(x))),
        "+",
      ),
    );
    return [
      part(
        word("loss"),
        mo("="),
        minus(),
        mean && fraction(mn("1"), rows.cloneNode(true)),
        sum(mi("i"), mo(","), mi("j")),
        sub(mi("Z"), mi("i"), mi("j")),
        ...ln(),
        sub(word("softmax"), mi("j")),
        mo("("),
        sub(mi("Y"), mi("i")),
        mo(")"),
      ),
      part(mo("="), mean ? fraction(terms, rows) : terms),
      part(mo("="), mn(fixed(loss))),
    ];
  }
}

/** Let a bar run from the middle to a share (−1 … 1) of its half width. */
function span(fill, share) {
  const size = 50 * clamp(Math.abs(share), 0, 1);
  fill.style.left = `${share < 0 ? 50 - size : 50}%`;
  fill.style.width = `${size}%`;
  fill.classList.toggle("negative", share < 0);
}

customElements.define("hw-cross-entropy", CrossEntropy);
