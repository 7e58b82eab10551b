// <hw-draw-digit>: draw a digit; it becomes an image as MNIST's, runs through the exported network, and every
// layer shows its activations. Any unit shows the window and the kernel that made it.

import { asMnist } from "./digit-image.js";
import { DigitNetwork, SHAPES, unpack } from "./digit-network.js";
import { place, sees, showUnit, unitName } from "./digit-unit.js";
import { Playground, brief, clamp, drag, fixed, h, load, percent } from "./playground.js";

const PAD = 280,
  PEN = 22,
  KEY_STEP = 10;
const LAYERS = [
  { name: "conv1", across: 8, text: "convolution 2×2, relu" },
  { name: "pool1", across: 8, text: "max-pooling 2×2" },
  { name: "conv2", across: 16, text: "convolution 3×3, stride 2, relu" },
  { name: "pool2", across: 16, text: "max-pooling 2×2" },
  { name: "dense1", across: 64, text: "dense, relu" },
  { name: "dense2", across: 10, text: "dense: the logits of 0 … 9" },
];

const canvas = (width, height, attributes) => h("canvas", { width, height, ...attributes });

/** Share a layer's maps out on one sheet: unit (row, column, channel) ↔ pixel (x, y). */
function sheet(name, across) {
  const [rows, columns, channels] = SHAPES[name],
    gap = rows > 1 ? 1 : 0,
    down = channels / across;
  const width = across * (columns + gap) - gap,
    height = down * (rows + gap) - gap;
  return {
    width,
    height,
    pixel: ([r, c, k]) => [(k % across) * (columns + gap) + c, Math.floor(k / across) * (rows + gap) + r],
    unit(x, y) {
      const k =
        Math.min(down - 1, Math.floor(y / (rows + gap))) * across +
        Math.min(across - 1, Math.floor(x / (columns + gap)));
      const c = clamp(x % (columns + gap), 0, columns - 1),
        r = clamp(y % (rows + gap), 0, rows - 1);
      return (r * columns + c) * channels + k;
    },
  };
}

class DrawDigit extends Playground {
  static label = "Draw-a-digit playground";
  static loading = "Loading the trained network (1.2 MB) …";

  async prepare() {
    const [network, samples] = await Promise.all([load("data/mnist_cnn.bin"), load("data/digits.json")]);
    this.network = new DigitNetwork(await unpack(await network.arrayBuffer()));
    this.samples = (await samples.json()).map((sample) => ({
      ...sample,
      pixels: Uint8Array.from(atob(sample.pixels), (letter) => letter.charCodeAt(0)),
    }));
    this.ink = new OffscreenCanvas(PAD, PAD).getContext("2d", { willReadFrequently: true });
    this.pen = { x: PAD / 2, y: PAD / 2, down: false };
    for (let i = 0; i < 5; i++) this.network.run(this.samples[i].pixels); // so that the browser compiles it
    this.#take(this.samples.find(({ label }) => label === 7));
    const { conv2 } = this.network.layers;
    this.selected = { layer: "conv2", at: conv2.indexOf(Math.max(...conv2)) };
  }

  build() {
    this.detail = h("div", { class: "made" });
    this.layers = LAYERS.map((layer) => this.#layer(layer));
    const { test_accuracy: accuracy } = this.network.header;
    return [
      h("div", { class: "drawing" }, this.#pad(), this.#image(), this.#answers()),
      this.#picks(),
      h(
        "p",
        { class: "title spaced" },
        "Activations ",
        h(
          "small",
          {},
          "choose a unit: click it, or move with the arrow keys, Page Up and Page Down for the map",
        ),
      ),
      h(
        "div",
        { class: "layers" },
        this.layers.map(({ node }) => node),
      ),
      this.detail,
      h(
        "p",
        { class: "note" },
        `The network is right on ${percent(accuracy, 2)} of the 10 000 test images. `,
        this.network.checked
          ? "Its weights match their checksum."
          : "The checksum of its weights was not tested: a browser can do so on https or localhost alone.",
      ),
    ];
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────

  #pad() {
    this.surface = canvas(PAD, PAD, {
      class: "pad",
      tabindex: 0,
      role: "application",
      "aria-label": "Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete clears.",
      onkeydown: (event) => this.#key(event),
    });
    this.cursor = h("span", { class: "pen" });
    drag(this.surface, (event, begins) => {
      const box = this.surface.getBoundingClientRect();
      for (const e of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
        this.#line(
          ((e.clientX - box.left) / box.width) * PAD,
          ((e.clientY - box.top) / box.height) * PAD,
          begins === true,
        );
      }
      this.frame ??= requestAnimationFrame(() => this.#drawn());
    });
    return h(
      "div",
      { class: "station" },
      h("p", { class: "title" }, "Draw a digit"),
      h("div", { class: "paper" }, this.surface, this.cursor),
      h("div", { class: "buttons" }, h("button", { onclick: () => this.clear() }, "Clear")),
    );
  }

  #key(event) {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const { pen } = this;
    if (event.key === " ") pen.down = !pen.down;
    else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else if (!move) return;
    event.preventDefault();
    const x = clamp(pen.x + KEY_STEP * (move?.[0] ?? 0), 0, PAD),
      y = clamp(pen.y + KEY_STEP * (move?.[1] ?? 0), 0, PAD);
    if (pen.down) {
      this.#line(pen.x, pen.y, true);
      this.#line(x, y, false);
      this.#drawn();
    }
    Object.assign(pen, { x, y });
    this.#placePen();
    this.say(
      `Pen ${pen.down ? "down" : "up"}, ${Math.round(x / KEY_STEP)} across, ${Math.round(y / KEY_STEP)} down of 28. ${this.answer}`,
    );
  }

  /** Draw on from the last point to this one, or put the pen down here. */
  #line(x, y, begins) {
    if (this.sample) this.clear();
    const { ink } = this;
    Object.assign(ink, { lineWidth: PEN, lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
    ink.beginPath();
    ink.moveTo(...(begins ? [x, y] : [this.pen.x, this.pen.y]));
    ink.lineTo(x, y);
    ink.stroke();
    Object.assign(this.pen, { x, y });
  }

  clear() {
    this.ink.clearRect(0, 0, PAD, PAD);
    this.sample = null;
    this.#drawn();
  }

  /** Take what is on the pad through the preprocessing and the network. */
  #drawn() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    const { data } = this.ink.getImageData(0, 0, PAD, PAD);
    const made = asMnist(
      Uint8Array.from({ length: PAD * PAD }, (_, i) => data[4 * i + 3]),
      PAD,
    );
    this.made = made;
    this.#recognize(made?.pixels ?? new Uint8Array(784));
    this.#show();
  }

  /** Take a test image as it is: it is 20 × 20 and centered already. */
  #take(sample) {
    this.ink.clearRect(0, 0, PAD, PAD);
    sample.pixels.forEach((value, i) => {
      this.ink.fillStyle = `rgb(0 0 0 / ${value / 255})`;
      this.ink.fillRect((i % 28) * 10, Math.floor(i / 28) * 10, 10, 10);
    });
    this.sample = sample;
    this.made = null;
    this.#recognize(sample.pixels);
  }

  #recognize(pixels) {
    const start = performance.now();
    this.pixels = pixels;
    this.probabilities = this.network.run(pixels);
    this.milliseconds = performance.now() - start;
  }

  get empty() {
    return !this.sample && !this.made;
  }

  get answer() {
    if (this.empty) return "The pad is empty.";
    const order = this.probabilities
      .map((_, k) => k)
      .sort((a, b) => this.probabilities[b] - this.probabilities[a]);
    return (
      `The network reads ${order[0]}, probability ${fixed(this.probabilities[order[0]], 3)}; ` +
      `next ${order[1]} with ${fixed(this.probabilities[order[1]], 3)}.`
    );
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  #image() {
    this.small = canvas(28, 28, { role: "img" });
    [this.box, this.mass, this.window] = ["box", "mass", "window"].map((name) => h("span", { class: name }));
    this.imageText = h("p", { class: "note" });
    return h(
      "div",
      { class: "station" },
      h("p", { class: "title" }, "As MNIST has it ", h("small", {}, "28×28")),
      h("div", { class: "paper" }, this.small, this.box, this.mass, this.window),
      this.imageText,
    );
  }

  #answers() {
    this.rows = Array.from({ length: 10 }, (_, digit) => {
      const fill = h("span", { class: "fill" }),
        text = h("td", { class: "number" });
      const button = h(
        "button",
        {
          "aria-label": `digit ${digit}: how its logit comes about`,
          onclick: () => this.#select("dense2", digit),
        },
        String(digit),
      );
      return {
        fill,
        text,
        row: h(
          "tr",
          {},
          h("th", { scope: "row" }, button),
          h("td", {}, h("div", { class: "bar" }, fill)),
          text,
        ),
      };
    });
    this.verdict = h("p", { class: "title" });
    return h(
      "div",
      { class: "station" },
      this.verdict,
      h(
        "table",
        { class: "answers", "aria-label": "Probabilities of the ten digits" },
        h(
          "tbody",
          {},
          this.rows.map(({ row }) => row),
        ),
      ),
    );
  }

  #picks() {
    this.thumbs = this.samples.map((sample) => {
      const picture = canvas(28, 28, { "aria-hidden": "true" });
      const button = h(
        "button",
        {
          class: "thumb",
          "aria-pressed": "false",
          "aria-label": `test image ${sample.index}, a ${sample.label}`,
          onclick: () => {
            this.#take(sample);
            this.#show();
          },
        },
        picture,
      );
      return { sample, picture, button };
    });
    const group = (hard, text) => {
      const thumbs = this.thumbs.filter(({ sample }) => sample.hard === hard).map(({ button }) => button);
      return (
        thumbs.length > 0 &&
        h(
          "div",
          { class: "thumbs", role: "group", "aria-label": text },
          h("span", { class: "legend" }, text),
          thumbs,
        )
      );
    };
    return h(
      "div",
      { class: "picks" },
      group(false, "or take a test image:"),
      group(true, "or one that every trained network got wrong:"),
    );
  }

  #layer({ name, across, text }) {
    const map = sheet(name, across),
      shape = SHAPES[name].filter((n) => n > 1).join("×");
    const picture = canvas(map.width, map.height, {
      class: "sheet",
      tabindex: 0,
      role: "application",
      "aria-label": `Layer ${name}, ${shape} activations. Arrow keys choose a unit.`,
      onkeydown: (event) => this.#walk(event, name),
    });
    const marker = h("span", { class: "marker" });
    picture.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      const at = (share, length) => clamp(Math.floor(share * length), 0, length - 1);
      this.#select(
        name,
        map.unit(
          at((event.clientX - box.left) / box.width, map.width),
          at((event.clientY - box.top) / box.height, map.height),
        ),
      );
    });
    return {
      name,
      map,
      picture,
      marker,
      node: h(
        "div",
        { class: "layer" },
        h("p", { class: "title" }, name, " ", h("small", {}, `${shape}, ${text}`)),
        h("div", { class: "paper" }, picture, marker),
      ),
    };
  }

  #walk(event, layer) {
    const [rows, columns, channels] = SHAPES[layer],
      { across } = LAYERS.find(({ name }) => name === layer);
    let [r, c, k] = this.selected.layer === layer ? place(layer, this.selected.at) : [0, 0, 0];
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (event.key === "PageDown" || event.key === "PageUp") k += event.key === "PageDown" ? 1 : -1;
    else if (!step) return;
    else if (rows === 1) k += step[0] * across + step[1];
    else [r, c] = [clamp(r + step[0], 0, rows - 1), clamp(c + step[1], 0, columns - 1)];
    event.preventDefault();
    this.#select(layer, (r * columns + c) * channels + clamp(k, 0, channels - 1));
  }

  #select(layer, at) {
    this.selected = { layer, at };
    this.#showUnit();
    this.say(`${this.unitTitle}.`);
  }

  // ── showing ────────────────────────────────────────────────────────────────────────────────────

  redraw() {
    if (!this.detail) return;
    for (const { sample, picture } of this.thumbs) this.#paintInk(picture, sample.pixels);
    this.#show();
  }

  #show() {
    this.#showPad();
    this.#paintInk(this.small, this.pixels);
    for (const { sample, button } of this.thumbs)
      button.setAttribute("aria-pressed", String(sample === this.sample));
    for (const layer of this.layers) this.#paintLayer(layer);
    this.#showPreprocessing();
    this.#showAnswers();
    this.#showUnit();
    this.say(this.answer);
  }

  #showPad() {
    const context = this.surface.getContext("2d");
    context.clearRect(0, 0, PAD, PAD);
    context.drawImage(this.ink.canvas, 0, 0);
    Object.assign(context, {
      globalCompositeOperation: "source-in",
      fillStyle: getComputedStyle(this).color,
    });
    context.fillRect(0, 0, PAD, PAD);
    context.globalCompositeOperation = "source-over";
    this.#placePen();
  }

  #placePen() {
    this.cursor.style.left = `${(100 * this.pen.x) / PAD}%`;
    this.cursor.style.top = `${(100 * this.pen.y) / PAD}%`;
    this.cursor.classList.toggle("down", this.pen.down);
  }

  #paintInk(target, pixels) {
    const context = target.getContext("2d"),
      image = context.createImageData(28, 28),
      ink = this.color("--text");
    pixels.forEach((value, i) => image.data.set([...ink, value], 4 * i));
    context.putImageData(image, 0, 0);
  }

  #paintLayer({ name, map, picture }) {
    const context = picture.getContext("2d"),
      image = context.createImageData(map.width, map.height);
    const [ground, accent, below] = ["--raised", "--accent", "--negative"].map((color) => this.color(color));
    const values = this.network.layers[name],
      [, columns, channels] = SHAPES[name];
    const linear = name === "dense2",
      largest = values.reduce((a, b) => Math.max(a, linear ? Math.abs(b) : b), 1e-9);
    for (let at = 0; at < values.length; at++) {
      const c = Math.floor(at / channels),
        [x, y] = map.pixel([Math.floor(c / columns), c % columns, at % channels]);
      const share = this.empty ? 0 : Math.max(linear ? -values[at] : 0, values[at]) / largest,
        to = 4 * (y * map.width + x);
      const color = values[at] < 0 ? below : accent;
      for (let i = 0; i < 3; i++) image.data[to + i] = ground[i] + share * (color[i] - ground[i]);
      image.data[to + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  #showPreprocessing() {
    const { made } = this;
    for (const node of [this.box, this.mass]) node.hidden = !made;
    if (made) {
      frame(this.box, made.left, made.top, made.columns, made.rows);
      frame(this.mass, made.left + made.center[0] + 0.5, made.top + made.center[1] + 0.5, 0, 0);
    }
    this.imageText.textContent = made
      ? `Your ink, ${made.box.width}×${made.box.height} on the pad, is scaled to ${made.columns}×${made.rows} with smooth edges; ` +
        `its center of mass (${fixed(made.center[0], 1)}, ${fixed(made.center[1], 1)}) is moved to pixel (14, 14).`
      : this.sample
        ? `Test image ${this.sample.index}, a ${this.sample.label}, as it is.`
        : "Nothing is drawn yet.";
    this.small.setAttribute("aria-label", `The image that the network gets. ${this.imageText.textContent}`);
  }

  #showAnswers() {
    const best = this.probabilities.indexOf(Math.max(...this.probabilities));
    this.rows.forEach(({ fill, text, row }, digit) => {
      const p = this.empty ? 0 : this.probabilities[digit];
      fill.style.width = `${100 * p}%`;
      text.textContent = this.empty ? "–" : fixed(p);
      row.classList.toggle("best", !this.empty && digit === best);
    });
    this.verdict.replaceChildren(
      this.empty ? "Probabilities" : `It reads ${best} `,
      h("small", {}, this.empty ? "" : `in ${this.milliseconds.toFixed(1)} ms`),
    );
  }

  get unitTitle() {
    const { layer, at } = this.selected,
      value = this.network.layers[layer][at];
    return `${unitName(layer, at)}: ${brief(layer === "dense2" ? value : Math.max(0, value))}`;
  }

  #showUnit(channel) {
    const { layer, at } = this.selected,
      seen = sees(layer, at);
    for (const { name, map, marker, picture } of this.layers) {
      marker.hidden = name !== layer;
      if (name !== layer) continue;
      const [x, y] = map.pixel(place(layer, at));
      frame(marker, x, y, 1, 1, map.width, map.height);
      picture.setAttribute("aria-description", unitName(layer, at));
    }
    frame(this.window, seen.column, seen.row, seen.size, seen.size);
    this.detail.replaceChildren(
      h(
        "p",
        { class: "title" },
        `${this.unitTitle} `,
        h(
          "small",
          {},
          seen.size === 28
            ? "sees the whole image"
            : `sees ${seen.size}×${seen.size} of the image, framed there`,
        ),
      ),
      ...showUnit(this.network, layer, at, channel, (chosen) => {
        this.#showUnit(chosen);
        this.detail.querySelector("select").focus();
      }),
    );
  }
}

/** Lay a node over a picture of width × height pixels. */
function frame(node, x, y, columns, rows, width = 28, height = 28) {
  Object.assign(node.style, {
    left: `${(100 * x) / width}%`,
    top: `${(100 * y) / height}%`,
    width: `${(100 * columns) / width}%`,
    height: `${(100 * rows) / height}%`,
  });
}

customElements.define("hw-draw-digit", DrawDigit);
