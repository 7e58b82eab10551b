// One layer's activations as a picture: its maps side by side, and a marker on the chosen unit.

import { h } from "./dom.js";
import { clamp } from "./numbers.js";
import { place, unitName } from "./units.js";

/** Lay a node over a picture of width × height pixels. */
export function frame(node, x, y, columns, rows, width = 28, height = 28) {
  Object.assign(node.style, {
    left: `${(100 * x) / width}%`,
    top: `${(100 * y) / height}%`,
    width: `${(100 * columns) / width}%`,
    height: `${(100 * rows) / height}%`,
  });
}

/** How many of n maps stand in a row: up to a dozen all of them, else a power of 2, two to four times as many as rows. */
const inARow = (n) => (n <= 12 ? n : 2 ** Math.floor(Math.log2(n) / 2 + 1));

const KINDS = { conv: "convolution", max_pool: "max-pooling" };

/** What a layer does, in words; a stride where it is not the one that goes without saying. */
export function told({ kind, size, stride, activation, logits }) {
  if (logits) return "dense: the logits of 0 … 9";
  const after = activation === "linear" ? "" : `, ${activation}`;
  if (kind === "dense") return `dense${after}`;
  const usual = kind === "conv" ? [1, 1] : size;
  const steps = stride[0] === stride[1] ? stride[0] : stride.join("×");
  return `${KINDS[kind]} ${size.join("×")}${`${stride}` === `${usual}` ? "" : `, stride ${steps}`}${after}`;
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class LayerSheet {
  /** A sheet of a layer; `onselect` is told of the layer and the unit in it that is chosen. */
  constructor(layer, onselect) {
    Object.assign(this, { layer, onselect });
    [this.rows, this.columns, this.channels] = layer.shape;
    this.across = inARow(this.channels);
    this.down = Math.ceil(this.channels / this.across);
    this.gap = this.rows > 1 ? 1 : 0;
    this.width = this.across * (this.columns + this.gap) - this.gap;
    this.height = this.down * (this.rows + this.gap) - this.gap;
    const shape = layer.shape.filter((n) => n > 1).join("×") || "1";
    this.picture = h("canvas", {
      width: this.width,
      height: this.height,
      class: "sheet",
      tabindex: 0,
      role: "application",
      "aria-label": `Layer ${layer.name}, ${shape} activations. Arrow keys choose a unit.`,
      onkeydown: (event) => this.#walk(event),
      onclick: (event) => this.#pick(event),
    });
    this.marker = h("span", { class: "marker" });
    this.node = h(
      "div",
      { class: "layer" },
      h("p", { class: "title" }, layer.name, " ", h("small", {}, `${shape}, ${told(layer)}`)),
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
    const { across, rows, columns, gap, down, channels } = this;
    const box = this.picture.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * this.width);
    const y = Math.floor(((event.clientY - box.top) / box.height) * this.height);
    const mapAcross = clamp(Math.floor(x / (columns + gap)), 0, across - 1);
    const mapDown = clamp(Math.floor(y / (rows + gap)), 0, down - 1);
    const c = clamp(x - mapAcross * (columns + gap), 0, columns - 1);
    const r = clamp(y - mapDown * (rows + gap), 0, rows - 1);
    this.onselect(this.layer, this.#unit(r, c, Math.min(mapDown * across + mapAcross, channels - 1)));
  }

  /** Arrow keys go through a map (a layer without rows: through its units), Page Up and Down from map to map. */
  #walk(event) {
    const { rows, columns, channels, across } = this;
    let [r, c, k] = place(this.layer, this.chosen ?? 0);
    const [down, right] = STEPS[event.key] ?? [0, 0];
    if (event.key === "PageDown") k += 1;
    else if (event.key === "PageUp") k -= 1;
    else if (!STEPS[event.key]) return;
    else if (rows === 1) k += down * across + right;
    else [r, c] = [clamp(r + down, 0, rows - 1), clamp(c + right, 0, columns - 1)];
    event.preventDefault();
    this.onselect(this.layer, this.#unit(r, c, clamp(k, 0, channels - 1)));
  }

  /** Mark unit `at`, or none. */
  choose(at) {
    this.marker.hidden = at === undefined;
    if (at === undefined) return;
    this.chosen = at;
    const [x, y] = this.#pixel(...place(this.layer, at));
    frame(this.marker, x, y, 1, 1, this.width, this.height);
    this.picture.setAttribute("aria-description", unitName(this.layer, at));
  }

  /** Paint values on `ground`: the larger, the more of `above`, or of `below` where they are negative. */
  paint(values, [ground, above, below]) {
    const context = this.picture.getContext("2d");
    const image = context.createImageData(this.width, this.height);
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-9);
    values.forEach((value, at) => {
      const [x, y] = this.#pixel(...place(this.layer, at));
      const share = Math.abs(value) / largest;
      const color = value < 0 ? below : above;
      const to = 4 * (y * this.width + x);
      for (let i = 0; i < 3; i++) image.data[to + i] = ground[i] + share * (color[i] - ground[i]);
      image.data[to + 3] = 255;
    });
    context.putImageData(image, 0, 0);
  }
}
