"""The figures of chapter 5: what a run of the benchmark found. Times in microseconds, on logarithmic axes."""

import numpy as np

from hwlib.benchmark.model import PARTS, cost, crossover, tensorflow_cost
from hwlib.figures import COLORS

MARKS = {"numpy": "o", "tensorflow": "s", "jax": "D", "torch": "^"}
WORDS = {"calls": "calls", "memory": "memory", "functions": "exp and division", "products": "matrix products"}
SHADES = {
    "calls": COLORS["report"],
    "memory": "#999999",
    "functions": COLORS["sigmoid"],
    "products": COLORS["relu"],
}
HATCHES = {"calls": "", "memory": "///", "functions": "...", "products": "xxx"}


def steps(ax, rows):
    """Draw a line for each contestant: median and quartiles of its step, the fastest on top."""
    rows = sorted(rows, key=lambda row: -row["median"])
    for place, row in enumerate(rows):
        color = COLORS["numpy"] if row["name"].startswith("NumPy") else COLORS["tensorflow"]
        color = color if row["runtime"] in ("numpy", "tensorflow") else COLORS["tanh"]
        color = COLORS["neutral"] if row["name"].startswith(("C,", "numba")) else color
        ax.plot([1e6 * time for time in row["quartiles"]], [place] * 2, color=color, linewidth=4, alpha=0.4)
        ax.plot(1e6 * row["median"], place, MARKS[row["runtime"]], color=color, markersize=5)
        ax.annotate(
            f"{1e6 * row['median']:,.3g}" if row["median"] < 1e-3 else f"{1e6 * row['median']:,.0f}",
            (1e6 * row["quartiles"][1], place), (6, 0), textcoords="offset points", va="center", fontsize=8,
        )  # fmt: skip
    ax.set(xscale="log", xlabel="µs a step", yticks=range(len(rows)), yticklabels=[row["name"] for row in rows])
    ax.set_xlim(right=3e6 * rows[0]["median"])
    ax.tick_params(axis="y", labelsize=8)
    ax.grid(axis="y", visible=False)


def winners(ax, run, names, ours="NumPy, fast", bare="NumPy, bare formulas", theirs="TensorFlow, tf.function"):
    """Draw who is fastest at each batch and hidden size, and the lines on which TensorFlow overtakes.

    Each tile names the fastest of `names`, how many times longer TensorFlow takes than fast NumPy, and what the
    model says the fast NumPy step is mostly made of. A form that is never overtaken has no line.
    """
    logs, hidden, batches = crossover(run["grid"], ours, theirs)
    bound = np.abs(logs).max()
    ax.imshow(logs, cmap="PuOr", vmin=-2.5 * bound, vmax=2.5 * bound, origin="lower", aspect="auto")
    for form, style in ((ours, "-"), (bare, "--")):
        field = crossover(run["grid"], form, theirs)[0]
        if field.min() < 0 < field.max():
            ax.contour(field, levels=[0], colors="black", linewidths=2, linestyles=style)
            ax.plot([], [], "k" + style, label=f"TensorFlow draws level with {form}")
    if ax.get_legend_handles_labels()[0]:
        ax.figure.legend(loc="outside upper center", ncols=2, fontsize=9)
    cells = {(cell["batch"], cell["hidden"]): cell["contestants"] for cell in run["grid"]}
    calls = {(cell["batch"], cell["hidden"]): cell["fast"] for cell in run["anatomy"]}
    for column, batch in enumerate(batches):
        for row, units in enumerate(hidden):
            best = min((c for c in cells[batch, units] if c["name"] in names), key=lambda c: c["median"])
            parts = cost(calls[batch, units], run["ceilings"])
            words = (
                best["name"].replace(", ", "\n"),
                _factor(logs[row, column]),
                WORDS[max(parts, key=parts.get)],
            )
            text = "\n".join(words)
            ax.text(column, row, text, ha="center", va="center", fontsize=8, color="black")
    ax.set(
        xticks=range(len(batches)), xticklabels=batches, yticks=range(len(hidden)), yticklabels=hidden,
        xlabel="batch", ylabel="hidden units",
    )  # fmt: skip
    ax.grid(visible=False)


def _factor(log):
    return f"{10**log:.2g}×" if log >= 0 else f"1/{10**-log:.2g}×"


def scaling(axes, run, names):
    """Draw the time of a step against the batch, one panel for each hidden size."""
    sizes = sorted({cell["hidden"] for cell in run["grid"] if cell["batch"] > 1})
    styles = dict(zip(names, ("-", "--", "-.", ":", (0, (5, 1))), strict=False))
    colors = dict(zip(names, (COLORS["neutral"], COLORS["numpy"], COLORS["tensorflow"], COLORS["tanh"]), strict=False))
    for ax, units in zip(axes, sizes, strict=True):
        cells = sorted((c for c in run["grid"] if c["hidden"] == units and c["batch"] > 1), key=lambda c: c["batch"])
        for name in names:
            times = [1e6 * row["median"] for cell in cells for row in cell["contestants"] if row["name"] == name]
            if times:
                batches = [cell["batch"] for cell in cells]
                ax.plot(
                    batches,
                    times,
                    linestyle=styles[name],
                    color=colors[name],
                    label=name,
                    marker="o",
                    markersize=3,
                )
        ax.set(xscale="log", yscale="log", xlabel="batch", title=f"{units} hidden units")
    axes[0].set_ylabel("µs a step")


def budget(axes, run):
    """Draw the model's parts of a step as shares, and what was measured over what the model says.

    One panel each for fast NumPy, the bare formulas, and TensorFlow.
    """
    cells = {(cell["batch"], cell["hidden"]): cell["contestants"] for cell in run["grid"]}
    one_row = next(row["median"] for row in cells[1, 10] if row["name"] == "TensorFlow, tf.function")
    panels = (
        ("NumPy, fast", "fast", lambda calls: cost(calls, run["ceilings"])),
        ("NumPy, bare formulas", "bare", lambda calls: cost(calls, run["ceilings"])),
        (
            "TensorFlow, tf.function",
            "bare",
            lambda calls: tensorflow_cost(calls, run["ceilings"], one_row),
        ),
    )
    for ax, (name, form, price) in zip(axes, panels, strict=True):
        labels = []
        for place, cell in enumerate(reversed(run["anatomy"])):
            size = cell["batch"], cell["hidden"]
            measured = next(row["median"] for row in cells[size] if row["name"] == name)
            parts, start = price(cell[form]), 0.0
            for part in PARTS:
                share = parts[part] / measured
                ax.barh(
                    place, share, left=start, color=SHADES[part], hatch=HATCHES[part], edgecolor="white",
                    linewidth=0, label=WORDS[part] if place == 0 else None,
                )  # fmt: skip
                start += share
            labels.append(f"{size[0]}×{size[1]}")
        ax.axvline(1, color="black", linewidth=1, linestyle="--")
        ax.set(yticks=range(len(labels)), yticklabels=labels, title=name.replace("TensorFlow, ", ""))
        ax.grid(axis="y", visible=False)
    axes[-1].set_xlabel("model / measured")


def call_costs(axes, reason, loop):
    """Draw the time of a `tf.function` against its operations, and of a step against the steps in a call."""
    chain, calls = reason["chain"], loop["calls"]
    left, right = axes
    times = [1e6 * row["median"] for row in chain]
    left.plot([max(0.5, row["operations"]) for row in chain], times, "o-", color=COLORS["tensorflow"], markersize=4)
    left.axhline(1e6 * reason["empty"]["median"], color=COLORS["neutral"], linestyle=":", label="nothing in it")
    left.set(xscale="log", xlabel="operations in the graph (0 drawn at 0.5)", ylabel="µs a call")
    left.set_ylim(bottom=0)
    left.legend()
    for jit, style, label in ((False, "--", "tf.function"), (True, "-", "jitted")):
        rows = [row for row in calls if row["jit"] == jit]
        right.plot(
            [row["steps"] for row in rows], [1e6 * row["median"] / row["steps"] for row in rows], marker="o",
            markersize=4, linestyle=style, color=COLORS["tensorflow"], label=label,
        )  # fmt: skip
    right.axhline(1e6 * loop["NumPy, fast"]["median"], color=COLORS["numpy"], label="NumPy, fast")
    right.set(xscale="log", yscale="log", xlabel="steps in one call", ylabel="µs a step")
    right.legend()


def road(ax, rows):
    """Draw the stations from the readable form to the fast one, with the factor that each gains."""
    times = [1e6 * row["median"] for row in rows]
    ax.barh(range(len(rows)), times, color=COLORS["numpy"], alpha=0.8)
    for place, time in enumerate(times):
        gained = f"   {times[place - 1] / time:.2f} times faster" if place else ""
        ax.text(time, place, f" {time:.1f} µs{gained}", va="center", fontsize=9)
    ax.set(yticks=range(len(rows)), yticklabels=[row["name"] for row in rows], xlabel="µs a step")
    ax.set_xlim(right=1.15 * max(times))
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
