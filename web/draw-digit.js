// <hw-draw-digit>: draw a digit; it becomes an image as MNIST's, runs through the exported network, and every
// layer shows its activations. Any unit shows the window and the kernel that made it.

import { asMnist } from "./digit-image.js";
import { h } from "./dom.js";
import { DrawingPad, SIZE } from "./drawing-pad.js";
import { ExportedNetwork, unpack } from "./exported-network.js";
import { frame, LayerSheet } from "./layer-sheet.js";
import { softmax } from "./losses.js";
import { brief, fixed, percent } from "./numbers.js";
import { field, load, Playground } from "./playground.js";
import { showUnit } from "./unit-detail.js";
import { sees, unitName } from "./units.js";

const HOW_TO_CHOOSE =
  "choose a unit: click it, or move with the arrow keys, Page Up and Page Down for the map";
const UNCHECKED =
  "The checksum of its weights was not tested: a browser can do so on https or localhost alone.";

class DrawDigit extends Playground {
  static label = "Draw-a-digit playground";
  static first = "draw a 7 over the one that is there, and watch the probabilities as you do.";
  static loading = "Loading the trained network (1.2 MB) …";

  async prepare() {
    const [network, samples] = await Promise.all([load("data/mnist_cnn.bin"), load("data/digits.json")]);
    await this.#open(network);
    this.samples = (await samples.json()).map((sample) => ({
      ...sample,
      pixels: Uint8Array.from(atob(sample.pixels), (letter) => letter.charCodeAt(0)),
    }));
    for (let i = 0; i < 5; i++) this.#recognize(this.samples[i].pixels); // so that the browser compiles it
    this.pad = new DrawingPad({
      onbegin: () => this.sample && this.#empty(),
      onink: () => (this.frame ??= requestAnimationFrame(() => this.#read())),
      onpen: (text) => this.say(`${text} ${this.answer}`),
    });
    this.#take(this.samples.find(({ label }) => label === 7));
    this.#selectLargest();
  }

  /** Take the network of a file, which must read digits. */
  async #open(file) {
    const network = new ExportedNetwork(await unpack(await file.arrayBuffer()));
    const [from, to] = [network.input, network.output].map(({ shape }) => shape.join("×"));
    if (from !== "28×28×1" || to !== "1×1×10")
      throw new Error(
        `it leads from ${from} numbers to ${to}, not from an image of 28×28 pixels to 10 logits`,
      );
    this.network = network;
  }

  /** Choose the most active unit of the last layer that still sees a part of the image alone. */
  #selectLargest() {
    const { layers } = this.network;
    const layer = layers.findLast(({ kind }) => kind === "conv") ?? layers[0];
    this.selected = { layer, at: layer.values.indexOf(Math.max(...layer.values)) };
  }

  // ── what is on the pad ─────────────────────────────────────────────────────────────────────────

  #empty() {
    this.pad.clear();
    this.sample = null;
  }

  /** Take the ink through the preprocessing and the network. */
  #read() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.made = asMnist(this.pad.ink(), SIZE);
    if (!this.made) this.sample = null;
    this.#recognize(this.made?.pixels ?? new Uint8Array(784));
    this.#show();
  }

  /** Take a test image as it is: it is 20 × 20 and centered already. */
  #take(sample) {
    this.pad.put(sample.pixels);
    this.sample = sample;
    this.made = null;
    this.#recognize(sample.pixels);
  }

  #recognize(pixels) {
    const start = performance.now();
    this.pixels = pixels;
    this.probabilities = [...softmax(this.network.run(Float32Array.from(pixels, (gray) => gray / 255)))];
    this.milliseconds = performance.now() - start;
  }

  get blank() {
    return !this.sample && !this.made;
  }

  get answer() {
    if (this.blank) return "The pad is empty.";
    const p = this.probabilities;
    const [best, next] = [...p.keys()].sort((a, b) => p[b] - p[a]);
    return `The network reads ${best}, probability ${fixed(p[best], 3)}; next ${next} with ${fixed(p[next], 3)}.`;
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  build() {
    this.detail = h("div", { class: "made" });
    this.layers = h("div", { class: "layers" });
    this.about = h("p", { class: "note" });
    this.#lay();
    return [
      h("div", { class: "drawing" }, this.#pad(), this.#image(), this.#answers()),
      this.#picks(),
      h("p", { class: "title spaced" }, "Activations ", h("small", {}, HOW_TO_CHOOSE)),
      this.layers,
      this.detail,
      this.about,
      this.#chooser(),
    ];
  }

  /** Lay out what belongs to the network: its layers, and what its file says of it. */
  #lay() {
    const { header, checked, layers } = this.network;
    this.sheets = layers.map((layer) => new LayerSheet(layer, (...unit) => this.#select(...unit)));
    this.layers.replaceChildren(...this.sheets.map(({ node }) => node));
    const right = header.test_accuracy;
    this.about.replaceChildren(
      right === undefined ? "" : `The network is right on ${percent(right, 2)} of the 10 000 test images. `,
      checked ? "Its weights match their checksum." : UNCHECKED,
    );
  }

  /** Another file takes the network's place; one that cannot is refused, and the network stays. */
  #chooser() {
    const problem = h("p", { class: "error", role: "alert" });
    const open = async ({ target }) => {
      problem.textContent = "";
      try {
        await this.#open(target.files[0]);
      } catch (error) {
        problem.textContent = `This file cannot be opened: ${error.message}.`;
        return;
      }
      this.#lay();
      this.#recognize(this.pixels);
      this.#selectLargest();
      this.#show();
    };
    const file = h("input", { type: "file", accept: ".bin", onchange: open });
    return h("div", {}, field("Open another network, written by hwlib.export", file), problem);
  }

  #pad() {
    const clear = () => {
      this.#empty();
      this.#read();
    };
    return h(
      "div",
      { class: "station" },
      h("p", { class: "title" }, "Draw a digit"),
      this.pad.node,
      h("div", { class: "buttons" }, h("button", { onclick: clear }, "Clear")),
    );
  }

  #image() {
    this.small = h("canvas", { width: 28, height: 28, role: "img" });
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
      const fill = h("span", { class: "fill" });
      const text = h("td", { class: "number" });
      const label = `digit ${digit}: how its logit comes about`;
      const button = h(
        "button",
        { "aria-label": label, onclick: () => this.#select(this.network.output, digit) },
        String(digit),
      );
      const bar = h("td", {}, h("div", { class: "bar" }, fill));
      return { fill, text, row: h("tr", {}, h("th", { scope: "row" }, button), bar, text) };
    });
    this.verdict = h("p", { class: "title" });
    const body = h(
      "tbody",
      {},
      this.rows.map(({ row }) => row),
    );
    const table = h("table", { class: "answers", "aria-label": "Probabilities of the ten digits" }, body);
    return h("div", { class: "station" }, this.verdict, table);
  }

  #picks() {
    this.thumbs = this.samples.map((sample) => {
      const picture = h("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      const take = () => {
        this.#take(sample);
        this.#show();
      };
      const label = `test image ${sample.index}, a ${sample.label}`;
      const button = h(
        "button",
        { class: "thumb", "aria-pressed": "false", "aria-label": label, onclick: take },
        picture,
      );
      return { sample, picture, button };
    });
    const group = (hard, text) => {
      const buttons = this.thumbs.filter(({ sample }) => sample.hard === hard).map(({ button }) => button);
      if (buttons.length === 0) return null;
      return h(
        "div",
        { class: "thumbs", role: "group", "aria-label": text },
        h("span", { class: "legend" }, text),
        buttons,
      );
    };
    const groups = [
      group(false, "or take a test image:"),
      group(true, "or one that every trained network got wrong:"),
    ];
    return h("div", { class: "picks" }, groups);
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
    const colors = ["--raised", "--accent", "--negative"].map((name) => this.color(name));
    this.pad.show();
    this.#paintInk(this.small, this.pixels);
    for (const { sample, button } of this.thumbs) {
      button.setAttribute("aria-pressed", String(sample === this.sample));
    }
    for (const sheet of this.sheets) {
      const { values } = sheet.layer;
      sheet.paint(this.blank ? values.map(() => 0) : values, colors);
    }
    this.#showPreprocessing();
    this.#showAnswers();
    this.#showUnit();
    this.say(this.answer);
  }

  #paintInk(target, pixels) {
    const context = target.getContext("2d");
    const image = context.createImageData(28, 28);
    const ink = this.color("--text");
    pixels.forEach((value, i) => {
      image.data.set([...ink, value], 4 * i);
    });
    context.putImageData(image, 0, 0);
  }

  #showPreprocessing() {
    const { made, sample } = this;
    for (const node of [this.box, this.mass]) node.hidden = !made;
    if (made) {
      const { left, top, columns, rows, center } = made;
      frame(this.box, left, top, columns, rows);
      frame(this.mass, left + center[0] + 0.5, top + center[1] + 0.5, 0, 0);
      this.imageText.textContent =
        `Your ink, ${made.box.width}×${made.box.height} on the pad, is scaled to ${columns}×${rows} with smooth edges; ` +
        `its center of mass (${fixed(center[0], 1)}, ${fixed(center[1], 1)}) is moved to pixel (14, 14).`;
    } else {
      this.imageText.textContent = sample
        ? `Test image ${sample.index}, a ${sample.label}, as it is.`
        : "Nothing is drawn yet.";
    }
    this.small.setAttribute("aria-label", `The image that the network gets. ${this.imageText.textContent}`);
  }

  #showAnswers() {
    const best = this.probabilities.indexOf(Math.max(...this.probabilities));
    this.rows.forEach(({ fill, text, row }, digit) => {
      fill.style.width = this.blank ? "0" : `${100 * this.probabilities[digit]}%`;
      text.textContent = this.blank ? "–" : fixed(this.probabilities[digit]);
      row.classList.toggle("best", !this.blank && digit === best);
    });
    const time = h("small", {}, `in ${this.milliseconds.toFixed(1)} ms`);
    this.verdict.replaceChildren(...(this.blank ? ["Probabilities"] : [`It reads ${best} `, time]));
  }

  get unitTitle() {
    const { layer, at } = this.selected;
    return `${unitName(layer, at)}: ${brief(layer.values[at])}`;
  }

  /** Show the chosen unit; `channel` is the chosen map of what came before, by default the one that gives most. */
  #showUnit(channel) {
    const { layer, at } = this.selected;
    const { row, column, rows, columns } = sees(layer, at);
    for (const sheet of this.sheets) sheet.choose(sheet.layer === layer ? at : undefined);
    frame(this.window, column, row, columns, rows);
    const onchannel = (chosen) => {
      this.#showUnit(chosen);
      this.detail.querySelector("select").focus();
    };
    this.detail.replaceChildren(
      h(
        "p",
        { class: "title" },
        `${this.unitTitle} `,
        h("small", {}, `sees ${rows}×${columns} of the image, framed there`),
      ),
      ...showUnit(layer, at, channel, onchannel),
    );
  }
}

customElements.define("hw-draw-digit", DrawDigit);
