// <hw-practice>: gradients to work out by hand, without end. Python in the page makes them from a seed, gives hints
// and judges; what was solved is kept in the browser alone.

import { h } from "./dom.js";
import { adapted, forget, LEVELS, recall, remember } from "./practice-record.js";
import { ask, size } from "./python.js";
import { RunBar } from "./run-bar.js";
import { output, words } from "./typeset.js";

const FAMILIES = [
  "traces",
  "quadratic forms",
  "inverses",
  "determinants",
  "entrywise functions",
  "softmax",
  "layers",
  "Kronecker products",
  "second order",
];
const VERDICTS = {
  proved: "Right",
  sampled: "Right, as far as was tried",
  refuted: "Not yet",
  undecided: "Undecided",
  error: "No verdict",
};
const SEEDS = 100_000; // sheets that "another one" draws from

const storage = (() => {
  try {
    return localStorage;
  } catch {
    return null;
  }
})();

class Practice extends HTMLElement {
  connectedCallback() {
    if (this.form) return;
    this.row = []; // how the last problems ended: alone, helped, shown
    this.build();
    this.replaceChildren(this.form);
    this.map();
    const given = this.given();
    if (given) this.take(given);
    addEventListener("hashchange", () => this.given() && this.take(this.given()));
    this.setAttribute("ready", "");
  }

  build() {
    const option = ([value, text]) => h("option", { value }, text);
    this.level = h("select", { id: "practice-level", onchange: () => this.chosen() }, [
      option(["", "let it adapt"]),
      ...LEVELS.map((level) => option([level, `level ${level}`])),
    ]);
    this.family = h("select", { id: "practice-family", onchange: () => this.chosen() }, [
      option(["", "any kind"]),
      ...FAMILIES.map((family) => option([family, family])),
    ]);
    this.statement = h(
      "div",
      { class: "practice-statement", tabindex: -1 },
      `The first problem brings Python, ${size}.`,
    );
    this.answer = h("input", {
      id: "practice-answer",
      type: "text",
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      disabled: true,
      onkeydown: (event) => this.key(event),
    });
    this.said = h("div", { class: "checker-answer", role: "log", "aria-label": "Verdict and hints" });
    this.buttons = Object.fromEntries(
      [
        ["check", "Check", () => this.run(() => this.grade())],
        ["hint", "A hint", () => this.run(() => this.hint())],
        ["copy", "Copy link", () => this.copy()],
      ].map(([name, text, onclick]) => [name, h("button", { type: "button", hidden: true, onclick }, text)]),
    );
    this.whole = h("a", { hidden: true }, "Write the whole derivation");
    this.tools = new RunBar({
      text: "A problem",
      onrun: () => (this.todo ?? (() => this.next()))(),
      more: [...Object.values(this.buttons), this.whole],
    });
    this.record = h("div", { class: "practice-record" });
    this.form = h(
      "form",
      { class: "checker practice", novalidate: true, "aria-label": "Practice" },
      h(
        "div",
        { class: "checker-field checker-J" },
        h("label", { for: "practice-family" }, "What"),
        this.family,
      ),
      h(
        "div",
        { class: "checker-field checker-variable" },
        h("label", { for: "practice-level" }, "How hard"),
        this.level,
      ),
      this.statement,
      h(
        "div",
        { class: "checker-field" },
        h("label", { for: "practice-answer" }, "Your answer"),
        this.answer,
      ),
      this.tools.node,
      this.said,
      this.record,
    );
    this.form.onsubmit = (event) => event.preventDefault();
  }

  /** Run something with Python, shown in the bar; without it the button asks for the next problem. */
  async run(todo) {
    if (this.tools.busy) return;
    this.todo = todo;
    await this.tools.start();
    this.todo = null;
  }

  key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.run(() => this.grade());
  }

  // ── problems ──────────────────────────────────────────────────────────────────────────────────────

  /** The sheet in the page's address, or null. */
  given() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const [level, count, seed] = ["level", "count", "seed"].map((name) =>
      Number.parseInt(asked.get(name), 10),
    );
    if (!LEVELS.includes(level) || !(count >= 1 && count <= 100) || !(seed >= 0)) return null;
    const family = FAMILIES.includes(asked.get("family")) ? asked.get("family") : null;
    return { level, count, seed, family };
  }

  take(sheet) {
    this.family.value = sheet.family ?? "";
    this.level.value = sheet.level;
    this.sheet = sheet;
    this.waiting = null;
    this.run(() => this.next());
  }

  chosen() {
    this.sheet = null;
    this.waiting = null;
  }

  /** What is asked next: the rest of a sheet, or a problem of its own. */
  async next() {
    if (!this.waiting?.length) {
      this.reached = adapted(this.reached ?? 1, this.row);
      const level = Number(this.level.value) || this.reached;
      const own = {
        level,
        count: 1,
        seed: Math.floor(Math.random() * SEEDS),
        family: this.family.value || null,
      };
      const sheet = this.sheet ?? own;
      this.asked = sheet;
      this.sheet = null;
      this.waiting = [];
      const onoutput = (_, text) => this.waiting.push(JSON.parse(text));
      await ask("sheet", JSON.stringify(sheet), {
        onoutput,
        onprogress: (progress) => this.tools.progress(progress),
      });
      this.whole_sheet = this.waiting.length;
    }
    this.problem = this.waiting.shift();
    Object.assign(this, { hints: 0, ended: false });
    await this.show();
  }

  async show() {
    const { level, family, statement, lines } = this.problem;
    const place =
      this.whole_sheet > 1 ? `, ${this.whole_sheet - this.waiting.length} of ${this.whole_sheet}` : "";
    const title = h("p", { class: "live-status" }, `${family}, level ${level}${place}`);
    this.statement.replaceChildren(title, h("p", {}, ...(await words(statement))));
    this.said.replaceChildren();
    this.answer.value = "";
    this.answer.disabled = false;
    this.whole.href = `08-derivation.html#derivation=${encodeURIComponent(lines)}`;
    for (const node of [...Object.values(this.buttons), this.whole]) node.hidden = false;
    this.buttons.hint.textContent = "A hint";
    this.tools.run.textContent = "Next problem";
    this.tools.say("");
    this.statement.focus({ preventScroll: true });
  }

  async copy() {
    const { level, count, seed, family } = this.asked;
    const asked = new URLSearchParams({ level, count, seed, ...(family ? { family } : {}) });
    history.replaceState(null, "", `#${asked}`);
    try {
      await navigator.clipboard.writeText(location.href);
      this.tools.say("The link is copied.");
    } catch {
      this.tools.say("The link is this page's address.");
    }
  }

  // ── answers ───────────────────────────────────────────────────────────────────────────────────────

  async grade() {
    if (!this.answer.value.trim()) return this.tools.say("Write an answer first.");
    const found = await this.collected("grade", { problem: this.problem, answer: this.answer.value });
    this.said.replaceChildren(...found.map(({ node }) => node));
    const right = found.some(({ kind }) => kind === "proved" || kind === "sampled");
    this.tools.say(right ? "Right" : found[0]?.kind === "unread" ? "The answer cannot be read" : "Judged");
    if (right) this.end(this.hints ? "helped" : "alone");
  }

  async hint() {
    const number = this.hints;
    const found = await this.collected("hint", { problem: this.problem, number });
    this.said.append(...found.map(({ node }) => node));
    this.hints += 1;
    this.tools.say("");
    if (found.more) this.buttons.hint.textContent = "Another hint";
    else {
      this.buttons.hint.hidden = true;
      this.end("shown");
    }
  }

  /** What Python says to a question, as [{kind, node}]; `more`: its own answer. */
  async collected(task, question) {
    const parts = [];
    const onprogress = (progress) => this.tools.progress(progress);
    const onoutput = (kind, text) => parts.push(this.part(kind, text).then((node) => ({ kind, node })));
    const more = await ask(task, JSON.stringify(question), { onoutput, onprogress });
    return Object.assign(await Promise.all(parts), { more });
  }

  async part(kind, text) {
    if (kind === "heading") return h("p", { class: "checker-heading" }, text);
    if (kind === "unread") return h("pre", { class: "live-error", tabindex: 0 }, text);
    if (!VERDICTS[kind]) return output(kind, text);
    return h(
      "p",
      { class: `checker-verdict checker-${kind}` },
      `${VERDICTS[kind]}: `,
      ...(await words(text)),
    );
  }

  /** A problem counts once, by how it first ended. */
  end(outcome) {
    if (this.ended) return;
    this.ended = true;
    this.row.push(outcome);
    remember(storage, this.problem, outcome !== "shown");
    this.map();
  }

  // ── what was done ─────────────────────────────────────────────────────────────────────────────────

  map() {
    const record = recall(storage);
    const head = h(
      "tr",
      {},
      h("th", { scope: "col" }, "solved / tried"),
      LEVELS.map((level) => h("th", { scope: "col" }, level)),
    );
    const rows = FAMILIES.map((family) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, family),
        LEVELS.map((level) => {
          const [right, tried] = record[`${family}|${level}`] ?? [0, 0];
          return h(
            "td",
            { class: tried ? (right ? "practice-solved" : "practice-tried") : "" },
            tried ? `${right}/${tried}` : "·",
          );
        }),
      ),
    );
    const clear = h("button", { type: "button", onclick: () => this.clear() }, "Clear the map");
    this.record.replaceChildren(
      h(
        "table",
        {},
        h("caption", {}, "What you have done, kept in this browser alone"),
        h("thead", {}, head),
        h("tbody", {}, rows),
      ),
      ...(Object.keys(record).length ? [clear] : []),
    );
  }

  clear() {
    forget(storage);
    this.map();
    this.tools.say("The map is empty.");
    this.tools.run.focus();
  }
}

customElements.define("hw-practice", Practice);
