// <hw-derivation-lines>: write a whole derivation and see each line typeset, with its mark as soon as it stands.
// The text is judged in the page's Python after a pause in typing, and stands in the page's address on request.

import { answered, MARKS, shown, signs } from "./derivation-marks.js";
import { h } from "./dom.js";
import { ask, size } from "./python.js";
import { RunBar } from "./run-bar.js";

const NOTATION = [
  ["W: n x k, x: n, t: scalar", "what the names are"],
  ["y = sigmoid(W'x + b)", "a definition: the name is new"],
  ["dJ = 2 (y - Z)'dy", "a line in differentials, of names or of expressions, d(x'A x)"],
  ["= …", "goes on from the line above"],
  ["dJ/dW = …, ∂J/∂W, ∇_W J", "a gradient, of the shape of W"],
  ["dJ/dW_ij = 2 x_i (a_j - y_j), sum_ij, δ_ij", "index notation"],
  ["assume S symmetric, assume sum(y) = 1", "hypotheses"],
  ["# because …", "a remark"],
  ["A', A .* B, inv(A), tr(A), ||A||", "as in the form for gradients; LaTeX is read too"],
];
const LOADED =
  `The judge is written in Python, and Python comes into this page: ${size}, once, then kept by the browser. ` +
  "It comes when you ask, or when you begin to write. Nothing that you type leaves the page.";
const QUIET = 350; // ms without a keystroke until the lines are judged
const SOON = 0.5; // seconds for a line at first; what is not settled by then is asked again
const LATER = 6;
const SETTLED = ["proved", "refuted", "unread", "declared", "defined", "assumed", ""];
const PREFIX = "#derivation=";

let made = 0;

class DerivationLines extends HTMLElement {
  async connectedCallback() {
    if (this.form) return;
    this.form = h("form", { class: "checker lines", novalidate: true, "aria-label": "Check a derivation" });
    const response = await fetch(new URL("derivation-texts.json", import.meta.url));
    this.examples = await response.json();
    made += 1;
    this.build(`lines-${made}`);
    const firstAnswer = [...this.children]; // the page shows the first example and what came of it
    const given = this.given();
    this.area.value = given ?? this.examples[0].text;
    this.menu.value = given === null ? "0" : "";
    this.lines = [];
    if (given === null) this.sheet.append(...firstAnswer);
    this.replaceChildren(this.form);
    this.draw();
    addEventListener("hashchange", () => this.follow());
    this.setAttribute("ready", "");
    if (given !== null && !navigator.connection?.saveData) this.tools.start();
  }

  build(id) {
    this.menu = h(
      "select",
      { id: `${id}-example`, onchange: () => this.take(this.examples[this.menu.value].text) },
      h("option", { value: "", disabled: true }, "choose one"),
      this.examples.map(({ title }, at) => h("option", { value: at }, title)),
    );
    this.area = h("textarea", {
      id: `${id}-text`,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      "aria-describedby": `${id}-hint`,
      oninput: () => this.edited(),
      onkeydown: (event) => this.key(event),
    });
    this.jump = h(
      "button",
      { type: "button", hidden: true, onclick: () => this.toWrong() },
      "To the wrong line",
    );
    this.column = h("ol", { class: "lines-signs", "aria-hidden": "true" });
    this.tools = new RunBar({
      text: "Check",
      onrun: () => this.check(),
      more: [h("button", { type: "button", onclick: () => this.copy() }, "Copy link"), this.jump],
    });
    this.sheet = h("div", {
      class: "lines-sheet",
      role: "region",
      "aria-label": "The lines and their marks",
      tabindex: 0,
    });
    this.form.append(
      h(
        "div",
        { class: "checker-field" },
        h("label", { for: this.menu.id }, "Start from an example"),
        this.menu,
      ),
      h(
        "div",
        { class: "checker-field" },
        h("label", { for: this.area.id }, "Your derivation, one statement a line"),
        h("div", { class: "lines-editor" }, this.column, this.area),
        h(
          "p",
          { id: `${id}-hint`, class: "live-status" },
          "The lines are judged when you pause; Control and Enter checks at once.",
        ),
      ),
      this.tools.node,
      this.sheet,
      this.fold(
        "How to write it",
        h(
          "dl",
          {},
          NOTATION.map(([signs, meaning]) => [h("dt", {}, h("code", {}, signs)), h("dd", {}, meaning)]),
        ),
      ),
      this.fold(`What is loaded, and why ${size}`, h("p", {}, LOADED)),
    );
  }

  fold(title, content) {
    return h("details", {}, h("summary", {}, title), content);
  }

  // ── the text ──────────────────────────────────────────────────────────────────────────────────────

  /** The text that the page's address carries, or null. */
  given() {
    return location.hash.startsWith(PREFIX) ? decodeURIComponent(location.hash.slice(PREFIX.length)) : null;
  }

  follow() {
    const given = this.given();
    if (given !== null && given !== this.area.value) this.take(given);
  }

  take(text) {
    this.area.value = text;
    this.lines = [];
    this.changed();
    this.tools.start();
  }

  edited() {
    this.menu.value = "";
    this.changed();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tools.start(), QUIET);
  }

  /** From the first line that is another one on, all is under work: it may hang on what has changed. */
  changed() {
    const texts = this.area.value.split("\n");
    const same = texts.findIndex((text, k) => this.lines[k]?.text !== text);
    const kept = same < 0 ? texts.length : same;
    this.lines = texts.map((text, index) =>
      index < kept
        ? this.lines[index]
        : { index, text, how: text.trim() ? "work" : "", leap: false, sentence: "" },
    );
    this.draw();
  }

  key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    clearTimeout(this.waiting);
    this.tools.start();
  }

  async copy() {
    history.replaceState(null, "", `${PREFIX}${encodeURIComponent(this.area.value)}`);
    try {
      await navigator.clipboard.writeText(location.href);
      this.tools.say("The link is copied.");
    } catch {
      this.tools.say("The link is this page's address.");
    }
  }

  toWrong() {
    const start = this.lines.slice(0, this.wrong).reduce((sum, { text }) => sum + text.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(start, start + this.lines[this.wrong].text.length);
  }

  /** The index of the first wrong line, or -1. */
  get wrong() {
    return this.lines.findIndex(({ how }) => how === "refuted");
  }

  // ── asking ────────────────────────────────────────────────────────────────────────────────────────

  /** Judge the text, and again what has become of it meanwhile; what takes long is asked a second time, with more. */
  async check() {
    this.changed();
    let text;
    do {
      text = this.area.value;
      await this.judge(text, SOON);
      if (text === this.area.value && this.lines.some(({ how }) => how === "work"))
        await this.judge(text, LATER);
    } while (text !== this.area.value);
    this.tell();
  }

  /** Whether a line is not settled, or the first wrong one not explained. */
  get open() {
    const first = this.lines[this.wrong];
    const unexplained = first && !first.point && !first.slip && !("position" in first);
    return unexplained || this.lines.some(({ how }) => how === "work");
  }

  async judge(text, seconds) {
    const texts = text.split("\n");
    const onoutput = (_, answer) => {
      if (this.area.value !== text) return;
      const line = { text: "", ...JSON.parse(answer) };
      line.text = texts[line.index];
      if (seconds === SOON && !SETTLED.includes(line.how)) line.how = "work";
      this.lines[line.index] = line;
      this.draw();
    };
    const onprogress = (progress) => this.tools.progress(progress);
    await ask("derivation", JSON.stringify({ text, seconds }), { onoutput, onprogress });
    await this.drawn;
  }

  tell() {
    const judged = this.lines.filter(({ how }) => ["proved", "sampled", "refuted"].includes(how)).length;
    const wrong = this.wrong;
    const unread = this.lines.filter(({ how }) => how === "unread").length;
    const rest = unread ? ` ${unread} cannot be read.` : "";
    if (wrong >= 0) this.tools.say(`The first wrong line is line ${wrong + 1}.${rest}`);
    else this.tools.say(`${judged} ${judged === 1 ? "line" : "lines"} judged, none of them wrong.${rest}`);
  }

  // ── showing ───────────────────────────────────────────────────────────────────────────────────────

  /** Draw the signs at once, and the list behind them; a list that is overtaken is not shown. */
  draw() {
    const texts = this.area.value.split("\n");
    this.area.rows = Math.max(6, texts.length + 1);
    this.column.replaceChildren(
      ...signs(texts.map((text, k) => this.lines[k] ?? { how: "", leap: false, text })),
    );
    this.jump.hidden = this.wrong < 0;
    if (this.lines.length) this.drawn = this.list(this.lines.slice());
  }

  async list(lines) {
    const wrong = this.wrong;
    this.drawing = lines;
    const options = (line) => ({
      explained: line.index === wrong || line.how === "unread",
      onmore: (...of) => this.more(...of),
    });
    const items = await Promise.all(lines.filter(({ how }) => how).map((line) => shown(line, options(line))));
    if (this.drawing === lines) this.sheet.replaceChildren(h("ol", {}, items));
  }

  async more(line, node) {
    const question = JSON.stringify({ text: this.area.value, seconds: LATER, index: line.index });
    let box = h("p", { role: "status" }, MARKS.work[1]);
    node.querySelector("button").replaceWith(box);
    const onoutput = async (_, text) => {
      const found = await answered(JSON.parse(text));
      box.replaceWith(found);
      box = found;
    };
    try {
      await ask("more", question, { onoutput });
    } catch (error) {
      box.textContent = error.message;
    }
  }
}

customElements.define("hw-derivation-lines", DerivationLines);
