// <hw-activations>: each activation function with its derivative, and what a normal distribution of
// inputs becomes behind each. Attributes: mean, scale (of the inputs at the start).

import { ACTIVATIONS, saturated } from "./activation-functions.js";
import { h, set, svg } from "./dom.js";
import { BINS, passOn, RANGE } from "./normal-inputs.js";
import { clamp, fixed, percent } from "./numbers.js";
import { drag, Playground, slider } from "./playground.js";
import { curve, path, plot } from "./plot.js";

const COLUMNS = [
  ["saturated", "saturated", (r) => percent(r.saturated, 1)],
  ["slope", "mean derivative", (r) => fixed(r.slope, 3)],
  ["mean", "mean output", (r) => fixed(r.mean, 3)],
  ["deviation", "its deviation", (r) => fixed(r.deviation, 3)],
  ["positive", "positive", (r) => percent(r.positive, 1)],
];

const grid = (low, high, count, f) =>
  Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count).map((z) => [z, f(z)]);

class Activations extends Playground {
  static label = "Activation playground";
  static first = "move the mean to 3, and see which functions still pass a gradient on.";

  prepare() {
    this.start = {
      mean: Number(this.getAttribute("mean") ?? 0),
      scale: Number(this.getAttribute("scale") ?? 1),
    };
    Object.assign(this, this.start);
  }

  build() {
    this.sliders = {
      mean: slider("mean of the inputs", {
        min: -5,
        max: 5,
        step: 0.1,
        value: this.mean,
        format: (v) => fixed(v, 1),
        oninput: (v) => this.#put({ mean: v }),
      }),
      scale: slider("scale (standard deviation)", {
        min: 0.1,
        max: 5,
        step: 0.1,
        value: this.scale,
        format: (v) => fixed(v, 1),
        oninput: (v) => this.#put({ scale: v }),
      }),
    };
    this.panels = Object.keys(ACTIVATIONS).map((name) => this.#panel(name));
    this.cells = this.panels.map(() => COLUMNS.map(() => h("td", { class: "number" })));
    return [
      h(
        "div",
        { class: "inputs" },
        h(
          "div",
          { class: "controls" },
          this.sliders.mean,
          this.sliders.scale,
          h("button", { onclick: () => this.#put(this.start, true) }, "Back to the start"),
        ),
        h(
          "div",
          {},
          h("p", { class: "title" }, "Inputs z of the units ", h("small", {}, "drag the two handles")),
          this.#bell(),
        ),
      ),
      h(
        "div",
        { class: "panels" },
        this.panels.map((panel) => panel.figure),
      ),
      h(
        "p",
        { class: "legend" },
        h("span", {}, h("span", { class: "swatch" }), "function"),
        h("span", {}, h("span", { class: "swatch second" }), "derivative"),
        h("span", {}, h("span", { class: "patch" }), "saturated"),
        h("span", {}, "right edge: where the outputs lie (square root of their share)"),
      ),
      h(
        "div",
        { class: "wide", tabindex: 0, role: "group", "aria-label": "What reaches the next layer" },
        h(
          "table",
          { class: "figures" },
          h("caption", {}, "What reaches the next layer"),
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", { scope: "col" }, "function"),
              COLUMNS.map(([, text]) => h("th", { scope: "col" }, text)),
            ),
          ),
          h(
            "tbody",
            {},
            this.panels.map(({ name }, i) => h("tr", {}, h("th", { scope: "row" }, name), this.cells[i])),
          ),
        ),
      ),
      h(
        "p",
        { class: "note" },
        "Saturated: the derivative is below a tenth of its largest value; for relu that is z ≤ 0. " +
          "The mean derivative is what a gradient is multiplied by on its way back through the layer.",
      ),
    ];
  }

  #bell() {
    this.bell = plot({
      width: 400,
      height: 118,
      x: [-8, 8],
      y: [0, 1.15],
      xTicks: [-8, -4, 0, 4, 8],
      label: "Density of the inputs",
      margin: { left: 8, right: 8, top: 6, bottom: 20 },
    });
    this.area = svg("path", { class: "area" });
    this.handles = ["mean", "scale"].map((name) => {
      const knob = svg(
        "g",
        { class: "handle", "aria-hidden": "true" },
        svg("circle", { r: 18, class: "reach" }),
        svg("circle", { r: 6.5 }),
        svg("text", { class: "strong", x: 11, y: 4 }, name),
      );
      drag(knob, (event) => this.#dragged(name, event), { sideways: true });
      return knob;
    });
    this.bell.layer.append(this.area, ...this.handles);
    return this.bell.node;
  }

  #dragged(name, event) {
    const box = this.bell.node.getBoundingClientRect();
    const z = ((((event.clientX - box.left) / box.width) * 400 - 8) / 384) * 16 - 8;
    const value = Math.round(10 * (name === "mean" ? z : z - this.mean)) / 10;
    this.#put({ [name]: name === "mean" ? clamp(value, -5, 5) : clamp(value, 0.1, 5) }, true);
  }

  #panel(name) {
    const { value, derivative, kink } = ACTIVATIONS[name];
    const frame = plot({
      width: 250,
      height: 200,
      x: [-6, 6],
      y: RANGE,
      xTicks: [-4, 0, 4],
      yTicks: [-1, 0, 1, 2, 3],
      label: `${name} and its derivative`,
      margin: { left: 24, right: 46, top: 6, bottom: 18 },
    });
    const shades = [...this.#saturatedSpans(name)].map(([from, to]) =>
      svg("rect", {
        class: "shade",
        x: frame.X(from),
        width: frame.X(to) - frame.X(from),
        y: frame.top,
        height: frame.bottom - frame.top,
      }),
    );
    const bars = Array.from({ length: BINS }, (_, i) => {
      const low = RANGE[0] + ((RANGE[1] - RANGE[0]) * i) / BINS;
      const high = low + (RANGE[1] - RANGE[0]) / BINS;
      return svg("rect", {
        class: "mass",
        x: frame.right + 3,
        y: frame.Y(high),
        height: frame.Y(low) - frame.Y(high),
      });
    });
    const density = svg("path", { class: "area" });
    frame.layer.append(...shades, density);
    curve(frame).put(grid(-6, 6, 240, value).filter(([, a]) => a <= RANGE[1]));
    curve(frame, "second").put(
      kink === undefined
        ? grid(-6, 6, 240, derivative)
        : [...grid(-6, kink - 1e-9, 120, derivative), ...grid(kink + 1e-9, 6, 120, derivative)],
    );
    frame.layer.append(...bars);
    const text = h("span", { class: "share" });
    return {
      name,
      frame,
      bars,
      density,
      text,
      figure: h("figure", { class: "panel" }, h("figcaption", { class: "title" }, name, text), frame.node),
    };
  }

  *#saturatedSpans(name) {
    let from = null;
    for (let z = -6; z <= 6.0001; z += 0.01) {
      const inside = saturated(name, z);
      if (inside && from === null) from = z;
      if ((!inside || z > 5.995) && from !== null) {
        yield [from, z];
        from = null;
      }
    }
  }

  #put(values, moveSliders = false) {
    Object.assign(this, values);
    if (moveSliders) for (const name of ["mean", "scale"]) this.sliders[name].put(this[name]);
    this.redraw();
  }

  redraw() {
    if (!this.panels) return;
    const { mean, scale } = this;
    const density = (z) => Math.exp(-(((z - mean) / scale) ** 2) / 2);
    const bell = (frame, low, high, height) =>
      `${path(frame, [
        [low, frame.floor],
        ...grid(low, high, 160, (z) => frame.floor + height * density(z)),
        [high, frame.floor],
      ])}Z`;
    set(this.area, { d: bell({ ...this.bell, floor: 0 }, -8, 8, 1) });
    set(this.handles[0], { transform: `translate(${this.bell.X(mean)} ${this.bell.Y(1)})` });
    set(this.handles[1], {
      transform: `translate(${this.bell.X(clamp(mean + scale, -8, 8))} ${this.bell.Y(Math.exp(-0.5))})`,
    });
    this.result = {};
    this.panels.forEach((panel, i) => {
      const result = passOn(panel.name, mean, scale);
      const largest = Math.max(...result.bins, 1e-9);
      set(panel.density, { d: bell({ ...panel.frame, floor: RANGE[0] }, -6, 6, 1) });
      panel.bars.forEach((bar, b) => {
        set(bar, { width: 40 * Math.sqrt(result.bins[b] / largest) });
      });
      panel.text.textContent = ` ${percent(result.saturated, 1)} saturated`;
      COLUMNS.forEach(([, , show], c) => {
        this.cells[i][c].textContent = show(result);
      });
      this.result[panel.name] = result;
    });
    this.say(
      `Inputs with mean ${fixed(mean, 1)} and scale ${fixed(scale, 1)}. ` +
        this.panels
          .map(
            ({ name }) =>
              `${name}: ${percent(this.result[name].saturated, 1)} saturated, mean derivative ${fixed(this.result[name].slope, 3)}, ` +
              `mean output ${fixed(this.result[name].mean, 3)}.`,
          )
          .join(" "),
    );
  }
}

customElements.define("hw-activations", Activations);
