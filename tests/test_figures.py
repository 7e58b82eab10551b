import matplotlib.pyplot as plt
import numpy as np
import pytest

from hwlib import figures


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return np.dot((0.2126, 0.7152, 0.0722), linear)


@pytest.mark.parametrize("name", figures.COLORS)
def test_every_color_stands_out_from_the_page_by_3_to_1(name):
    assert 1.05 / (luminance(figures.COLORS[name]) + 0.05) >= 3


def test_curves_drawn_together_differ_in_line_style_besides_color():
    for group in (("relu", "sigmoid", "tanh"), ("numpy", "tensorflow"), ("train", "test")):
        for looks in (figures.COLORS, figures.LINES):
            assert len({looks[name] for name in group}) == len(group)
    assert figures.LINES.keys() == figures.COLORS.keys()


def test_a_band_is_the_median_between_the_quartiles():
    ax = plt.figure().subplots()
    runs = np.arange(5.0)[:, None] + np.zeros((5, 3))
    figures.band(ax, np.arange(3), runs, "relu")
    assert ax.lines[0].get_ydata().tolist() == [2, 2, 2]
    shaded = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (shaded.min(), shaded.max()) == (1, 3) and ax.lines[0].get_label() == "relu"
    plt.close("all")


def test_runs_that_do_not_fit_the_axis_are_refused():
    with pytest.raises(ValueError, match=r"runs has shape \(5, 4\); \(number of runs, 3\) is needed"):
        figures.band(None, np.arange(3), np.zeros((5, 4)), "relu")
