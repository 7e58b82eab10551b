// What the playgrounds share: controls, one style sheet, a live region for screen readers,
// and the theme's colors for canvases.

import { h } from "./dom.js";
import { clamp } from "./numbers.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(await (await load("playground.css")).text());

/** Fetch a file that lies beside this module; an error names the file. */
export async function load(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} could not be loaded (${response.status})`);
  return response;
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A labelled control: the label's text above the control, an optional output beside the text. */
export function field(text, control, output) {
  return h("label", { class: "field" }, h("span", {}, text, output && " ", output), control);
}

/** A <select> of [value, text] pairs. */
export function choice(options, value, onchange) {
  return h(
    "select",
    { onchange: (event) => onchange(event.target.value) },
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
  );
}

/** A range input whose value is written beside its label. */
export function slider(text, { min, max, step, value, format = (v) => String(v), oninput }) {
  const output = h("output", {}, format(value));
  const input = h("input", { type: "range", min, max, step, value, "aria-valuetext": format(value) });
  const show = () => {
    output.textContent = format(input.valueAsNumber);
    input.setAttribute("aria-valuetext", format(input.valueAsNumber));
  };
  input.addEventListener("input", () => {
    show();
    oninput(input.valueAsNumber);
  });
  const node = field(text, input, output);
  node.put = (next) => {
    input.value = next;
    show();
  };
  return node;
}

const SWIPE = 6; // px that a finger moves before it is clear whether it scrolls the page or drags

/**
 * Follow one pointer from its press on `target` until it is lifted: `move(event, begins)` gets each event; other
 * fingers are ignored. With `sideways` a finger that moves up or down scrolls the page and changes nothing: what
 * it does counts once it has moved sideways, or was lifted where it was put.
 */
export function drag(target, move, { sideways = false } = {}) {
  let held = null; // {id, x, y, sure}
  const begin = (event) => {
    held.sure = true;
    move(event, true);
  };
  target.addEventListener("pointerdown", (event) => {
    if (event.button || held) return;
    event.preventDefault();
    target.setPointerCapture(event.pointerId);
    target.focus({ preventScroll: true });
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, sure: false };
    if (!sideways || event.pointerType === "mouse") begin(event);
  });
  target.addEventListener("pointermove", (event) => {
    if (held?.id !== event.pointerId) return;
    const [across, down] = [event.clientX - held.x, event.clientY - held.y].map(Math.abs);
    if (held.sure) move(event, false);
    else if (across >= SWIPE && across > down) begin(event);
  });
  target.addEventListener("pointerup", (event) => {
    if (held?.id !== event.pointerId) return;
    if (!held.sure) begin(event);
    held = null;
  });
  target.addEventListener("pointercancel", (event) => {
    if (held?.id === event.pointerId) held = null;
  });
}

/** Arrow keys move through a rows × columns grid: returns the new [row, column], or null. */
export function arrow(event, [row, column], rows, columns) {
  const moves = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [row, 0],
    End: [row, columns - 1],
  };
  const next = moves[event.key];
  if (!next || event.ctrlKey || event.altKey || event.metaKey) return null;
  event.preventDefault();
  return [clamp(next[0], 0, rows - 1), clamp(next[1], 0, columns - 1)];
}

/**
 * A custom element that replaces its static content once its parts are loaded.
 * Subclasses give `label`, `first` (what to try first), `loading` (the text until then), `async prepare()` (optional), `build()` → nodes, and `redraw()` (optional),
 * which is called again whenever the theme changes.
 */
export class Playground extends HTMLElement {
  static loading = "Loading …";
  #fallback = h("slot");
  #status = h("p", { class: "for-readers", role: "status" });
  #timer = 0;
  #colors = new Map();
  #theme = new MutationObserver(() => {
    this.#colors.clear();
    this.redraw();
  });

  async connectedCallback() {
    this.#theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    const loading = h("p", { class: "loading", role: "status" }, this.constructor.loading);
    this.shadowRoot.append(this.#fallback, loading, this.#status);
    try {
      await this.prepare();
      const body = h("section", { class: "playground", "aria-label": this.constructor.label }, [
        h("p", { class: "note first" }, h("strong", {}, "Try first: "), this.constructor.first),
        this.build(),
      ]);
      this.shadowRoot.append(body);
      this.#fallback.className = "replaced";
      this.redraw();
      this.setAttribute("ready", "");
    } catch (error) {
      this.shadowRoot.append(
        h(
          "p",
          { class: "problem", role: "alert" },
          `This playground could not start: ${error.message}. The figure above stays.`,
        ),
      );
      throw error;
    } finally {
      loading.remove();
    }
  }

  disconnectedCallback() {
    this.#theme.disconnect();
  }

  async prepare() {}

  redraw() {}

  /** Tell screen readers the state, once it has been still for a moment. */
  say(text) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#status.textContent = text;
    }, 400);
  }

  /** The theme's color behind a CSS variable as [red, green, blue]; kept until the theme changes. */
  color(variable) {
    if (!this.#colors.has(variable)) this.#colors.set(variable, this.#resolve(variable));
    return this.#colors.get(variable);
  }

  #resolve(variable) {
    const probe = h("span");
    probe.style.color = `var(${variable})`;
    this.shadowRoot.append(probe);
    const pixel = new OffscreenCanvas(1, 1).getContext("2d");
    pixel.fillStyle = getComputedStyle(probe).color;
    pixel.fillRect(0, 0, 1, 1);
    probe.remove();
    return [...pixel.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  }
}
