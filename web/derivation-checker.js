// <hw-derivation-checker>: type J, the variable and a gradient in plain notation; see the verdict, the
// derivation and the counterexample. What is typed is read by the grammar of hwlib.matrix_calculus in the
// page's Python, and stands in the page's address, so that a link carries it.

import { h, hide } from "./dom.js";
import { ask, isStarted, size } from "./python.js";
import { fromHash, recall, remember, same, title, toHash } from "./questions.js";
import { RunBar } from "./run-bar.js";
import { formula, output, words } from "./typeset.js";

const FIELDS = [
  {
    name: "symbols",
    label: "Symbols and their shapes",
    hint: "W: n x k, x: n, t: scalar, S: n x n symmetric",
    rows: 2,
  },
  { name: "definitions", label: "Definitions, if any", hint: "y = sigmoid(W'*x + b)", rows: 2 },
  { name: "J", label: "J, a scalar", hint: "||y - Z||^2" },
  { name: "variable", label: "The variable", hint: "W" },
  { name: "gradient", label: "Your gradient", hint: "2*x*((y - Z) .* y .* (1 - y))'" },
];
const NOTATION = [
  ["A*B, 2 A B", "matrix product, multiples"],
  ["A .* B, \\odot, ⊙", "entry by entry"],
  ["A ./ B, A.^2", "entry by entry"],
  ["A', A^T", "transpose"],
  ["inv(A), A^-1, det(A), tr(A)", "inverse, determinant, trace"],
  ["||A||, sum(A), sum(A, 1), sum(A, 2)", "norm; sum of all entries, of each column, of each row"],
  ["exp, log, sqrt, sigmoid, tanh, relu, softmax", "applied to every entry; softmax to every row"],
  ["ones(n, k), I, diag(x)", "all ones, the identity, a diagonal"],
  ["assume y'*1 = 1, assume A symmetric", "what may be used, among the symbols"],
];
const VERDICTS = {
  proved: ["✓", "Proved"],
  refuted: ["✗", "Refuted"],
  convention: ["⇄", "Right in another convention"],
  sampled: ["≈", "Sampled"],
  undecided: ["?", "Undecided"],
  error: ["!", "No verdict"],
};
const LOADED =
  `The judge is written in Python, and Python comes into this page: ${size}, once, then kept by the browser. ` +
  "The largest parts are Python itself and SymPy, which holds the formulas. Nothing that you type leaves the page.";
/** What the browser keeps for this site, where it keeps anything. */
const storage = (() => {
  try {
    return localStorage;
  } catch {
    return null;
  }
})();
const QUIET = 400; // ms without a keystroke until the page's address follows, and how the text is understood

let made = 0;

class DerivationChecker extends HTMLElement {
  async connectedCallback() {
    if (this.form) return;
    this.form = h("form", { class: "checker", novalidate: true, "aria-label": "Derivation checker" });
    const response = await fetch(new URL("derivation-examples.json", import.meta.url));
    this.examples = await response.json();
    made += 1;
    this.build(`checker-${made}`);
    const [, ...firstAnswer] = this.children; // the page shows the first example and its answer
    const given = fromHash(location.hash);
    this.fill(given ?? this.examples[0]);
    this.offer();
    if (!given) this.answer.append(...firstAnswer);
    this.replaceChildren(this.form);
    addEventListener("hashchange", () => this.follow());
    addEventListener("pagehide", () => this.address());
    this.setAttribute("ready", "");
    if (given && !navigator.connection?.saveData) this.tools.start();
  }

  build(id) {
    this.menu = h("select", {
      id: `${id}-example`,
      onchange: () => this.take(this.choices[this.menu.value]),
    });
    this.undo = h("button", { type: "button", hidden: true, onclick: () => this.back() }, "Undo");
    this.past = []; // what stood in the fields before each choice from the menu
    this.fields = {};
    this.problems = {};
    this.echoes = {};
    const rows = FIELDS.map((field) => this.field(id, field));
    this.tools = new RunBar({
      text: "Check",
      onrun: () => this.check(),
      more: [h("button", { type: "button", onclick: () => this.copy() }, "Copy link"), this.undo],
    });
    this.answer = h("div", { class: "checker-answer", role: "log", "aria-label": "Verdict" });
    this.form.append(
      h(
        "div",
        { class: "checker-field" },
        h("label", { for: this.menu.id }, "Start from an example or a question of yours"),
        this.menu,
      ),
      ...rows,
      this.tools.node,
      h(
        "details",
        {},
        h("summary", {}, "How to write it"),
        h(
          "dl",
          {},
          NOTATION.map(([signs, meaning]) => [h("dt", {}, h("code", {}, signs)), h("dd", {}, meaning)]),
        ),
      ),
      h("details", {}, h("summary", {}, `What is loaded, and why ${size}`), h("p", {}, LOADED)),
      this.answer,
    );
  }

  field(id, { name, label, hint, rows }) {
    const control = h(rows ? "textarea" : "input", {
      id: `${id}-${name}`,
      name,
      rows,
      type: rows ? null : "text",
      placeholder: hint,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      "aria-describedby": `${id}-${name}-echo ${id}-${name}-problem`,
      oninput: () => this.edited(),
      onkeydown: (event) => this.key(event),
    });
    this.fields[name] = control;
    this.problems[name] = h("div", { id: `${id}-${name}-problem`, class: "checker-problem" });
    this.echoes[name] = h("div", { id: `${id}-${name}-echo`, class: "checker-echo" });
    return h(
      "div",
      { class: `checker-field checker-${name}` },
      h("label", { for: control.id }, label),
      control,
      this.echoes[name],
      this.problems[name],
    );
  }

  /** Fill the menu: the reader's last questions, then the examples by topic. */
  offer() {
    const own = recall(storage).map((question) => ({
      ...question,
      title: title(question),
      topic: "Your last questions",
    }));
    this.choices = [...own, ...this.examples];
    const topics = Map.groupBy(this.choices.keys(), (at) => this.choices[at].topic);
    this.menu.replaceChildren(
      h("option", { value: "", disabled: true, selected: true }, "choose one"),
      ...[...topics].map(([topic, places]) =>
        h(
          "optgroup",
          { label: topic },
          places.map((at) => h("option", { value: at }, this.choices[at].title)),
        ),
      ),
    );
    const at = this.choices.findLastIndex((choice) => same(choice, this.state));
    this.menu.value = at < 0 ? "" : at;
  }

  /** What stands in the fields. */
  get state() {
    return Object.fromEntries(FIELDS.map(({ name }) => [name, this.fields[name].value]));
  }

  fill(state) {
    for (const { name } of FIELDS) this.fields[name].value = state[name] ?? "";
  }

  // ── a question and its answer: neither outlives the other ─────────────────────────────────────────

  edited() {
    this.menu.value = "";
    this.changed();
  }

  /** The fields hold another question: what was said about the last one goes, and what is still said is not heard. */
  changed() {
    this.asked = null;
    this.answer.replaceChildren();
    this.forget();
    if (!this.tools.busy) this.tools.say("");
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.address();
      this.echo();
    }, QUIET);
  }

  /** What was said about the fields goes. */
  forget() {
    for (const { name } of FIELDS) {
      this.problems[name].replaceChildren();
      this.echoes[name].replaceChildren();
      this.fields[name].removeAttribute("aria-invalid");
    }
  }

  take(question) {
    this.past.push(this.state);
    this.fill(question);
    this.changed();
    this.undo.hidden = false;
  }

  back() {
    this.fill(this.past.pop());
    this.edited();
    if (this.past.length === 0) hide([this.undo], this.menu);
  }

  // ── the page's address ────────────────────────────────────────────────────────────────────────────

  address() {
    clearTimeout(this.waiting);
    if (this.waiting) history.replaceState(null, "", toHash(this.state));
    this.waiting = 0;
  }

  /** A link to a question, followed within the page. */
  follow() {
    const given = fromHash(location.hash);
    if (!given || same(given, this.state)) return;
    this.take(given);
    this.tools.start();
  }

  async copy() {
    history.replaceState(null, "", toHash(this.state));
    try {
      await navigator.clipboard.writeText(location.href);
      this.tools.say("The link is copied.");
    } catch {
      this.tools.say("The link is this page's address.");
    }
  }

  /** Enter asks; in a field of several lines it needs Control beside it. */
  key(event) {
    const oneLine = event.target.localName === "input";
    if (event.key !== "Enter" || !(oneLine || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.tools.start();
  }

  // ── how it is understood ──────────────────────────────────────────────────────────────────────────

  /** Once Python is there: each field typeset, or its error, while one types. One question at a time. */
  async echo() {
    if (!isStarted() || this.tools.busy || this.echoing) return;
    const question = this.state;
    const parts = [];
    this.echoing = true;
    await ask("read", JSON.stringify(question), { onoutput: (...part) => parts.push(part) }).catch(() => {});
    this.echoing = false;
    if (!same(question, this.state)) return this.echo();
    if (this.tools.busy || this.asked) return;
    this.forget();
    for (const [kind, text] of parts) await this.told(kind, JSON.parse(text), question);
  }

  /** Show how a field is understood, or at which character it is not. */
  async told(kind, given, question) {
    if (kind === "problem") return this.mark(given);
    for (const [field, latex] of Object.entries(given)) {
      const [echo, node] = [this.echoes[field], await formula(latex, false)];
      if (!same(question, this.state)) return;
      echo.replaceChildren(node);
      if (echo.scrollWidth > echo.clientWidth) echo.tabIndex = 0;
      else echo.removeAttribute("tabindex");
    }
  }

  // ── asking ────────────────────────────────────────────────────────────────────────────────────────

  async check() {
    this.changed();
    this.address();
    const question = this.state;
    this.asked = question;
    remember(storage, question);
    this.offer();
    let drawn = Promise.resolve();
    const onoutput = (kind, text) => {
      drawn = drawn.then(() => this.asked === question && this.show(kind, text, question));
    };
    const done = await ask("check", JSON.stringify(question), {
      onoutput,
      onprogress: (progress) => this.tools.progress(progress),
    });
    await drawn;
    if (this.asked !== question) this.tools.say("The question has changed: check again.");
    else if (done) this.tools.say("Checked");
  }

  async show(kind, text, question) {
    if (kind === "read") return this.told(kind, JSON.parse(text), question);
    if (kind === "problem") return this.point(JSON.parse(text));
    const node = await this.part(kind, text);
    if (this.asked === question) this.answer.append(node);
  }

  async part(kind, text) {
    if (kind === "heading") return h("p", { class: "checker-heading" }, text);
    if (!VERDICTS[kind]) return output(kind, text);
    const [sign, word] = VERDICTS[kind];
    const mark = h("span", { class: "checker-sign", "aria-hidden": "true" }, sign);
    return h("p", { class: `checker-verdict checker-${kind}` }, mark, ` ${word}: `, await words(text));
  }

  /** Show an error under its field. */
  mark({ field, message }) {
    const [what, ...where] = message.split("\n");
    this.problems[field].replaceChildren(h("p", {}, what));
    if (where.length)
      this.problems[field].append(h("pre", { class: "live-error", tabindex: 0 }, where.join("\n")));
    this.fields[field].setAttribute("aria-invalid", "true");
  }

  /** The same, and lead to the character that the first error is about. */
  point(problem) {
    const first = !this.form.querySelector("[aria-invalid]");
    this.mark(problem);
    if (!first) return;
    const control = this.fields[problem.field];
    control.focus();
    if (problem.position !== null) control.setSelectionRange(problem.position, problem.position + 1);
    this.tools.say(`The field “${control.labels[0].textContent}” cannot be read`);
  }
}

customElements.define("hw-derivation-checker", DerivationChecker);
