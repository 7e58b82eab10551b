// <hw-iris-network>: train the 4–h–3 network of hwlib.mlp on iris in the page and read every number in it.
// Attributes: activation, hidden, optimizer, learning-rate, scale (of the initial weights), seed.

import { saturated } from "./activation-functions.js";
import { between, factor, fraction, mi, mn, mo, part, row, signed, sum, word } from "./formula.js";
import { Network } from "./mlp.js";
import {
  Playground,
  arrow,
  brief,
  calm,
  choice,
  field,
  fixed,
  h,
  load,
  percent,
  set,
  slider,
  svg,
} from "./playground.js";
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
const PIXELS = 56; // of a side of the map of decisions
const MARKS = ["M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0", "M-3 -3H3V3H-3Z", "M0 -4L3.8 3H-3.8Z"];

const options = (values) => values.map((value) => [String(value), String(value)]);
const subscript = (name) => `${name[0]}${{ 1: "₁", 2: "₂" }[name[1]]}`;

/** Training and held-out rows of a seed, standardized by the training rows, as hwlib.data.iris_split does. */
export function split({ X, labels, held_out }, seed) {
  const test = held_out[seed],
    train = X.map((_, i) => i).filter((i) => !test.includes(i));
  const mean = X[0].map((_, j) => train.reduce((total, i) => total + X[i][j], 0) / train.length);
  const deviation = mean.map((center, j) =>
    Math.sqrt(train.reduce((total, i) => total + (X[i][j] - center) ** 2, 0) / train.length),
  );
  const part = (rows) => ({
    m: rows.length,
    rows,
    labels: rows.map((i) => labels[i]),
    X: Float64Array.from(rows.flatMap((i) => X[i].map((x, j) => (x - mean[j]) / deviation[j]))),
  });
  return { train: part(train), test: part(test), mean, deviation };
}

class IrisNetwork extends Playground {
  static label = "Iris network playground";

  async prepare() {
    this.data = await (await load("data/iris.json")).json();
    this.settings = Object.fromEntries(
      Object.entries(OPTIONS).map(([name, value]) => {
        const text = this.getAttribute(name) ?? value;
        return [name, NUMBERS.includes(name) ? Number(text) : text];
      }),
    );
    this.features = [2, 3];
    this.shown = "weights";
    this.selected = [2, 0];
    this.#restart();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#pause();
  }

  // ── the network ────────────────────────────────────────────────────────────────────────────────

  #restart() {
    this.#pause();
    const { activation, hidden, scale, seed } = this.settings;
    this.split = split(this.data, seed);
    this.network = new Network({ activation, hidden, scale, seed });
    this.history = { loss: [], accuracy: [], held_out_loss: [], held_out_accuracy: [] };
    this.overflow = false;
    this.#measure();
  }

  /** Forward and backward at the present parameters; false if the numbers have overflowed. */
  #measure() {
    const { train, test } = this.split;
    const forward = this.network.forward(train.X, train.m);
    const now = this.network.measure(forward, train.labels);
    if (!Number.isFinite(now.loss)) return false;
    const held = this.network.measure(this.network.forward(test.X, test.m), test.labels);
    this.history.loss.push(now.loss);
    this.history.accuracy.push(now.accuracy);
    this.history.held_out_loss.push(held.loss);
    this.history.held_out_accuracy.push(held.accuracy);
    this.forward = forward;
    this.gradients = this.network.gradients(forward, train.labels);
    return true;
  }

  /** Take steps; an overflow undoes its step and ends the training. */
  #train(steps) {
    const { optimizer, "learning-rate": rate } = this.settings;
    for (let i = 0; i < steps && !this.overflow; i++) {
      const before = this.network.parameters;
      this.network.update(this.gradients, optimizer, rate);
      this.overflow = !this.#measure();
      if (this.overflow) this.network.parameters = before;
    }
    if (this.overflow) this.#pause();
    this.redraw();
  }

  #live() {
    if (this.running) return this.#pause();
    this.running = true;
    const [steps, wait] = calm() ? [25, (f) => setTimeout(f, 600)] : [2, requestAnimationFrame];
    const tick = () => {
      if (!this.running) return;
      this.#train(steps);
      wait(tick);
    };
    tick();
  }

  #pause() {
    this.running = false;
    this.#showButtons();
  }

  /** The share of training rows on which each hidden unit is saturated (relu: off), and its state. */
  units() {
    const { activation, hidden } = this.settings,
      { Z1, m } = this.forward;
    return Array.from({ length: hidden }, (_, u) => {
      let count = 0;
      for (let i = 0; i < m; i++) if (saturated(activation, Z1[i * hidden + u])) count += 1;
      const dead = activation === "relu" && count === m;
      return {
        share: count / m,
        state: dead ? "dead" : activation !== "relu" && count >= 0.9 * m ? "saturated" : "live",
      };
    });
  }

  // ── the page ───────────────────────────────────────────────────────────────────────────────────

  build() {
    this.buttons = {
      live: h(
        "button",
        {
          class: "main",
          onclick: () => {
            this.#live();
            this.#showButtons();
          },
        },
        "Train live",
      ),
      step: h("button", { onclick: () => this.#train(1) }, "Step"),
      run: h("button", { onclick: () => this.#train(RUN) }, `Run ${RUN} steps`),
      again: h(
        "button",
        {
          onclick: () => {
            this.#restart();
            this.redraw();
          },
        },
        "Start again",
      ),
    };
    this.readout = h("p", { class: "readout" });
    this.problem = h("p", { class: "error", role: "alert" });
    this.detail = h("div", { class: "detail" });
    return [
      this.#controls(),
      h("div", { class: "buttons" }, Object.values(this.buttons)),
      this.problem,
      this.readout,
      h("div", { class: "pair" }, this.#curves(), this.#map()),
      this.#matrices(),
      this.detail,
    ];
  }

  #controls() {
    const setting =
      (name, restart = true) =>
      (value) => {
        this.settings[name] = NUMBERS.includes(name) ? Number(value) : value;
        if (name === "optimizer") this.network.forgetMoments();
        if (restart) this.#restart();
        if (name === "hidden") this.#layCells();
        this.redraw();
      };
    const select = (text, name, values, restart) =>
      field(text, choice(values, String(this.settings[name]), setting(name, restart)));
    return h(
      "div",
      { class: "controls even" },
      select(
        "activation",
        "activation",
        ["relu", "sigmoid", "tanh"].map((name) => [name, name]),
      ),
      slider("hidden units", {
        min: 1,
        max: 16,
        step: 1,
        value: this.settings.hidden,
        oninput: setting("hidden"),
      }),
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
    const frame = (label, y) => plot({ width: 340, height: 152, x: [0, 100], y, label, yLabel: label });
    this.lossPlot = frame("loss", [0, 1.2]);
    this.accuracyPlot = frame("accuracy", [0, 1]);
    this.curves = {
      loss: curve(this.lossPlot),
      held_out_loss: curve(this.lossPlot, "second"),
      accuracy: curve(this.accuracyPlot),
      held_out_accuracy: curve(this.accuracyPlot, "second"),
    };
    return h(
      "div",
      {},
      this.lossPlot.node,
      this.accuracyPlot.node,
      h(
        "p",
        { class: "legend" },
        h("span", {}, h("span", { class: "swatch" }), "120 training flowers"),
        h("span", {}, h("span", { class: "swatch second" }), "30 held out"),
      ),
    );
  }

  #map() {
    const margin = { left: 30, right: 8, top: 8, bottom: 30 };
    this.mapPlot = plot({ width: 340, height: 256, x: [0, 1], y: [0, 1], label: "Decision regions", margin });
    this.canvas = h("canvas", { width: PIXELS, height: PIXELS, "aria-hidden": "true" });
    const inset = [margin.top / 256, margin.right / 340, margin.bottom / 256, margin.left / 340];
    ["top", "right", "bottom", "left"].forEach((side, i) => {
      this.canvas.style[side] = `${100 * inset[i]}%`;
    });
    this.canvas.style.width = `${100 * (1 - inset[1] - inset[3])}%`;
    this.canvas.style.height = `${100 * (1 - inset[0] - inset[2])}%`;
    const names = this.data.features.map((name, i) => [String(i), name]);
    const axes = [0, 1].map((axis) =>
      choice(names, String(this.features[axis]), (value) => {
        if (Number(value) === this.features[1 - axis]) this.features.reverse();
        this.features[axis] = Number(value);
        axes.forEach((select, i) => {
          select.value = String(this.features[i]);
        });
        this.redraw();
      }),
    );
    return h(
      "div",
      {},
      h("div", { class: "controls tight" }, field("across", axes[0]), field("up", axes[1])),
      h("div", { class: "map" }, this.canvas, this.mapPlot.node),
      h(
        "p",
        { class: "legend" },
        this.data.species.map((name, c) =>
          h(
            "span",
            {},
            svg(
              "svg",
              { class: "mark", viewBox: "-5 -5 10 10", "aria-hidden": "true" },
              svg("path", { d: MARKS[c], class: `class-${c}` }),
            ),
            name,
          ),
        ),
        h("span", {}, "hollow: held out"),
        h("span", {}, "ringed: wrong"),
      ),
    );
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
    const show = (name) =>
      h(
        "button",
        {
          "aria-pressed": String(name === this.shown),
          onclick: (event) => {
            this.shown = name;
            for (const button of event.target.parentNode.children)
              button.setAttribute("aria-pressed", String(button === event.target));
            this.redraw();
          },
        },
        name,
      );
    return h(
      "div",
      {},
      h(
        "div",
        { class: "head" },
        this.gridTitle,
        h(
          "div",
          { class: "buttons", role: "group", "aria-label": "Color the cells by" },
          show("weights"),
          show("gradients"),
        ),
      ),
      this.grid,
      h(
        "p",
        { class: "legend" },
        h("span", {}, "strong: far from 0"),
        h("span", {}, "orange with a bar: negative"),
        h("span", {}, "✕ dead unit"),
        h("span", {}, "S saturated unit"),
        h("span", {}, "state: the share of flowers for which a unit is off (relu) or saturated"),
      ),
    );
  }

  /** One row of cells each for the four features, b₁, the units' states and the three species. */
  #layCells() {
    const { hidden } = this.settings,
      { features, species } = this.data;
    const rows = [
      ...features.map((name, j) => ({ name: "W1", head: name, index: (u) => j * hidden + u, j })),
      { name: "b1", head: "b₁", index: (u) => u },
      { name: "unit", head: "state", index: (u) => u },
      ...species.map((name, c) => ({ name: "W2", head: name, index: (u) => u * 3 + c, c })),
    ];
    this.cells = rows.map((spec, r) =>
      Array.from({ length: hidden + (spec.name === "W2" ? 1 : 0) }, (_, u) => {
        const bias = u === hidden;
        const node = h(
          "div",
          { role: "gridcell", tabindex: -1, class: `cell ${bias ? "b2" : spec.name}` },
          h("span", { class: "level" }),
        );
        for (const kind of ["pointerenter", "focus", "click"])
          node.addEventListener(kind, () => this.#select([r, u]));
        return { node, ...spec, u, ...(bias && { name: "b2", index: () => spec.c }) };
      }),
    );
    this.grid.replaceChildren(
      ...rows.map(({ head }, r) =>
        h(
          "div",
          { role: "row", class: "row" },
          h("span", { role: "rowheader", class: "rowhead" }, head),
          this.cells[r].map(({ node }) => node),
        ),
      ),
    );
    this.grid.style.setProperty("--columns", hidden + 1);
    this.selected = [this.selected[0], Math.min(this.selected[1], hidden - 1)];
    this.gridTitle.replaceChildren(
      "The network ",
      h(
        "small",
        {},
        `W₁ (4, ${hidden}), b₁ (1, ${hidden}), W₂ᵀ (3, ${hidden}), b₂ (1, 3) at the right; one column a hidden unit`,
      ),
    );
  }

  #move(event) {
    const [r, u] = this.selected,
      next = arrow(event, [r, u], this.cells.length, this.cells[r].length);
    if (!next) return;
    const column = Math.min(next[1], this.cells[next[0]].length - 1);
    this.cells[next[0]][column].node.focus();
  }

  #select(position) {
    this.selected = position;
    this.#showDetail();
    this.say(this.#describe(this.cells[position[0]][position[1]]));
  }

  // ── showing ────────────────────────────────────────────────────────────────────────────────────

  redraw() {
    if (!this.grid) return;
    const last = (name) => this.history[name].at(-1),
      step = this.history.loss.length - 1;
    this.#showCurves(step);
    this.#showMap();
    this.#showCells();
    this.#showDetail();
    this.#showButtons();
    this.readout.textContent =
      `step ${step} · loss ${fixed(last("loss"))} (held out ${fixed(last("held_out_loss"))}) · ` +
      `accuracy ${percent(last("accuracy"), 1)} (held out ${percent(last("held_out_accuracy"), 1)})`;
    this.problem.textContent = this.overflow
      ? `Step ${step + 1} overflowed and was undone. Choose a smaller learning rate, or start again.`
      : "";
    const count = (state) => this.states.filter((unit) => unit.state === state).length;
    this.say(
      `${this.readout.textContent}. ${count("dead")} dead and ${count("saturated")} saturated units of ${this.states.length}.`,
    );
  }

  #showButtons() {
    if (!this.buttons) return;
    this.buttons.live.textContent = this.running ? "Pause" : "Train live";
    for (const name of ["live", "step", "run"]) this.buttons[name].disabled = this.overflow;
  }

  #showCurves(step) {
    const x = [0, Math.max(100, step)],
      top = Math.max(1.2, ...this.history.loss, ...this.history.held_out_loss);
    this.lossPlot.rescale({ x, y: [0, top] }, ticks(...x), ticks(0, top));
    this.accuracyPlot.rescale({ x, y: [0, 1.02] }, ticks(...x), [0, 0.5, 1]);
    const stride = Math.ceil((step + 1) / 300);
    for (const [name, line] of Object.entries(this.curves)) {
      const points = this.history[name].map((value, i) => [i, value]);
      line.put(points.filter(([i]) => i % stride === 0 || i === step));
    }
  }

  #showMap() {
    const [a, b] = this.features,
      { X, features } = this.data,
      { mean, deviation } = this.split;
    const range = (j) => {
      const all = X.map((x) => x[j]);
      return [Math.min(...all) - 0.3, Math.max(...all) + 0.3];
    };
    const [across, up] = [range(a), range(b)];
    const points = new Float64Array(PIXELS * PIXELS * 4); // the other features stay at their mean, 0
    for (let r = 0; r < PIXELS; r++) {
      for (let c = 0; c < PIXELS; c++) {
        const at = 4 * (r * PIXELS + c),
          place = ([low, high], share, j) => (low + (high - low) * share - mean[j]) / deviation[j];
        points[at + b] = place(up, 1 - (r + 0.5) / PIXELS, b);
        points[at + a] = place(across, (c + 0.5) / PIXELS, a);
      }
    }
    this.#paint(this.network.forward(points, PIXELS * PIXELS).A2);
    this.mapPlot.rescale({ x: across, y: up }, ticks(...across), ticks(...up));
    set(this.mapPlot.node, {
      "aria-label":
        `Decision regions over ${features[a]} and ${features[b]}, the other two at their mean; ` +
        `${this.#misses().length} of 150 flowers are classified wrongly`,
    });
    this.#placeFlowers(a, b);
  }

  #paint(A2) {
    const context = this.canvas.getContext("2d"),
      image = context.createImageData(PIXELS, PIXELS);
    const colors = [0, 1, 2].map((c) => this.color(`--class-${c}`));
    for (let i = 0; i < PIXELS * PIXELS; i++) {
      const probabilities = A2.subarray(3 * i, 3 * i + 3),
        largest = Math.max(...probabilities);
      image.data.set([...colors[probabilities.indexOf(largest)], 25 + 100 * (largest - 1 / 3)], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  /** Rows of the data set that the network gets wrong. */
  #misses() {
    return ["train", "test"].flatMap((name) => {
      const { X, m, rows, labels } = this.split[name],
        { A2 } = this.network.forward(X, m);
      return rows.filter((_, i) => [0, 1, 2].some((c) => A2[3 * i + c] > A2[3 * i + labels[i]]));
    });
  }

  #placeFlowers(a, b) {
    const { X, labels, held_out } = this.data,
      wrong = new Set(this.#misses()),
      held = new Set(held_out[this.settings.seed]);
    this.flowers ??= X.map((_, i) => {
      const node = svg("g", {}, svg("circle", { r: 6.5 }), svg("path", { d: MARKS[labels[i]] }));
      this.mapPlot.layer.append(node);
      return node;
    });
    this.flowers.forEach((node, i) =>
      set(node, {
        transform: `translate(${this.mapPlot.X(X[i][a]).toFixed(1)} ${this.mapPlot.Y(X[i][b]).toFixed(1)})`,
        class: `flower class-${labels[i]}${held.has(i) ? " held" : ""}${wrong.has(i) ? " wrong" : ""}`,
      }),
    );
  }

  #showCells() {
    this.states = this.units();
    const source = this.shown === "weights" ? this.network.parameters : this.gradients;
    const largest = Object.fromEntries(
      Object.keys(this.network.parameters).map((name) => [
        name,
        Math.max(...source[name].map(Math.abs)) || 1,
      ]),
    );
    for (const cell of this.cells.flat()) {
      const unit = this.states[cell.u];
      cell.node.setAttribute("aria-label", this.#describe(cell));
      if (unit) cell.node.classList.toggle("gone", unit.state === "dead");
      if (cell.name === "unit") {
        cell.node.style.setProperty("--level", unit.share);
        cell.node.dataset.state = unit.state;
      } else {
        const value = source[cell.name][cell.index(cell.u)];
        cell.node.style.setProperty("--level", Math.abs(value) / largest[cell.name]);
        cell.node.classList.toggle("negative", value < 0);
      }
    }
  }

  #name({ name, j, c, u }) {
    const { features, species } = this.data;
    return {
      W1: () => `W₁[${j + 1}, ${u + 1}], from ${features[j]} to unit ${u + 1}`,
      b1: () => `b₁[${u + 1}], bias of unit ${u + 1}`,
      W2: () => `W₂[${u + 1}, ${c + 1}], from unit ${u + 1} to ${species[c]}`,
      b2: () => `b₂[${c + 1}], bias of ${species[c]}`,
      unit: () => `unit ${u + 1}`,
    }[name]();
  }

  #describe(cell) {
    if (cell.name === "unit") {
      const { share, state } = this.states[cell.u],
        what = this.settings.activation === "relu" ? "off" : "saturated";
      return `${this.#name(cell)}: ${state}, ${what} on ${percent(share)} of the training flowers`;
    }
    const at = cell.index(cell.u);
    return `${this.#name(cell)}: ${brief(this.network.parameters[cell.name][at])}, gradient ${brief(this.gradients[cell.name][at])}`;
  }

  #showDetail() {
    const [r, u] = this.selected,
      cell = this.cells[r][u];
    for (const { node } of this.cells.flat()) {
      node.classList.toggle("selected", node === cell.node);
      node.tabIndex = node === cell.node ? 0 : -1;
    }
    const formulas = cell.name === "unit" ? this.#unitFormulas(cell) : this.#gradientFormulas(cell);
    this.detail.replaceChildren(
      h("p", { class: "title" }, this.#describe(cell)),
      ...formulas.map((parts) => h("div", { class: "formula line" }, parts)),
    );
  }

  /** The gradient's formula with its largest terms, where its delta comes from, and the next step. */
  #gradientFormulas(cell) {
    const { name, j, c, u } = cell,
      { m, X, A1 } = this.forward,
      { hidden } = this.settings,
      { dZ1, dZ2 } = this.gradients;
    const first = name === "W1" || name === "b1",
      column = first ? u : c;
    const delta = (i) => (first ? dZ1[i * hidden + u] : dZ2[i * 3 + c]);
    const input = { W1: (i) => X[i * 4 + j], W2: (i) => A1[i * hidden + u] }[name];
    const terms = Array.from({ length: m }, (_, i) => [input ? input(i) : 1, delta(i)])
      .sort(([a, b], [x, y]) => Math.abs(x * y) - Math.abs(a * b))
      .slice(0, 3);
    const i = () => mi("i"),
      entry = (base, ...index) => row(word(base), mo("["), ...between(index, ","), mo("]"));
    const partial = (base, ...index) =>
      fraction(row(mo("∂"), word("loss")), row(mo("∂"), entry(base, ...index)));
    const place = { W1: [j + 1, u + 1], b1: [u + 1], W2: [u + 1, c + 1], b2: [c + 1] }[name].map((v) =>
      mn(String(v)),
    );
    const layer = first ? "Z₁" : "Z₂",
      number = () => mn(String(column + 1));
    const factorNode = {
      W1: () => entry("X", i(), mn(String(j + 1))),
      W2: () => entry("A₁", i(), mn(String(u + 1))),
    }[name];
    const at = cell.index(u),
      gradient = this.gradients[name][at];
    return [
      [
        part(
          partial(subscript(name), ...place),
          mo("="),
          sum(i()),
          factorNode && factorNode(),
          partial(layer, i(), number()),
        ),
        terms.map(([a, d], k) =>
          part(mo(k ? "+" : "="), ...(input ? [...factor(a, 3), mo("·")] : []), ...factor(d, 5)),
        ),
        part(mo("+"), mo("…")),
        part(mo("="), ...signed(gradient, 6)),
        h("small", {}, `the three largest of ${m} terms`),
      ].flat(),
      first
        ? [
            part(
              partial("Z₁", i(), number()),
              mo("="),
              slope(),
              mo("("),
              entry("Z₁", i(), number()),
              mo(")"),
            ),
            part(sum(mi("c")), partial("Z₂", i(), mi("c")), entry("W₂", number(), mi("c"))),
          ]
        : [
            part(
              partial("Z₂", i(), number()),
              mo("="),
              fraction(row(entry("A₂", i(), number()), mo("−"), entry("Y", i(), number())), mn(String(m))),
            ),
          ],
      this.#nextStep(cell, gradient, at),
    ];
  }

  #nextStep({ name }, gradient, at) {
    const { optimizer, "learning-rate": rate } = this.settings,
      value = this.network.parameters[name][at];
    const change = this.network.changes(this.gradients, optimizer, rate)[name][at];
    const taken =
      optimizer === "sgd" ? [mn(String(rate)), mo("·"), ...factor(gradient, 6)] : factor(change, 6);
    return [
      part(word("next"), mo("="), ...signed(value, 5), mo("−"), ...taken),
      part(mo("="), ...signed(value - change, 5)),
      optimizer === "adam" && h("small", {}, "Adam: learning rate · m̂ / (√v̂ + ε)"),
    ];
  }

  #unitFormulas({ u }) {
    const { hidden, activation } = this.settings,
      { Z1, m } = this.forward,
      number = mn(String(u + 1));
    const values = Array.from({ length: m }, (_, i) => Z1[i * hidden + u]);
    const { share } = this.states[u];
    return [
      [
        part(
          word("Z₁"),
          mo("["),
          mi("i"),
          mo(","),
          number,
          mo("]"),
          mo("∈"),
          mo("["),
          ...signed(Math.min(...values), 3),
          mo(","),
          ...signed(Math.max(...values), 3),
          mo("]"),
        ),
        h(
          "small",
          {},
          activation === "relu"
            ? `off (z ≤ 0) on ${Math.round(share * m)} of ${m} flowers; dead if on all: then every gradient of its column is 0`
            : `derivative below a tenth of its largest value on ${Math.round(share * m)} of ${m} flowers; saturated from nine in ten on`,
        ),
      ],
    ];
  }
}

const slope = () => row(mi("φ"), mo("′"));

customElements.define("hw-iris-network", IrisNetwork);
