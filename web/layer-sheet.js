// One layer's activations as a picture: its maps side by side, and a marker on the chosen unit.

import { SHAPES } from "./digit-network.js";
import { place, unitName } from "./digit-unit.js";
import { h } from "./dom.js";
import { clamp } from "./numbers.js";

/** Lay a node over a picture of width × height pixels. */
export function frame(node, x, y, columns, rows, width = 28, height = 28) {
  Object.assign(node.style, {
    left: `${(100 * x) / width}%`,
    top: `${(100 * y) / height}%`,
    width: `${(100 * columns) / width}%`,
    height: `${(100 * rows) / height}%`,
  });
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class LayerSheet {
  /** A sheet of layer `name` with `across` maps in a row; `onselect` is told of a unit that is chosen. */
  constructor(name, across, text, onselect) {
    Object.assign(this, { name, across, onselect });
    [this.rows, this.columns, this.channels] = SHAPES[name];
    this.gap = this.rows > 1 ? 1 : 0;
    this.width = across * (this.columns + this.gap) - this.gap;
    this.height = (this.channels / across) * (this.rows + this.gap) - this.gap;
    const shape = SHAPES[name].filter((n) => n > 1).join("×");
    this.picture = h("canvas", {
      width: this.width,
      height: this.height,
      class: "sheet",
      tabindex: 0,
      role: "application",
      "aria-label": `Layer ${name}, ${shape} activations. Arrow keys choose a unit.`,
      onkeydown: (event) => this.#walk(event),
      onclick: (event) => this.#pick(event),
    });
    this.marker = h("span", { class: "marker" });
    this.node = h(
      "div",
      { class: "layer" },
      h("p", { class: "title" }, name, " ", h("small", {}, `${shape}, ${text}`)),
      h("div", { class: "paper" }, this.picture, this.marker),
    );
  }

  /** Where the unit at row r, column c of map k is drawn. */
  #pixel(r, c, k) {
    const { across, columns, rows, gap } = this;
    return [(k % across) * (columns + gap) + c, Math.floor(k / across) * (rows + gap) + r];
  }

  #unit(r, c, k) {
    return (r * this.columns + c) * this.channels + k;
  }

  #pick(event) {
    const { across, rows, columns, gap, channels } = this;
    const box = this.picture.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * this.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * this.height);
    const mapAcross = clamp(Math.floor(x / (columns + gap)), 0, across - 1);
    const mapDown = clamp(Math.floor(y / (rows + gap)), 0, channels / across - 1);
    const c = clamp(x - mapAcross * (columns + gap), 0, columns - 1);
    const r = clamp(y - mapDown * (rows + gap), 0, rows - 1);
    this.onselect(this.name, this.#unit(r, c, mapDown * across + mapAcross));
  }

  /** Arrow keys go through a map (a layer without rows: through its units), Page Up and Down from map to map. */
  #walk(event) {
    const { rows, columns, channels, across } = this;
    let [r, c, k] = place(this.name, this.chosen ?? 0);
    const [down, right] = STEPS[event.key] ?? [0, 0];
    if (event.key === "PageDown") k += 1;
    else if (event.key === "PageUp") k -= 1;
    else if (!STEPS[event.key]) return;
    else if (rows === 1) k += down * across + right;
    else [r, c] = [clamp(r + down, 0, rows - 1), clamp(c + right, 0, columns - 1)];
    event.preventDefault();
    this.onselect(this.name, this.#unit(r, c, clamp(k, 0, channels - 1)));
  }

  /** Mark unit `at`, or none. */
  choose(at) {
    this.marker.hidden = at === undefined;
    if (at === undefined) return;
    this.chosen = at;
    const [x, y] = this.#pixel(...place(this.name, at));
    frame(this.marker, x, y, 1, 1, this.width, this.height);
    this.picture.setAttribute("aria-description", unitName(this.name, at));
  }

  /** Paint activations on `ground`: the larger, the more of `above`; logits below 0 in `below`. */
  paint(values, [ground, above, below]) {
    const context = this.picture.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    const size = this.name === "dense2" ? Math.abs : (value) => Math.max(0, value);
    const largest = values.reduce((a, b) => Math.max(a, size(b)), 1e-9);
    values.forEach((value, at) => {
      const [x, y] = this.#pixel(...place(this.name, at));
      const share = size(value) / largest;
      const color = value < 0 ? below : above;
      const to = 4 * (y * this.width + x);
      for (let i = 0; i < 3; i++) image.data[to + i] = ground[i] + share * (color[i] - ground[i]);
      image.data[to + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }
}
