// A small plot: an SVG with axes, and the two maps from data to its coordinates.

import { set, svg } from "./dom.js";

/** The straight line that leads from [from, to] to [low, high], as a function. */
export const line =
  ([from, to], [low, high]) =>
  (value) =>
    low + ((value - from) / (to - from)) * (high - low);

/** A drawing of `width` × `height` units whose data run over x: [from, to] and y: [from, to]. */
export function plot({
  width,
  height,
  x,
  y,
  xTicks = [],
  yTicks = [],
  yLabel,
  label,
  margin = { left: 30, right: 8, top: 8, bottom: 24 },
}) {
  const left = margin.left;
  const right = width - margin.right;
  const top = margin.top;
  const bottom = height - margin.bottom;
  const scale = { x, y };
  const X = (value) => line(scale.x, [left, right])(value);
  const Y = (value) => line(scale.y, [bottom, top])(value);
  const axes = svg("g");
  const layer = svg("g");
  const node = svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    axes,
    layer,
  );

  const drawAxes = (xAt, yAt) =>
    axes.replaceChildren(
      svg("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
      ...xAt.map((v) =>
        svg("text", { x: X(v), y: bottom + 13, "text-anchor": "middle" }, String(v).replace("-", "−")),
      ),
      ...yAt.map((v) =>
        svg("text", { x: left - 5, y: Y(v) + 4, "text-anchor": "end" }, String(v).replace("-", "−")),
      ),
      yLabel ? svg("text", { x: right, y: (top + bottom) / 2, "text-anchor": "end" }, yLabel) : "",
    );
  drawAxes(xTicks, yTicks);

  return {
    node,
    layer,
    X,
    Y,
    left,
    right,
    top,
    bottom,
    /** New ranges and ticks, where the data outgrow the old ones. */
    rescale(ranges, xAt, yAt) {
      Object.assign(scale, ranges);
      drawAxes(xAt, yAt);
    },
  };
}

/** The path through points [[x, y], …] of a plot; values beyond its frame are held at the edge. */
export function path({ X, Y, top, bottom }, points) {
  const inside = (v) => Math.min(bottom, Math.max(top, v));
  return points.map(([x, y], i) => `${i ? "L" : "M"}${X(x).toFixed(1)} ${inside(Y(y)).toFixed(1)}`).join("");
}

/** A curve that can be put elsewhere later: curve(plot, "second").put(points). */
export function curve(frame, className = "") {
  const node = svg("path", { class: `curve ${className}` });
  frame.layer.append(node);
  return { node, put: (points) => set(node, { d: path(frame, points) }) };
}

/** About four round ticks between two values. */
export function ticks(low, high) {
  const raw = (high - low) / 4;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((m) => m * unit >= raw) * unit;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
