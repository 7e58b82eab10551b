"""Every plot's look, in one place: colors that color-blind readers tell apart, and line styles besides."""

import numpy as np

COLORS = {  # Okabe and Ito's palette, in which no two colors differ by hue alone
    "relu": "#0072B2",
    "sigmoid": "#D55E00",
    "tanh": "#009E73",
    "gelu": "#6A3D9A",
    "numpy": "#0072B2",
    "tensorflow": "#D55E00",
    "train": "#0072B2",
    "test": "#D55E00",
    "report": "#CC79A7",
    "neutral": "#666666",
}
LINES = {
    "relu": "-",
    "sigmoid": "--",
    "tanh": "-.",
    "gelu": (0, (1, 1)),
    "numpy": "-",
    "tensorflow": "--",
    "train": "-",
    "test": "--",
    "report": ":",
    "neutral": ":",
}


OUTCOMES = {  # outcome: (sign, color), as in the boxes of hwlib.claims
    "holds": ("✓", "#009E73"),
    "corrected": ("±", "#0072B2"),
    "depends": ("∼", "#B8860B"),
    "fails": ("✗", "#D55E00"),
}


def use_style():
    """Set Matplotlib's defaults for the book: transparent ground, dark ink, no frame, crisp on any screen.

    In dark mode the page inverts the figures, so that ink turns light and every hue stays what it is.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("png", bbox_inches="tight")
    names = ("relu", "sigmoid", "tanh", "report", "neutral")
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "figure.dpi": 160,
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#b0b0b0",
            "grid.linewidth": 0.5,
            "grid.alpha": 0.5,
            "lines.linewidth": 1.8,
            "legend.frameon": False,
            "axes.prop_cycle": cycler(color=[COLORS[name] for name in names])
            + cycler(linestyle=[LINES[name] for name in names]),
        }
    )


def band(ax, x, runs, name, label=None):
    """Draw the median of several runs as a line, and the middle half of them as a band around it.

    Parameters
    ----------
    ax : Matplotlib axes
    x : array (n,)
    runs : array (number of runs, n)
    name : key of COLORS and LINES, and the label unless another is given

    Raises ValueError if the shapes do not fit.
    """
    runs = np.asarray(runs)
    if runs.ndim != 2 or runs.shape[1] != len(x):
        raise ValueError(f"runs has shape {runs.shape}; (number of runs, {len(x)}) is needed")
    low, median, high = np.quantile(runs, (0.25, 0.5, 0.75), axis=0)
    ax.fill_between(x, low, high, color=COLORS[name], alpha=0.2, linewidth=0)
    ax.plot(x, median, color=COLORS[name], linestyle=LINES[name], label=label or name)


def verdict_grid(ax, verdicts, words):
    """Draw one tile a claim, a row a chapter, with the sign and the color of its verdict.

    Parameters
    ----------
    ax : Matplotlib axes
    verdicts : dict of claim to Verdict, in order, from `hwlib.claims.collect`
    words : dict of outcome to the words of the legend
    """
    from matplotlib.patches import FancyBboxPatch

    chapters = sorted({verdict.chapter for verdict in verdicts.values()})
    filled = dict.fromkeys(chapters, 0)
    for name, verdict in verdicts.items():
        sign, color = OUTCOMES[verdict.outcome]
        x, y = filled[verdict.chapter], chapters.index(verdict.chapter)
        filled[verdict.chapter] += 1
        box = ((x + 0.1, y + 0.1), 0.8, 0.8, "round,pad=0,rounding_size=0.12")
        ax.add_patch(FancyBboxPatch(*box, facecolor=color + "22", edgecolor=color))
        ax.text(x + 0.5, y + 0.36, sign, ha="center", va="center", fontsize=15, fontweight="bold", color=color)
        ax.text(x + 0.5, y + 0.72, name, ha="center", va="center", fontsize=9)
    for outcome, (sign, color) in OUTCOMES.items():
        ax.plot([], [], "s", color=color, markersize=9, label=f"{sign} {words[outcome]}")
    ax.set(xlim=(0, max(filled.values())), ylim=(len(chapters), 0), xticks=[], aspect="equal")
    ax.set_yticks([row + 0.5 for row in range(len(chapters))], [f"chapter {int(c[:2])}" for c in chapters])
    ax.tick_params(length=0)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, handletextpad=0.4)
