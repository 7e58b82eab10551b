// The cells with the tag `live`: Run, Edit, Stop and Reset under each, all in one Python session.

import { h, hide } from "./dom.js";
import { ask, generation } from "./python.js";
import { RunBar } from "./run-bar.js";
import { output } from "./typeset.js";

const cells = [];

class LiveCell {
  constructor(place, number) {
    this.number = number;
    this.shown = place.querySelector(".cell_input pre");
    this.recorded = place.querySelector(".cell_output");
    this.original = this.shown.textContent.replace(/\n$/, "");
    this.ran = null; // the session in which this cell has run, to its end or to an error
    const button = (text, onclick) =>
      h("button", { type: "button", "aria-label": `${text} cell ${number}`, onclick }, text);
    this.buttons = { edit: button("Edit", () => this.edit()), reset: button("Reset", () => this.reset()) };
    this.tools = new RunBar({
      text: "Run",
      object: `cell ${number}`,
      onrun: () => this.run(),
      more: Object.values(this.buttons),
    });
    this.results = h("div", {
      class: "live-results",
      role: "log",
      "aria-label": `Live result of cell ${number}`,
    });
    place.querySelector(".cell_input").after(this.tools.node, this.results);
    this.show();
  }

  get code() {
    return this.editor ? this.editor.value : this.original;
  }

  show() {
    this.buttons.edit.hidden = Boolean(this.editor);
    this.buttons.reset.hidden = !(this.editor || this.live);
    this.results.hidden = !this.live;
    if (this.recorded) this.recorded.hidden = Boolean(this.live);
  }

  /** Run this cell, after those above it that have not run in this session. */
  async run() {
    const started = performance.now();
    this.live = true;
    this.results.replaceChildren();
    this.show();
    const earlier = cells.slice(0, cells.indexOf(this));
    for (const cell of earlier) if (!(await cell.execute({ quiet: true, reporter: this.tools }))) return;
    if (await this.execute({ reporter: this.tools, again: true })) {
      const seconds = (performance.now() - started) / 1000;
      const time = seconds < 0.1 ? "under 0.1" : seconds.toFixed(1);
      this.tools.say(`Done in ${time} s${this.empty ? ", nothing to show" : ""}`);
    }
  }

  /** Ask the session to run the code; an error of a quiet cell shows in that cell. */
  async execute({ quiet = false, reporter, again = false }) {
    if (!again && this.ran === generation) return true;
    let drawn = Promise.resolve();
    this.empty = true;
    const onoutput = (kind, text) => {
      if (quiet && kind !== "error") return;
      this.empty = false;
      drawn = drawn.then(async () => this.add(kind, await output(kind, text)));
    };
    this.ran = generation;
    const ok = await ask("cell", this.code, {
      onoutput,
      onprogress: (progress) => reporter.progress(progress),
    });
    await drawn;
    if (!ok)
      reporter.say(quiet ? `Cell ${this.number} above stopped with an error` : "Stopped with an error");
    return ok;
  }

  add(kind, node) {
    if (!this.live) this.results.replaceChildren();
    this.live = true;
    this.show();
    const last = this.results.lastElementChild;
    if (kind === "text" && last?.className === "live-text") last.textContent += node.textContent;
    else this.results.append(node);
  }

  edit() {
    this.editor = h("textarea", {
      class: "live-editor",
      spellcheck: "false",
      autocapitalize: "off",
      "aria-label": `Code of cell ${this.number}`,
      "aria-description": "Control and Enter runs it",
      oninput: () => this.fit(),
      onkeydown: (event) => this.key(event),
    });
    this.editor.value = this.original;
    this.fit();
    this.shown.parentElement.hidden = true;
    this.shown.parentElement.after(this.editor);
    this.editor.focus();
    this.show();
  }

  fit() {
    this.editor.rows = this.code.split("\n").length + 1;
  }

  key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    this.tools.start();
  }

  reset() {
    if (this.tools.busy) return this.tools.say("Stop it first");
    this.editor?.remove();
    this.editor = null;
    this.live = false;
    this.ran = null;
    this.shown.parentElement.hidden = false;
    this.results.replaceChildren();
    this.tools.say("Back to the original");
    hide([this.buttons.reset], this.tools.run);
    this.show();
  }
}

for (const place of document.querySelectorAll(".cell.tag_live"))
  cells.push(new LiveCell(place, cells.length + 1));
