// The cells with the tag `live`: Run, Edit, Stop and Reset under each, all in one Python session.

import { ask, generation, stop } from "./python.js";
import { output } from "./typeset.js";

const cells = [];

function button(text, label, action) {
  const node = document.createElement("button");
  node.type = "button";
  node.textContent = text;
  node.setAttribute("aria-label", label);
  node.addEventListener("click", action);
  return node;
}

class LiveCell {
  constructor(place, number) {
    this.place = place;
    this.shown = place.querySelector(".cell_input pre");
    this.recorded = place.querySelector(".cell_output");
    this.original = this.shown.textContent.replace(/\n$/, "");
    this.ran = null; // the session in which this cell has run, to its end or to an error
    this.buttons = {
      run: button("Run", `Run cell ${number}`, () => this.run()),
      edit: button("Edit", `Edit cell ${number}`, () => this.edit()),
      stop: button("Stop", `Stop cell ${number}`, stop),
      reset: button("Reset", `Reset cell ${number}`, () => this.reset()),
    };
    this.buttons.run.classList.add("live-run");
    this.status = document.createElement("span");
    this.status.className = "live-status";
    this.status.setAttribute("role", "status");
    this.bar = document.createElement("progress");
    this.bar.setAttribute("aria-label", "Loaded");
    this.results = document.createElement("div");
    this.results.className = "live-results";
    this.results.setAttribute("role", "log");
    this.results.setAttribute("aria-label", `Live result of cell ${number}`);
    const tools = document.createElement("div");
    tools.className = "live-tools";
    tools.append(...Object.values(this.buttons), this.status, this.bar);
    const input = place.querySelector(".cell_input");
    input.after(tools, this.results);
    this.number = number;
    this.show({ running: false });
  }

  get code() {
    return this.editor ? this.editor.value : this.original;
  }

  show({ running }) {
    this.buttons.run.disabled = running;
    this.buttons.stop.hidden = !running;
    this.buttons.edit.hidden = Boolean(this.editor);
    this.buttons.reset.hidden = running || !(this.editor || this.live);
    this.bar.hidden = true;
    this.results.hidden = !this.live;
    if (this.recorded) this.recorded.hidden = Boolean(this.live);
  }

  /** Run this cell, after those above it that have not run in this session. */
  async run() {
    const started = performance.now();
    this.live = true;
    this.show({ running: true });
    this.results.replaceChildren();
    const earlier = cells.slice(0, cells.indexOf(this));
    try {
      for (const cell of earlier) if (!(await cell.execute({ quiet: true, reporter: this }))) return;
      if (await this.execute({ reporter: this, again: true })) {
        const seconds = (performance.now() - started) / 1000;
        this.say(
          `Done in ${seconds < 0.1 ? "under 0.1" : seconds.toFixed(1)} s${this.empty ? ", nothing to show" : ""}`,
        );
      }
    } catch (error) {
      this.say(error.message);
    } finally {
      this.show({ running: false });
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
    this.results.hidden = false;
    if (this.recorded) this.recorded.hidden = true;
    const last = this.results.lastElementChild;
    if (kind === "text" && last?.className === "live-text") last.textContent += node.textContent;
    else this.results.append(node);
  }

  progress({ stage, loaded, whole }) {
    this.say(stage);
    this.bar.hidden = !loaded;
    if (loaded) {
      this.bar.max = whole;
      this.bar.value = Math.min(loaded, whole);
      this.bar.title = `${(loaded / 1e6).toFixed(1)} of ${(whole / 1e6).toFixed(0)} MB`;
    }
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  edit() {
    this.editor = document.createElement("textarea");
    this.editor.className = "live-editor";
    this.editor.value = this.original;
    this.editor.spellcheck = false;
    this.editor.setAttribute("autocapitalize", "off");
    this.editor.setAttribute("aria-label", `Code of cell ${this.number}`);
    this.editor.setAttribute("aria-description", "Control and Enter runs it");
    const fit = () => {
      this.editor.rows = this.code.split("\n").length + 1;
    };
    this.editor.addEventListener("input", fit);
    this.editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
        event.preventDefault();
        if (!this.buttons.run.disabled) this.run();
      }
    });
    fit();
    this.shown.parentElement.hidden = true;
    this.shown.parentElement.after(this.editor);
    this.show({ running: this.buttons.run.disabled });
    this.editor.focus();
  }

  reset() {
    this.editor?.remove();
    this.editor = null;
    this.live = false;
    this.ran = null;
    this.shown.parentElement.hidden = false;
    this.results.replaceChildren();
    this.say("Back to the original");
    this.show({ running: false });
    this.buttons.run.focus();
  }
}

for (const place of document.querySelectorAll(".cell.tag_live"))
  cells.push(new LiveCell(place, cells.length + 1));
