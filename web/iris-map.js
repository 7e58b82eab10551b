// The iris network's decisions over two chosen features, and the flowers on top.

import { h, set, svg } from "./dom.js";
import { choice, field } from "./playground.js";
import { plot, ticks } from "./plot.js";

const PIXELS = 56; // of a side
const SIZE = { width: 340, height: 256 };
const MARGIN = { left: 30, right: 8, top: 8, bottom: 30 };
const MARKS = ["M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0", "M-3 -3H3V3H-3Z", "M0 -4L3.8 3H-3.8Z"];

export class DecisionMap {
  /** `onchoice` is called when the reader has chosen other features. */
  constructor({ features, species, X, labels }, onchoice) {
    this.features = [2, 3]; // petal length and width
    this.plot = plot({ ...SIZE, margin: MARGIN, x: [0, 1], y: [0, 1], label: "Decision regions" });
    this.flowers = X.map((_, i) =>
      svg("g", {}, svg("circle", { r: 6.5 }), svg("path", { d: MARKS[labels[i]] })),
    );
    const { left, right, top, bottom } = this.plot;
    this.names = [
      svg("text", { class: "strong", x: right, y: bottom + 26, "text-anchor": "end" }),
      svg("text", { class: "strong", x: left + 5, y: top + 11 }),
    ];
    this.slice = h("p", { class: "note" });
    this.plot.layer.append(...this.flowers, ...this.names);
    const axes = this.#axes(features, onchoice);
    this.node = h(
      "div",
      {},
      h("div", { class: "controls tight" }, field("across", axes[0]), field("up", axes[1])),
      h("div", { class: "map" }, this.#canvas(), this.plot.node),
      h(
        "p",
        { class: "legend" },
        species.map(key),
        h("span", {}, "hollow: held out"),
        h("span", {}, "ringed: wrong"),
      ),
      this.slice,
    );
  }

  /** The two choices of a feature; choosing the other's makes them change places. */
  #axes(features, onchoice) {
    const axes = [0, 1].map((axis) =>
      choice(
        features.map((name, i) => [String(i), name]),
        String(this.features[axis]),
        (value) => {
          if (Number(value) === this.features[1 - axis]) this.features.reverse();
          this.features[axis] = Number(value);
          axes.forEach((select, i) => {
            select.value = String(this.features[i]);
          });
          onchoice();
        },
      ),
    );
    return axes;
  }

  /** The canvas of the regions, laid under the plot's frame. */
  #canvas() {
    this.canvas = h("canvas", { width: PIXELS, height: PIXELS, "aria-hidden": "true" });
    const { left, right, top, bottom } = MARGIN;
    Object.assign(this.canvas.style, {
      left: `${(100 * left) / SIZE.width}%`,
      top: `${(100 * top) / SIZE.height}%`,
      width: `${100 - (100 * (left + right)) / SIZE.width}%`,
      height: `${100 - (100 * (top + bottom)) / SIZE.height}%`,
    });
    return this.canvas;
  }

  /** Show the decisions of a run, in the three classes' colors. */
  show(run, colors) {
    const { X, features } = run.data;
    const [a, b] = this.features;
    const [across, up] = [a, b].map((j) => {
      const values = X.map((x) => x[j]);
      return [Math.min(...values) - 0.3, Math.max(...values) + 0.3];
    });
    const misses = run.misses();
    this.#paint(run, across, up, colors);
    this.plot.rescale({ x: across, y: up }, ticks(...across), ticks(...up));
    this.names[0].textContent = `${features[a]}, cm →`;
    this.names[1].textContent = `↑ ${features[b]}, cm`;
    const others = features.filter((_, j) => j !== a && j !== b).join(" and ");
    this.slice.textContent = `A slice: ${others} are at their mean here, and at the flowers' own values in their marks.`;
    set(this.plot.node, {
      "aria-label":
        `Decision regions over ${features[a]} and ${features[b]}, ${others} at their mean; ` +
        `${misses.length} of 150 flowers are classified wrongly`,
    });
    this.#placeFlowers(run, new Set(misses));
  }

  /** The likeliest class at each point, stronger where it is more probable; other features at their mean. */
  #paint({ network, split: { mean, deviation } }, across, up, colors) {
    const points = new Float64Array(4 * PIXELS * PIXELS);
    const place = ([low, high], share, j) => (low + (high - low) * share - mean[j]) / deviation[j];
    const [a, b] = this.features;
    for (let r = 0; r < PIXELS; r++) {
      for (let c = 0; c < PIXELS; c++) {
        const at = 4 * (r * PIXELS + c);
        points[at + a] = place(across, (c + 0.5) / PIXELS, a);
        points[at + b] = place(up, 1 - (r + 0.5) / PIXELS, b);
      }
    }
    const { A2 } = network.forward(points, PIXELS * PIXELS);
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(PIXELS, PIXELS);
    for (let i = 0; i < PIXELS * PIXELS; i++) {
      const probabilities = A2.subarray(3 * i, 3 * i + 3);
      const largest = Math.max(...probabilities);
      image.data.set([...colors[probabilities.indexOf(largest)], 25 + 100 * (largest - 1 / 3)], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  #placeFlowers({ data: { X, labels, held_out }, settings }, misses) {
    const [a, b] = this.features;
    const held = new Set(held_out[settings.seed]);
    this.flowers.forEach((node, i) => {
      set(node, {
        transform: `translate(${this.plot.X(X[i][a]).toFixed(1)} ${this.plot.Y(X[i][b]).toFixed(1)})`,
        class: `flower class-${labels[i]}${held.has(i) ? " held" : ""}${misses.has(i) ? " wrong" : ""}`,
      });
    });
  }
}

function key(name, c) {
  const mark = svg("path", { d: MARKS[c], class: `class-${c}` });
  return h(
    "span",
    {},
    svg("svg", { class: "mark", viewBox: "-5 -5 10 10", "aria-hidden": "true" }, mark),
    name,
  );
}
