// <hw-own-data>: a reader's own table trains the two-layer network of hwlib.mlp in the page; the run leaves it as
// NumPy or Keras code. What is pasted or dropped stays in the browser.

import { ACTIVATIONS } from "./activation-functions.js";
import { isNumber, table } from "./csv.js";
import { h } from "./dom.js";
import { Network } from "./mlp.js";
import { fixed, percent } from "./numbers.js";
import { kerasCode, numpyCode } from "./own-code.js";
import { calm, choice, field, load, Playground, slider } from "./playground.js";
import { curve, plot, ticks } from "./plot.js";

const MOST = { rows: 5000, bytes: 2_000_000, features: 100, classes: 20 }; // what trains while one watches
const RATES = [0.01, 0.03, 0.1, 0.3, 1];
const A_FRAME = 12; // ms of training between two pictures

const options = (values) => values.map((value) => [String(value), String(value)]);

class OwnData extends Playground {
  static label = "Train a network on your own data";
  static first =
    "press Train. Then paste rows of your own, or drop a file here; nothing leaves your browser.";

  async prepare() {
    this.settings = { hidden: 10, activation: "tanh", optimizer: "sgd", rate: 0.3, seed: 0, steps: 200 };
    const { features, species, X, labels } = await (await load("data/iris.json")).json();
    const rows = X.map((x, i) => [...x, species[labels[i]]].join(","));
    this.example = [[...features, "species"].join(","), ...rows].join("\n");
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  build() {
    this.text = h("textarea", {
      rows: 6,
      spellcheck: "false",
      placeholder: "height,weight,kind\n1.2,30,cat\n…",
      oninput: () => this.#read(),
    });
    const file = h("input", {
      type: "file",
      accept: ".csv,.tsv,.txt",
      onchange: () => this.#open(file.files[0]),
    });
    this.problem = h("p", { class: "error", role: "alert" });
    this.columns = h("div");
    this.readout = h("p", { class: "readout" });
    this.plot = plot({ width: 340, height: 152, x: [0, 1], y: [0, 1], label: "loss", yLabel: "loss" });
    this.curve = curve(this.plot);
    this.train = h("button", { class: "main", onclick: () => this.#toggle() }, "Train");
    this.code = h("pre", { class: "code", tabindex: 0, "aria-label": "The network as code" });
    const take = (name, write) => h("button", { onclick: () => this.#write(name, write) }, `As ${name} code`);
    this.results = h(
      "div",
      { class: "pair" },
      h("div", {}, this.readout, this.plot.node),
      h(
        "div",
        {},
        h("p", { class: "title" }, "Take the network away"),
        h("div", { class: "buttons" }, take("NumPy", numpyCode), take("Keras", kerasCode)),
        this.code,
      ),
    );
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#open(event.dataTransfer.files[0]);
    });
    const nodes = [
      field("Rows: a CSV file's text, or cells from a spreadsheet", this.text),
      h("div", { class: "controls" }, field("or a file", file)),
      this.problem,
      this.columns,
      this.#controls(),
      h("div", { class: "buttons" }, this.train),
      this.results,
    ];
    this.text.value = this.example;
    this.#read();
    return nodes;
  }

  #controls() {
    const put = (name) => (value) => {
      this.settings[name] = isNumber(String(value)) ? Number(value) : value;
      this.#restart();
    };
    const select = (text, name, pairs) => field(text, choice(pairs, String(this.settings[name]), put(name)));
    const range = (text, name, min, max, step) =>
      slider(text, { min, max, step, value: this.settings[name], oninput: put(name) });
    return h(
      "div",
      { class: "controls even" },
      select("activation", "activation", options(Object.keys(ACTIVATIONS))),
      range("hidden units", "hidden", 1, 32, 1),
      select("optimizer", "optimizer", [["sgd", "SGD"], ["adam", "Adam"]]), // biome-ignore format: pairs
      select("learning rate", "rate", options(RATES)),
      range("steps", "steps", 50, 2000, 50),
      select("seed", "seed", options([0, 1, 2, 3, 4])),
    );
  }

  // ── the data ───────────────────────────────────────────────────────────────────────────────────

  async #open(file) {
    if (!file) return;
    if (file.size > MOST.bytes) return this.#refuse(`${file.name} is larger than ${MOST.bytes / 1e6} MB.`);
    this.text.value = await file.text();
    this.#read();
  }

  #refuse(message) {
    this.stop();
    this.data = null;
    this.problem.textContent = message;
    this.results.hidden = true;
    this.train.disabled = true;
  }

  /** Read the table; its last column is the class, and every column of numbers a feature, until the reader chooses. */
  #read() {
    try {
      this.table = table(this.text.value);
    } catch (error) {
      this.columns.replaceChildren();
      return this.#refuse(error.message);
    }
    const { columns, rows } = this.table;
    const numeric = columns.filter((_, j) => rows.every((row) => isNumber(row[j])));
    const target = columns.at(-1);
    const boxes = numeric.map((name) =>
      h("input", { type: "checkbox", value: name, onchange: () => this.#choose() }),
    );
    for (const box of boxes) box.checked = box.value !== target;
    this.boxes = boxes;
    this.target = choice(options(columns), target, () => {
      for (const box of this.boxes) box.checked &&= box.value !== this.target.value;
      this.#choose();
    });
    this.columns.replaceChildren(
      h("div", { class: "controls" }, field("the class to predict", this.target)),
      h(
        "div",
        { class: "legend", role: "group", "aria-label": "from these columns" },
        "from",
        boxes.map((box) => h("label", { class: "check" }, box, box.value)),
      ),
    );
    this.#choose();
  }

  /** Make the data of the chosen columns: standardized features, and each row's class. */
  #choose() {
    const { columns, rows } = this.table;
    const features = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const target = this.target.value;
    const names = rows.map((row) => row[columns.indexOf(target)]);
    const classes = [...new Set(names)];
    const values = features.map((name) => rows.map((row) => Number(row[columns.indexOf(name)])));
    const mean = values.map((x) => x.reduce((a, b) => a + b, 0) / x.length);
    const deviation = values.map((x, j) =>
      Math.sqrt(x.reduce((a, b) => a + (b - mean[j]) ** 2, 0) / x.length),
    );
    const still = features.find((_, j) => !(deviation[j] > 0));
    const wrong =
      (rows.length > MOST.rows && `There are ${rows.length} rows; up to ${MOST.rows} train in the page.`) ||
      (features.length === 0 && "Choose a column of numbers to predict from.") ||
      (features.length > MOST.features && `Choose up to ${MOST.features} columns.`) ||
      (features.includes(target) &&
        `“${target}” cannot be both the class and a column to predict it from.`) ||
      (names.includes("") && `Row ${names.indexOf("") + 1} has no “${target}”.`) ||
      (classes.length < 2 && `“${target}” is the same in all rows; a class has to differ.`) ||
      (classes.length > MOST.classes &&
        `“${target}” has ${classes.length} values; up to ${MOST.classes} can be classes.`) ||
      (still && `“${still}” is the same in all rows, and predicts nothing: leave it out.`);
    if (wrong) return this.#refuse(wrong);
    const X = rows.flatMap((_, i) => values.map((x, j) => (x[i] - mean[j]) / deviation[j]));
    const labels = names.map((name) => classes.indexOf(name));
    this.data = { features, target, classes, X: Float64Array.from(X), labels, m: rows.length };
    this.problem.textContent = "";
    this.results.hidden = false;
    this.train.disabled = false;
    this.#restart();
  }

  // ── training ───────────────────────────────────────────────────────────────────────────────────

  stop() {
    this.running = false;
    this.train.textContent = "Train";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.running = false;
  }

  #restart() {
    this.stop();
    if (!this.data) return;
    const { features, classes } = this.data;
    this.network = new Network({ ...this.settings, inputs: features.length, classes: classes.length });
    this.history = [];
    this.#measure();
    this.#show();
  }

  #measure() {
    const { X, m, labels } = this.data;
    this.forward = this.network.forward(X, m);
    const { loss, accuracy } = this.network.measure(this.forward, labels);
    if (!Number.isFinite(loss)) return false;
    this.history.push(loss);
    this.accuracy = accuracy;
    return true;
  }

  #step() {
    const gradients = this.network.gradients(this.forward, this.data.labels);
    this.network.update(gradients, this.settings.optimizer, this.settings.rate);
    if (this.#measure()) return true;
    this.#refuse("The loss has overflowed. Choose a smaller learning rate.");
    return false;
  }

  #toggle() {
    if (this.running) return this.stop();
    if (this.history.length > this.settings.steps) this.#restart();
    this.running = true;
    this.train.textContent = "Pause";
    const tick = () => {
      const end = performance.now() + A_FRAME;
      while (this.running && this.history.length <= this.settings.steps && performance.now() < end)
        if (!this.#step()) return;
      const done = this.history.length > this.settings.steps;
      if (done) this.stop();
      if (done || !calm()) this.#show();
      if (this.running) setTimeout(tick);
    };
    tick();
  }

  #show() {
    const { history, accuracy, data } = this;
    const last = history.length - 1;
    const top = Math.max(...history);
    const stride = Math.ceil(history.length / 300);
    const x = [0, this.settings.steps];
    this.plot.rescale({ x, y: [0, top] }, ticks(...x), ticks(0, top));
    this.curve.put([...history.entries()].filter(([i]) => i % stride === 0 || i === last));
    this.code.textContent = "";
    this.code.hidden = true;
    this.readout.textContent =
      `step ${last} of ${this.settings.steps} · loss ${fixed(history[last])} · ` +
      `right on ${percent(accuracy, 1)} of ${data.m} rows`;
    this.say(`${this.readout.textContent}.`);
  }

  /** Show the run as code, and copy it. */
  async #write(name, write) {
    this.stop();
    const run = { ...this.settings, ...this.data, table: this.table, steps: this.history.length - 1 };
    this.code.textContent = write(run);
    this.code.hidden = false;
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      this.say(`The ${name} code is copied.`);
    } catch {
      this.code.focus();
      this.say(`The ${name} code is shown.`);
    }
  }
}

customElements.define("hw-own-data", OwnData);
