// <hw-derivation-checker>: type J, the variable and a gradient in plain notation; see the verdict, the
// derivation and the counterexample. What is typed is read by the grammar of hwlib.matrix_calculus in the
// page's Python, and stands in the page's address, so that a link carries it.

import { ask, stop } from "./python.js";
import { output } from "./typeset.js";

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
];
const VERDICTS = {
  proved: "Proved: your gradient is right for all sizes.",
  refuted: "Refuted: this is not the gradient.",
  sampled: "Not proved: it agrees wherever it was tried.",
};

let made = 0;

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

class DerivationChecker extends HTMLElement {
  async connectedCallback() {
    if (this.form) return;
    this.form = h("form", { class: "checker", novalidate: true, "aria-label": "Derivation checker" });
    const response = await fetch(new URL("derivation-examples.json", import.meta.url));
    this.examples = await response.json();
    made += 1;
    this.build(`checker-${made}`);
    const [, ...firstAnswer] = this.children; // the page shows the first example and its answer
    const given = this.fromAddress();
    this.fill(given ?? this.examples[0]);
    if (!given) this.answer.append(...firstAnswer);
    this.replaceChildren(this.form);
    addEventListener("hashchange", () => this.fill(this.fromAddress() ?? this.state));
    this.setAttribute("ready", "");
  }

  build(id) {
    this.example = h(
      "select",
      { id: `${id}-example`, onchange: () => this.take(this.examples[this.example.value]) },
      h("option", { value: "", disabled: true, selected: true }, "choose one of twelve"),
      ...this.examples.map(({ title }, number) => h("option", { value: number }, title)),
    );
    this.fields = {};
    this.problems = {};
    const rows = FIELDS.map(({ name, label, hint, rows: lines }) => {
      const common = {
        id: `${id}-${name}`,
        name,
        placeholder: hint,
        spellcheck: "false",
        autocapitalize: "off",
        autocomplete: "off",
        "aria-describedby": `${id}-${name}-problem`,
        oninput: () => this.changed(),
      };
      const control = lines
        ? h("textarea", { ...common, rows: lines })
        : h("input", { ...common, type: "text" });
      control.addEventListener("keydown", (event) => this.key(event));
      this.fields[name] = control;
      this.problems[name] = h("div", { id: `${id}-${name}-problem`, class: "checker-problem" });
      return h(
        "div",
        { class: `checker-field checker-${name}` },
        h("label", { for: `${id}-${name}` }, label),
        control,
        this.problems[name],
      );
    });
    this.run = h("button", { type: "submit", class: "live-run" }, "Check");
    this.stop = h("button", { type: "button", onclick: stop, hidden: true }, "Stop");
    this.link = h("button", { type: "button", onclick: () => this.copy() }, "Copy link");
    this.status = h("span", { class: "live-status", role: "status" });
    this.bar = h("progress", { "aria-label": "Loaded", hidden: true });
    this.answer = h("div", { class: "checker-answer", role: "log", "aria-label": "Verdict" });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.check();
    });
    this.form.append(
      h(
        "div",
        { class: "checker-field" },
        h("label", { for: `${id}-example` }, "Start from an example"),
        this.example,
      ),
      ...rows,
      h("div", { class: "live-tools" }, this.run, this.stop, this.link, this.status, this.bar),
      h(
        "details",
        {},
        h("summary", {}, "How to write it"),
        h(
          "dl",
          {},
          ...NOTATION.flatMap(([signs, meaning]) => [
            h("dt", {}, h("code", {}, signs)),
            h("dd", {}, meaning),
          ]),
        ),
      ),
      this.answer,
    );
  }

  /** What stands in the fields. */
  get state() {
    return Object.fromEntries(FIELDS.map(({ name }) => [name, this.fields[name].value]));
  }

  fill(state) {
    for (const { name } of FIELDS) this.fields[name].value = state[name] ?? "";
  }

  take(example) {
    this.fill(example);
    this.changed();
    this.forget();
    this.say("");
  }

  fromAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    return given.has("J") ? Object.fromEntries(given) : null;
  }

  changed() {
    history.replaceState(null, "", `#${new URLSearchParams(this.state)}`);
  }

  async copy() {
    this.changed();
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link is copied.");
    } catch {
      this.say("The link is this page's address.");
    }
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  forget() {
    this.answer.replaceChildren();
    for (const { name } of FIELDS) {
      this.problems[name].replaceChildren();
      this.fields[name].removeAttribute("aria-invalid");
    }
  }

  async check() {
    if (this.run.disabled) return;
    this.changed();
    this.forget();
    this.busy(true);
    let drawn = Promise.resolve();
    const onoutput = (kind, text) => {
      drawn = drawn.then(() => this.show(kind, text));
    };
    try {
      const done = await ask("check", JSON.stringify(this.state), {
        onoutput,
        onprogress: (p) => this.progress(p),
      });
      await drawn;
      if (done) this.say("Checked");
    } catch (error) {
      this.say(error.message);
    } finally {
      this.busy(false);
    }
  }

  async show(kind, text) {
    if (kind === "problem") return this.point(JSON.parse(text));
    if (kind === "heading") return this.answer.append(h("p", { class: "checker-heading" }, text));
    if (VERDICTS[kind])
      return this.answer.append(h("p", { class: `checker-verdict checker-${kind}` }, VERDICTS[kind]));
    return this.answer.append(await output(kind, text));
  }

  /** Show an error at the character it is about. */
  point({ field, message, position }) {
    const control = this.fields[field];
    const [what, ...where] = message.split("\n");
    this.problems[field].append(h("p", {}, what));
    if (where.length)
      this.problems[field].append(h("pre", { class: "live-error", tabindex: 0 }, where.join("\n")));
    control.setAttribute("aria-invalid", "true");
    control.focus();
    if (position !== null) control.setSelectionRange(position, position + 1);
    this.say(`The field “${control.labels[0].textContent}” cannot be read`);
  }

  busy(busy) {
    this.run.disabled = busy;
    this.stop.hidden = !busy;
    this.bar.hidden = true;
  }

  progress({ stage, loaded, whole }) {
    this.say(stage);
    this.bar.hidden = !loaded;
    if (loaded) Object.assign(this.bar, { max: whole, value: Math.min(loaded, whole) });
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

customElements.define("hw-derivation-checker", DerivationChecker);
