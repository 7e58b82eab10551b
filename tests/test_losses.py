import mpmath
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hwlib.losses import cross_entropy, log_softmax, one_hot, softmax

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)


def logits(limit):
    return hnp.arrays(np.float64, SHAPES, elements=st.floats(-limit, limit))


def exact_log_softmax(row):
    largest = max(row)
    total = mpmath.fsum(mpmath.exp(mpmath.mpf(t) - largest) for t in row)
    rest = mpmath.fsum(mpmath.exp(mpmath.mpf(t) - largest) for i, t in enumerate(row) if i != row.index(largest))
    return [mpmath.mpf(t) - largest - mpmath.log1p(rest) for t in row], total


@given(logits(1e4))
def test_log_softmax_agrees_with_mpmath_to_1e_14(z):
    with mpmath.workdps(50):
        for row, found in zip(z.tolist(), log_softmax(z), strict=True):
            exact, _ = exact_log_softmax(row)
            rounding = 1 + (max(row) - min(row)) / 32  # of the difference that exp takes, which it multiplies
            for a, b in zip(exact, found, strict=True):
                assert abs(a - mpmath.mpf(float(b))) <= mpmath.mpf("1e-14") * rounding * abs(a) + mpmath.mpf("1e-300")


@given(logits(1e4))
def test_softmax_agrees_with_mpmath_to_1e_14(z):
    with mpmath.workdps(50):
        for row, found in zip(z.tolist(), softmax(z), strict=True):
            largest, (_, total) = max(row), exact_log_softmax(row)
            for t, b in zip(row, found, strict=True):
                exact = mpmath.exp(mpmath.mpf(t) - largest) / total
                assert abs(exact - mpmath.mpf(float(b))) <= mpmath.mpf("1e-14") * exact + mpmath.mpf("1e-300")


@given(logits(1e4))
def test_softmax_gives_distributions(z):
    probabilities = softmax(z)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-14)


@given(logits(100), st.floats(-100, 100))
def test_a_shift_of_the_logits_changes_no_probability(z, shift):
    np.testing.assert_allclose(softmax(z + shift), softmax(z), rtol=1e-11, atol=1e-300)


@given(logits(50), st.integers(0, 2**32 - 1))
def test_the_gradient_of_the_summed_loss_is_probabilities_minus_targets(z, seed):
    rng = np.random.default_rng(seed)
    targets = one_hot(rng.integers(z.shape[1], size=len(z)), z.shape[1])
    gradient = softmax(z) - targets

    direction = rng.normal(size=z.shape)
    direction /= np.linalg.norm(direction)
    h = 1e-4
    up, down = (cross_entropy(z + s * h * direction, targets, "sum") for s in (1, -1))
    assert (up - down) / (2 * h) == pytest.approx((gradient * direction).sum(), abs=1e-7)

    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(targets, variable))
    np.testing.assert_allclose(tape.gradient(loss, variable).numpy(), gradient, atol=1e-13)


@given(logits(100))
def test_reductions_are_the_mean_and_the_sum_of_the_losses_of_the_rows(z):
    targets = np.full(z.shape, 1 / z.shape[1])
    losses = cross_entropy(z, targets, "none")
    assert losses.shape == (len(z),)
    assert cross_entropy(z, targets) == pytest.approx(losses.mean(), rel=1e-14)
    assert cross_entropy(z, targets, "sum") == pytest.approx(losses.sum(), rel=1e-14)


def test_float32_logits_stay_float32():
    assert softmax(np.zeros((2, 3), np.float32)).dtype == np.float32
    assert log_softmax(np.zeros((2, 3), np.float32)).dtype == np.float32


def test_cross_entropy_leaves_its_arguments_alone():
    z, targets = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])
    cross_entropy(z, targets)
    assert z.tolist() == [[1, 2]] and targets.tolist() == [[0, 1]]


@given(st.integers(1, 8), st.data())
def test_one_hot_rows_hold_a_single_one_at_the_label(num_classes, data):
    labels = np.array(data.draw(st.lists(st.integers(0, num_classes - 1), min_size=1, max_size=9)))
    rows = one_hot(labels, num_classes)
    assert rows.shape == (len(labels), num_classes)
    assert (rows.sum(axis=1) == 1).all() and (rows.argmax(axis=1) == labels).all() and set(rows.ravel()) <= {0, 1}


@pytest.mark.parametrize(
    "labels, message",
    [
        ([0, 3], "run"),
        ([-1, 0], "run"),
        ([0.0, 1.0], "dtype float64"),
        ([], "empty"),
        ([[0], [1]], "shape"),
        ([True, False], "dtype bool"),
    ],
)
def test_one_hot_refuses_bad_labels(labels, message):
    with pytest.raises(ValueError, match=f"labels .*{message}"):
        one_hot(np.array(labels), 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_logits_must_be_finite(function, bad):
    with pytest.raises(ValueError, match="logits holds NaN or infinity"):
        function(np.array([[0.0, bad]]))


@pytest.mark.parametrize("shape", [(3,), (1, 2, 3), (0, 3), (3, 0)])
def test_logits_must_be_a_matrix_with_rows(shape):
    with pytest.raises(ValueError, match="logits has shape"):
        softmax(np.zeros(shape))


@pytest.mark.parametrize(
    "targets, message",
    [
        ([[1.0, 0.0, 0.0]], r"targets has shape \(1, 3\); \(1, 2\) is needed"),
        ([[0.5, 0.4]], "row 0 sums to 0.9"),
        ([[1.5, -0.5]], "negative"),
        ([[np.nan, 1.0]], "NaN"),
    ],
)
def test_targets_must_be_distributions_of_the_logits_shape(targets, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(np.zeros((1, 2)), np.array(targets))


def test_an_unknown_reduction_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="reduction is 'average'; known are 'mean', 'sum', 'none'"):
        cross_entropy(np.zeros((1, 2)), np.array([[1.0, 0.0]]), "average")
