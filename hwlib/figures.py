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


def headline(fig, finding):
    """Put what the figure shows, in a sentence, over all of its panels."""
    fig.suptitle(finding, x=0.01, ha="left", fontweight="bold")
