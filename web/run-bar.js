// The row of buttons under whatever runs Python: Run and Stop, what is going on, and what to do if it failed.

import { h, hide } from "./dom.js";
import { size, stop } from "./python.js";

export class RunBar {
  /** `text` on the button that calls `onrun`; `object` ends the buttons' names, as in "Run cell 2". */
  constructor({ text, object = "", onrun, more = [] }) {
    const named = (verb) => (object ? { "aria-label": `${verb} ${object}` } : {});
    const button = (label, onclick, attributes) =>
      h("button", { type: "button", onclick, ...named(label), ...attributes }, label);
    this.onrun = onrun;
    this.run = button(text, () => this.start(), { class: "live-run" });
    this.stop = button("Stop", stop, { hidden: true });
    this.again = button("Try again", () => this.start(), { hidden: true });
    this.copy = button("Copy the details", () => this.#copy(), { hidden: true });
    this.status = h("span", { class: "live-status", role: "status" });
    this.bar = h("progress", { "aria-label": "Loaded", hidden: true });
    this.count = h("span", { class: "live-status", "aria-hidden": "true" }); // said once, shown with each byte
    this.node = h("div", { class: "live-tools" }, this.run, this.stop, this.again, this.copy, more, [
      this.status,
      this.bar,
      this.count,
    ]);
    addEventListener("online", () => !this.again.hidden && this.start());
  }

  /** Run, unless something runs already: the button keeps the focus, so it is never disabled. */
  async start() {
    if (this.busy) return;
    this.#settle(true);
    try {
      await this.onrun();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#settle(false);
    }
  }

  #settle(busy) {
    this.busy = busy;
    this.run.setAttribute("aria-disabled", busy);
    this.bar.hidden = true;
    this.count.textContent = "";
    if (busy) {
      this.stop.hidden = false;
      hide([this.again, this.copy], this.run);
    } else hide([this.stop], this.run);
  }

  #fail({ kind, message, details }) {
    this.say(message);
    this.again.hidden = kind !== "lost";
    this.details = details;
    this.copy.hidden = !details;
  }

  async #copy() {
    await navigator.clipboard.writeText(this.details);
    this.say("The details are copied, for a report.");
  }

  progress({ stage, loaded, whole }) {
    this.say(stage === "Loading Python" ? `${stage}, ${size}` : stage);
    this.bar.hidden = stage === "Running";
    this.count.textContent = "";
    if (!loaded) return this.bar.removeAttribute("value");
    Object.assign(this.bar, { max: whole, value: loaded });
    this.count.textContent = `${(loaded / 1e6).toFixed(0)} of ${(whole / 1e6).toFixed(0)} MB`;
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}
