// <hw-iris-network>: train the 4–h–3 network of hwlib.mlp on iris in the page and read every number in it.
// Attributes: activation, hidden, optimizer, learning-rate, scale (of the initial weights), seed.

import { ACTIVATIONS } from "./activation-functions.js";
import { h } from "./dom.js";
import { describe, formulas } from "./iris-entry.js";
import { DecisionMap } from "./iris-map.js";
import { IrisRun } from "./iris-run.js";
import { fixed, percent } from "./numbers.js";
import { arrow, calm, choice, field, load, Playground, slider } from "./playground.js";
import { curve, plot, ticks } from "./plot.js";

const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const SCALES = [0.01, 0.1, 0.5, 1, 2, 5, 10, 30];
const OPTIONS = {
  activation: "sigmoid",
  hidden: 10,
  optimizer: "sgd",
  "learning-rate": 0.3,
  scale: 1,
  seed: 0,
};
const NUMBERS = ["hidden", "learning-rate", "scale", "seed"];
const RUN = 200; // steps of the Run button

const parsed = (name, text) => (NUMBERS.includes(name) ? Number(text) : text);
const options = (values) => values.map((value) => [String(value), String(value)]);
const key = (text, swatch) => h("span", {}, swatch && h("span", { class: swatch }), text);

class IrisNetwork extends Playground {
  static label = "Iris network playground";
  static first = "press Train live; then choose relu, and train again.";
  static loading = "Loading iris (5 kB) …";

  async prepare() {
    this.data = await (await load("data/iris.json")).json();
    this.settings = { ...OPTIONS };
    for (const name of Object.keys(OPTIONS)) {
      if (this.hasAttribute(name)) this.settings[name] = parsed(name, this.getAttribute(name));
    }
    this.shown = "weights";
    this.selected = [2, 0];
    this.#restart();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.running = false;
  }

  // ── training ───────────────────────────────────────────────────────────────────────────────────

  #restart() {
    this.running = false;
    this.run = new IrisRun(this.data, this.settings);
  }

  #train(steps) {
    this.run.train(steps);
    if (this.run.overflow) this.running = false;
    this.redraw();
  }

  /** Train a little each frame, or now and then for a reader who wants little motion, until the next click. */
  #live() {
    this.running = !this.running;
    const [steps, wait] = calm() ? [25, (f) => setTimeout(f, 600)] : [2, requestAnimationFrame];
    const tick = () => {
      if (!this.running) return;
      this.#train(steps);
      wait(tick);
    };
    tick();
    this.#showButtons();
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  build() {
    const again = () => {
      this.#restart();
      this.redraw();
    };
    this.buttons = {
      live: h("button", { class: "main", onclick: () => this.#live() }, "Train live"),
      step: h("button", { onclick: () => this.#train(1) }, "Step"),
      run: h("button", { onclick: () => this.#train(RUN) }, `Run ${RUN} steps`),
      again: h("button", { onclick: again }, "Start again"),
    };
    this.readout = h("p", { class: "readout" });
    this.problem = h("p", { class: "error", role: "alert" });
    this.detail = h("div", { class: "detail" });
    this.map = new DecisionMap(this.data, () => this.redraw());
    return [
      this.#controls(),
      h("div", { class: "buttons" }, Object.values(this.buttons)),
      this.problem,
      this.readout,
      h("div", { class: "pair" }, this.#curves(), this.map.node),
      this.#matrices(),
      this.detail,
    ];
  }

  #controls() {
    const setting = (name, restart) => (text) => {
      this.settings[name] = parsed(name, text);
      if (name === "optimizer") this.run.network.forgetMoments();
      if (restart) this.#restart();
      if (name === "hidden") this.#layCells();
      this.redraw();
    };
    const select = (text, name, values, restart = true) =>
      field(text, choice(values, String(this.settings[name]), setting(name, restart)));
    const hidden = {
      min: 1,
      max: 16,
      step: 1,
      value: this.settings.hidden,
      oninput: setting("hidden", true),
    };
    return h(
      "div",
      { class: "controls even" },
      select("activation", "activation", options(Object.keys(ACTIVATIONS))),
      slider("hidden units", hidden),
      select(
        "optimizer",
        "optimizer",
        [
          ["sgd", "SGD"],
          ["adam", "Adam"],
        ],
        false,
      ),
      select("learning rate", "learning-rate", options(RATES), false),
      select(
        "initial weights",
        "scale",
        SCALES.map((x) => [String(x), `${x} × Glorot`]),
      ),
      select("seed", "seed", options(this.data.held_out.map((_, seed) => seed))),
    );
  }

  #curves() {
    const frame = (label) => plot({ width: 340, height: 152, x: [0, 100], y: [0, 1], label, yLabel: label });
    const [loss, accuracy] = [frame("loss"), frame("accuracy")];
    this.plots = { loss, accuracy };
    this.curves = {
      loss: curve(loss),
      held_out_loss: curve(loss, "second"),
      accuracy: curve(accuracy),
      held_out_accuracy: curve(accuracy, "second"),
    };
    const keys = [key("120 training flowers", "swatch"), key("30 held out", "swatch second")];
    return h("div", {}, loss.node, accuracy.node, h("p", { class: "legend" }, keys));
  }

  #matrices() {
    this.grid = h("div", {
      class: "matrix",
      role: "grid",
      "aria-label": "Weights and biases, one column a hidden unit",
      onkeydown: (event) => this.#move(event),
    });
    this.gridTitle = h("p", { class: "title" });
    this.#layCells();
    const buttons = ["weights", "gradients"].map((name) => {
      const press = () => {
        this.shown = name;
        for (const button of buttons)
          button.setAttribute("aria-pressed", String(button.textContent === name));
        this.redraw();
      };
      return h("button", { "aria-pressed": String(name === this.shown), onclick: press }, name);
    });
    const group = h("div", { class: "buttons", role: "group", "aria-label": "Color the cells by" }, buttons);
    const keys = [
      "strong: far from 0",
      "orange with a bar: negative",
      "✕ dead unit",
      "S saturated unit",
      "state: the share of flowers for which a unit is off (relu) or saturated",
    ];
    return h(
      "div",
      {},
      h("div", { class: "head" }, this.gridTitle, group),
      this.grid,
      h(
        "p",
        { class: "legend" },
        keys.map((text) => key(text)),
      ),
    );
  }

  /** One row of cells each for the four features, b₁, the units' states and the three species. */
  #layCells() {
    const { hidden } = this.settings;
    const rows = [
      ...this.data.features.map((head, j) => ({ head, name: "W1", j, at: (u) => j * hidden + u })),
      { head: "b₁", name: "b1", at: (u) => u },
      { head: "state", name: "unit", at: (u) => u },
      ...this.data.species.map((head, c) => ({ head, name: "W2", c, at: (u) => u * 3 + c })),
    ];
    this.cells = rows.map(({ name, j, c, at }, r) => {
      const cells = Array.from({ length: hidden }, (_, u) => ({ name, j, c, u, at: at(u) }));
      if (name === "W2") cells.push({ name: "b2", c, u: hidden, at: c });
      return cells.map((cell) => ({ ...cell, node: this.#cell(cell.name, [r, cell.u]) }));
    });
    const head = (r) => h("span", { role: "rowheader", class: "rowhead" }, rows[r].head);
    this.grid.replaceChildren(
      ...this.cells.map((cells, r) =>
        h(
          "div",
          { role: "row", class: "row" },
          head(r),
          cells.map(({ node }) => node),
        ),
      ),
    );
    this.grid.style.setProperty("--columns", hidden + 1);
    this.selected = [this.selected[0], Math.min(this.selected[1], hidden - 1)];
    const shapes = `W₁ (4, ${hidden}), b₁ (1, ${hidden}), W₂ᵀ (3, ${hidden}), b₂ (1, 3) at the right`;
    this.gridTitle.replaceChildren("The network ", h("small", {}, `${shapes}; one column a hidden unit`));
  }

  #cell(name, position) {
    const node = h("div", { role: "gridcell", class: `cell ${name}` }, h("span", { class: "level" }));
    for (const kind of ["pointerenter", "focus", "click"]) {
      node.addEventListener(kind, () => this.#select(position));
    }
    return node;
  }

  #move(event) {
    const [r, u] = this.selected;
    const next = arrow(event, [r, u], this.cells.length, this.cells[r].length);
    if (!next) return;
    const cells = this.cells[next[0]];
    cells[Math.min(next[1], cells.length - 1)].node.focus();
  }

  #select(position) {
    this.selected = position;
    this.#showDetail();
    this.say(describe(this.run, this.states, this.cells[position[0]][position[1]]));
  }

  // ── showing ────────────────────────────────────────────────────────────────────────────────────

  redraw() {
    if (!this.detail) return;
    const { run } = this;
    this.states = run.units();
    this.#showCurves();
    this.map.show(
      run,
      [0, 1, 2].map((c) => this.color(`--class-${c}`)),
    );
    this.#showCells();
    this.#showDetail();
    this.#showButtons();
    this.problem.textContent = run.overflow
      ? `Step ${run.step + 1} overflowed and was undone. Choose a smaller learning rate, or start again.`
      : "";
    this.readout.textContent =
      `step ${run.step} · loss ${fixed(run.last("loss"))} (held out ${fixed(run.last("held_out_loss"))}) · ` +
      `accuracy ${percent(run.last("accuracy"), 1)} (held out ${percent(run.last("held_out_accuracy"), 1)})`;
    const count = (state) => this.states.filter((unit) => unit.state === state).length;
    const units = `${count("dead")} dead and ${count("saturated")} saturated units of ${this.states.length}`;
    this.say(`${this.readout.textContent}. ${units}.`);
  }

  #showButtons() {
    this.buttons.live.textContent = this.running ? "Pause" : "Train live";
    for (const name of ["live", "step", "run"]) this.buttons[name].disabled = this.run.overflow;
  }

  #showCurves() {
    const { step, history } = this.run;
    const x = [0, Math.max(100, step)];
    const top = Math.max(1.2, ...history.loss, ...history.held_out_loss);
    this.plots.loss.rescale({ x, y: [0, top] }, ticks(...x), ticks(0, top));
    this.plots.accuracy.rescale({ x, y: [0, 1.02] }, ticks(...x), [0, 0.5, 1]);
    const stride = Math.ceil((step + 1) / 300);
    for (const [name, line] of Object.entries(this.curves)) {
      const points = history[name].map((value, i) => [i, value]);
      line.put(points.filter(([i]) => i % stride === 0 || i === step));
    }
  }

  /** Color the cells by weight or gradient, each matrix by its largest; mark the units' states. */
  #showCells() {
    const source = this.shown === "weights" ? this.run.network.parameters : this.run.gradients;
    const size = (name) => Math.max(...source[name].map(Math.abs)) || 1;
    const sizes = { W1: size("W1"), b1: size("b1"), W2: size("W2"), b2: size("b2") };
    for (const { node, ...cell } of this.cells.flat()) {
      node.setAttribute("aria-label", describe(this.run, this.states, cell));
      node.classList.toggle("gone", this.states[cell.u]?.state === "dead");
      if (cell.name === "unit") {
        node.style.setProperty("--level", this.states[cell.u].share);
        node.dataset.state = this.states[cell.u].state;
      } else {
        const value = source[cell.name][cell.at];
        node.style.setProperty("--level", Math.abs(value) / sizes[cell.name]);
        node.classList.toggle("negative", value < 0);
      }
    }
  }

  #showDetail() {
    const [r, u] = this.selected;
    const selected = this.cells[r][u];
    for (const { node } of this.cells.flat()) {
      node.classList.toggle("selected", node === selected.node);
      node.tabIndex = node === selected.node ? 0 : -1;
    }
    this.detail.replaceChildren(
      h("p", { class: "title" }, describe(this.run, this.states, selected)),
      ...formulas(this.run, this.states, selected).map((line) => h("div", { class: "formula line" }, line)),
    );
  }
}

customElements.define("hw-iris-network", IrisNetwork);
