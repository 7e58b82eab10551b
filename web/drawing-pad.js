// A pad to draw on by mouse, finger, pen or keyboard. `ink()` gives its gray levels.

import { h } from "./dom.js";
import { clamp } from "./numbers.js";
import { drag } from "./playground.js";

export const SIZE = 280; // of a side
const PEN = 22; // about a tenth of a digit's height, as in MNIST
const KEY_STEP = 10;

export class DrawingPad {
  /** `onbegin` is called before the first stroke after `show`, `onink` after new ink, `onpen` after a key. */
  constructor({ onbegin, onink, onpen }) {
    Object.assign(this, { onbegin, onink, onpen, pen: { x: SIZE / 2, y: SIZE / 2, down: false } });
    this.context = new OffscreenCanvas(SIZE, SIZE).getContext("2d", { willReadFrequently: true });
    this.surface = h("canvas", {
      width: SIZE,
      height: SIZE,
      class: "pad",
      tabindex: 0,
      role: "application",
      "aria-label": "Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete clears.",
      onkeydown: (event) => this.#key(event),
    });
    this.cursor = h("span", { class: "pen" });
    this.node = h("div", { class: "paper" }, this.surface, this.cursor);
    drag(this.surface, (event, begins) => this.#drawn(event, begins));
  }

  #drawn(event, begins) {
    const box = this.surface.getBoundingClientRect();
    const between = event.getCoalescedEvents?.() ?? [];
    for (const { clientX, clientY } of between.length ? between : [event]) {
      const to = [((clientX - box.left) / box.width) * SIZE, ((clientY - box.top) / box.height) * SIZE];
      this.#line(begins ? to : [this.pen.x, this.pen.y], to);
    }
    this.onink();
  }

  #key(event) {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { pen } = this;
    const clears = event.key === "Delete" || event.key === "Backspace";
    if (!move && !clears && event.key !== " ") return;
    event.preventDefault();
    if (event.key === " ") pen.down = !pen.down;
    const [dx, dy] = move ?? [0, 0];
    const to = [clamp(pen.x + KEY_STEP * dx, 0, SIZE), clamp(pen.y + KEY_STEP * dy, 0, SIZE)];
    if (clears) this.clear();
    else if (pen.down) this.#line([pen.x, pen.y], to);
    [pen.x, pen.y] = to;
    if (clears || pen.down) this.onink();
    this.#placePen();
    const [across, down] = to.map((place) => Math.round(place / KEY_STEP));
    this.onpen(`Pen ${pen.down ? "down" : "up"}, ${across} across, ${down} down of ${SIZE / KEY_STEP}.`);
  }

  #line(from, to) {
    this.onbegin();
    const { context } = this;
    Object.assign(context, {
      lineWidth: PEN,
      lineCap: "round",
      lineJoin: "round",
      strokeStyle: "#000",
      fillStyle: "#000",
    });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    context.beginPath(); // a line of no length leaves no ink
    context.arc(...to, PEN / 2, 0, 2 * Math.PI);
    context.fill();
    [this.pen.x, this.pen.y] = to;
  }

  clear() {
    this.context.clearRect(0, 0, SIZE, SIZE);
  }

  /** Put an image of 28 × 28 gray levels on the pad. */
  put(pixels) {
    this.clear();
    const unit = SIZE / 28;
    pixels.forEach((value, i) => {
      this.context.fillStyle = `rgb(0 0 0 / ${value / 255})`;
      this.context.fillRect((i % 28) * unit, Math.floor(i / 28) * unit, unit, unit);
    });
  }

  /** The pad's gray levels, 0 … 255, row by row. */
  ink() {
    const { data } = this.context.getImageData(0, 0, SIZE, SIZE);
    return Uint8Array.from({ length: SIZE * SIZE }, (_, i) => data[4 * i + 3]);
  }

  /** Show the ink in the text's color. */
  show() {
    const context = this.surface.getContext("2d");
    context.globalCompositeOperation = "copy";
    context.drawImage(this.context.canvas, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = getComputedStyle(this.surface).color;
    context.fillRect(0, 0, SIZE, SIZE);
    this.#placePen();
  }

  #placePen() {
    this.cursor.style.left = `${(100 * this.pen.x) / SIZE}%`;
    this.cursor.style.top = `${(100 * this.pen.y) / SIZE}%`;
    this.cursor.classList.toggle("down", this.pen.down);
  }
}
