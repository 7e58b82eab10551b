"""Digits of other hands: what the network is judged by is what the page's pad would show it."""

import numpy as np
import pytest

from hwlib import data, drawn, tasks


@pytest.mark.parametrize("style", drawn.STYLES)
def test_a_drawing_is_ink_on_the_pad_that_is_never_the_same_twice(style):
    rng = np.random.default_rng(0)
    one, other = (drawn.draw(style, rng) for _ in range(2))
    assert one.shape == (drawn.PAD, drawn.PAD) and one.dtype == np.uint8 and one.max() == 255
    assert (one != other).any()
    frame = np.concatenate([one[[0, -1]].ravel(), one[:, [0, -1]].ravel()])
    assert not frame.any()  # no stroke is cut off at the edge


def test_simulated_digits_are_fixed_by_their_seed():
    images, labels, styles = drawn.simulated(1, seed=4)
    again = drawn.simulated(1, seed=4)
    assert (images == again[0]).all() and (images != drawn.simulated(1, seed=5)[0]).any()
    assert images.shape == (len(drawn.STYLES), 28, 28)
    assert [drawn.STYLES[style][0] for style in styles] == labels.tolist()
    assert set(labels) == set(range(10))


def test_an_image_of_mnist_on_the_pad_comes_back():
    _, (images, _) = data.load_mnist()
    for image in images[:20]:
        pad = np.zeros((drawn.PAD, drawn.PAD), np.uint8)
        ink = image[np.ix_(image.any(axis=1), image.any(axis=0))]
        pad[5 : 5 + 10 * ink.shape[0], 40 : 40 + 10 * ink.shape[1]] = np.kron(ink, np.ones((10, 10), np.uint8))
        assert (drawn.as_mnist(pad) == image).all()


def test_a_pad_without_ink_is_refused():
    with pytest.raises(ValueError, match="must be drawn on"):
        drawn.as_mnist(np.zeros((drawn.PAD, drawn.PAD)))


def test_scikit_learns_digits_are_as_large_as_mnists_and_keep_their_labels():
    images, labels = drawn.scikit_digits(range(40))
    assert images.shape == (40, 28, 28) and labels[:10].tolist() == list(range(10))
    for image in images:
        reach = max(np.ptp(np.flatnonzero(image.any(axis=axis))) + 1 for axis in (0, 1))
        assert 18 <= reach <= 20  # of the 20, the outermost may be too faint for a gray level


def test_the_task_counts_right_answers_by_style_and_in_all():
    result = tasks.drawings(source="strokes", number=2, seed=9, checkpoint=None)
    assert sum(map(sum, result["test"]["confusion"])) == 2 * len(drawn.STYLES)
    assert sum(result["styles"].values()) == np.trace(result["test"]["confusion"])


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match="'strokes' or 'scikit' is needed"):
        tasks.drawings(source="mnist", seed=0, checkpoint=None)
