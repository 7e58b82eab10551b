"""The hand-written network: the readable form is right, and the fast form is the readable one."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib import mlp
from hwlib.activations import ACTIVATIONS
from hwlib.data import load_iris
from hwlib.losses import cross_entropy, one_hot
from hwlib.mlp import MLP, FastMLP

FORMS = (MLP, FastMLP)
DTYPES = ("float64", "float32")
SIZES = ((4, 10, 3), (4, 3), (3, 6, 5, 4), (2, 1, 2))
LAYOUTS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "every second": lambda array: np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, ::2],
    "backwards": lambda array: array[::-1, ::-1].copy()[::-1, ::-1],
}

batches = st.fixed_dictionaries(
    {
        "sizes": st.sampled_from(SIZES),
        "activation": st.sampled_from(list(ACTIVATIONS)),
        "dtype": st.sampled_from(DTYPES),
        "rows": st.integers(1, 40),
        "layout": st.sampled_from(sorted(LAYOUTS)),
        "scale": st.sampled_from((0.1, 1.0, 30.0)),
        "seed": st.integers(0, 10**6),
    }
)


def make(sizes, dtype, rows, seed, layout="rows", scale=1.0):
    """Return X, and Y whose rows are distributions, half of them one-hot."""
    rng = np.random.default_rng(seed)
    X = scale * rng.standard_normal((rows, sizes[0]))
    Y = rng.dirichlet(np.ones(sizes[-1]), rows)
    Y[::2] = one_hot(Y[::2].argmax(axis=1), sizes[-1])
    return tuple(LAYOUTS[layout](array.astype(dtype)) for array in (X, Y))


def iris(dtype="float64"):
    X, labels = load_iris()
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    return X.astype(dtype), one_hot(labels, 3).astype(dtype)


def kept(network):
    return {name: array.copy() for name, array in network.parameters.items()}


def assert_same(ours, theirs, tolerance):
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("form", FORMS)
def test_parameters_have_the_names_and_shapes_of_the_report(form):
    shapes = {name: array.shape for name, array in form().parameters.items()}
    assert shapes == {"W1": (4, 10), "b1": (1, 10), "W2": (10, 3), "b2": (1, 3)}
    assert form(dtype="float32").parameters["W1"].dtype == np.float32


def test_both_forms_start_from_the_same_weights_and_a_seed_decides_them():
    assert_same(MLP(seed=3).parameters, FastMLP(seed=3).parameters, 0)
    assert (MLP(seed=3).parameters["W1"] != MLP(seed=4).parameters["W1"]).all()


@settings(max_examples=60)
@given(batch=batches)
def test_loss_is_the_cross_entropy_of_the_logits(batch):
    X, Y = make(batch["sizes"], batch["dtype"], batch["rows"], batch["seed"], batch["layout"], batch["scale"])
    network = MLP(batch["sizes"], batch["activation"], dtype=batch["dtype"])
    logits = network.forward(X)
    assert logits.shape == Y.shape and logits.dtype == X.dtype
    assert network.loss(X, Y) == float(cross_entropy(logits, Y))
    assert (network.predict(X) == logits.argmax(axis=1)).all()


@settings(max_examples=60)
@given(batch=batches, form=st.sampled_from(FORMS))
def test_gradients_agree_with_central_differences(batch, form):
    """One random direction checks a whole gradient; relu is smooth there but on a set that no draw hits."""
    X, Y = make(batch["sizes"], "float64", batch["rows"], batch["seed"], batch["layout"])
    network = form(batch["sizes"], batch["activation"], seed=batch["seed"])
    rng = np.random.default_rng(batch["seed"])
    start, gradients = kept(network), network.gradients(X, Y)
    direction = {name: rng.standard_normal(array.shape) for name, array in start.items()}
    slope = sum((gradients[name] * direction[name]).sum() for name in start)
    losses = []
    for h in (1e-6, -1e-6):
        network.parameters = {name: start[name] + h * direction[name] for name in start}
        losses.append(network.loss(X, Y))
    assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_agree_with_gradient_tape(form, activation):
    from hwlib.models import keras  # noqa: F401
    import tensorflow as tf  # isort: skip

    X, Y = iris()
    network = form((4, 7, 5, 3), activation)
    variables = [tf.Variable(array) for array in network.parameters.values()]
    with tf.GradientTape() as tape:
        value = tf.constant(X)
        for layer in range(0, len(variables), 2):
            value = value if layer == 0 else getattr(tf.nn, activation)(value)
            value = value @ variables[layer] + variables[layer + 1]
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(Y, value))
    theirs = dict(zip(network.parameters, tape.gradient(loss, variables), strict=True))
    tolerance = 1e-8 if activation == "gelu" else 1e-13  # TensorFlow's erf has eight digits in float64
    assert_same(network.gradients(X, Y), {name: array.numpy() for name, array in theirs.items()}, tolerance)
    assert network.loss(X, Y) == pytest.approx(float(loss), rel=tolerance)


def test_the_bias_gradient_is_the_sum_over_the_batch():
    """The report's formula has a row for each example: claim C20."""
    X, Y = iris()
    network = MLP()
    each = [network.gradients(X[i : i + 1], Y[i : i + 1])["b2"] for i in range(len(X))]
    np.testing.assert_allclose(network.gradients(X, Y)["b2"], np.mean(each, axis=0), atol=1e-15)


@settings(max_examples=150)
@given(batch=batches)
def test_both_forms_have_the_same_gradients_and_step(batch):
    X, Y = make(batch["sizes"], batch["dtype"], batch["rows"], batch["seed"], batch["layout"], batch["scale"])
    readable, fast = (form(batch["sizes"], batch["activation"], 1, batch["dtype"]) for form in FORMS)
    tolerance = 1e-12 if batch["dtype"] == "float64" else 2e-4
    assert_same(fast.gradients(X, Y), readable.gradients(X, Y), tolerance)
    losses = [network.step(X, Y, 0.01) for network in (readable, fast)]
    assert losses[1] == pytest.approx(losses[0], rel=tolerance, abs=tolerance)
    assert_same(fast.parameters, readable.parameters, tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_forms_have_the_same_weights_after_1000_steps(activation, dtype, layout):
    X, Y = map(LAYOUTS[layout], iris(dtype))
    readable, fast = (form(activation=activation, dtype=dtype) for form in FORMS)
    for _ in range(1000):
        readable.step(X, Y, 0.1)
        fast.step(X, Y, 0.1)
    assert_same(fast.parameters, readable.parameters, 1e-12 if dtype == "float64" else 1e-4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_blocks_of_a_large_batch_change_nothing(activation, monkeypatch):
    X, Y = iris()
    whole, blocks = FastMLP(activation=activation), FastMLP(activation=activation)
    whole.step(X, Y, 0.1)
    monkeypatch.setattr(mlp, "BLOCK_BYTES", 8 * 10 * 40)  # 40 rows: three blocks of 38 and one of 36
    history = blocks.fit(X, Y, 0.1, 1)
    assert [block.rows for block in (blocks._first, *blocks._others)] == [38, 38, 38, 36]
    assert_same(blocks.parameters, whole.parameters, 1e-14)
    assert history["loss"][0] == pytest.approx(MLP(activation=activation).loss(X, Y), rel=1e-13)


def test_batches_of_other_shapes_come_and_go():
    readable, fast = MLP(), FastMLP()
    for rows in (150, 1, 37, 150, 150, 2):
        X, Y = make((4, 10, 3), "float64", rows, seed=rows)
        assert fast.step(X, Y, 0.5) == pytest.approx(readable.step(X, Y, 0.5), rel=1e-13)
    assert_same(fast.parameters, readable.parameters, 1e-13)


def test_a_learning_rate_may_change_from_step_to_step():
    X, Y = iris()
    readable, fast = MLP(), FastMLP()
    for rate in (0.1, 0.5, 0.1, np.float64(0.2), 1):
        readable.step(X, Y, rate)
        fast.step(X, Y, rate)
    assert_same(fast.parameters, readable.parameters, 1e-13)


@pytest.mark.parametrize("which", (0, 1))
def test_a_batch_that_was_changed_in_place_is_seen(which):
    X, Y = iris()
    readable, fast = MLP(), FastMLP()
    for _ in range(2):
        assert fast.step(X, Y, 0.5) == pytest.approx(readable.step(X, Y, 0.5), rel=1e-13)
        (X, Y)[which][:2] = (X, Y)[which][[100, 50]]
    (X, Y)[which][0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fast.step(X, Y, 0.5)


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_the_caller_is_written_to(form):
    X, Y = iris()
    for array in (X, Y):
        array.flags.writeable = False
    network = form()
    network.fit(X, Y, 0.1, 3, validation=(X, Y))
    gradients = network.gradients(X, Y)
    before = {name: array.copy() for name, array in gradients.items()}
    network.step(X, Y, 0.1)
    assert_same(gradients, before, 0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.filterwarnings("error")
def test_large_weights_overflow_in_neither_form(activation, dtype):
    X, Y = iris(dtype)
    readable, fast = (form(activation=activation, dtype=dtype) for form in FORMS)
    for network in (readable, fast):
        network.parameters["W1"] *= 100
        network.parameters["W2"] *= 1e4
    tolerance = 1e-12 if dtype == "float64" else 1e-4
    assert fast.step(X, Y, 1e-6) == pytest.approx(readable.step(X, Y, 1e-6), rel=tolerance)
    assert_same(fast.parameters, readable.parameters, tolerance)


@pytest.mark.parametrize("form", FORMS)
def test_a_step_without_the_loss_is_the_same_step(form):
    X, Y = iris()
    one, other = form(), form()
    assert one.step(X, Y, 0.1) == pytest.approx(form().loss(X, Y), rel=1e-13)
    assert other.step(X, Y, 0.1, with_loss=False) is None
    assert_same(one.parameters, other.parameters, 0)


@pytest.mark.parametrize("form", FORMS)
def test_history_is_measured_before_each_step(form):
    X, Y = iris()
    network, stepped = form(seed=1), form(seed=1)
    history = network.fit(X[::2], Y[::2], 0.5, 5, validation=(X[1::2], Y[1::2]))
    assert list(history) == ["loss", "accuracy", "held_out_loss", "held_out_accuracy"]
    for epoch in range(5):
        held_out = stepped.loss(X[1::2], Y[1::2])
        accuracy = (stepped.predict(X[::2]) == Y[::2].argmax(axis=1)).mean()
        expected = (stepped.step(X[::2], Y[::2], 0.5), accuracy, held_out)
        got = (history["loss"][epoch], history["accuracy"][epoch], history["held_out_loss"][epoch])
        assert got == pytest.approx(expected, rel=1e-13)
    assert_same(network.parameters, stepped.parameters, 1e-14)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_training_learns_iris(form, activation):
    X, Y = iris()
    history = form(activation=activation).fit(X, Y, 0.5, 1000)
    assert history["loss"][-1] < 0.1 and history["accuracy"][-1] > 0.95


X, Y = iris()
BAD = {
    "another number of features": (X[:, :3], Y, r"X has shape \(150, 3\); \(m, 4\)"),
    "one dimension": (X[0], Y, "X has shape"),
    "an empty batch": (X[:0], Y[:0], "X has shape .* empty batch"),
    "float32 data": (X.astype("float32"), Y, "X has dtype float32; the network's, float64"),
    "float32 targets": (X, Y.astype("float32"), "Y has dtype float32"),
    "integers": (X.astype(int), Y, "X has dtype int64"),
    "a list": (X.tolist(), Y, "X is a list"),
    "no targets": (X, None, "Y is a NoneType"),
    "NaN": (np.where(X > 2, np.nan, X), Y, "X holds NaN"),
    "infinity": (np.where(X > 2, np.inf, X), Y, "X holds NaN or infinity"),
    "fewer targets": (X, Y[:-1], r"Y has shape \(149, 3\); \(150, 3\)"),
    "two classes": (X, Y[:, :2], "Y has shape"),
    "targets of NaN": (X, np.where(Y == 1, np.nan, Y), "Y holds NaN"),
    "rows of zeros": (X, 0 * Y, "Y: row 0 sums to 0"),
    "negative shares": (X, 1.5 * Y - 0.25 * (1 - Y), "Y has a negative entry"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ("step", "fit", "gradients", "loss"))
def test_bad_input_is_refused_and_changes_nothing(method, form, bad):
    network, twin = form(), form()
    network.step(X, Y, 0.1)  # so that buffers are there
    twin.step(X, Y, 0.1)
    wrong_X, wrong_Y, message = BAD[bad]
    rest = {"step": (0.1,), "fit": (0.1, 3)}.get(method, ())
    with pytest.raises(ValueError, match=message):
        getattr(network, method)(wrong_X, wrong_Y, *rest)
    assert_same(network.parameters, twin.parameters, 0)
    assert network.step(X, Y, 0.1) == twin.step(X, Y, 0.1)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("rate", (0, -0.1, np.nan, np.inf, "fast", None))
@pytest.mark.parametrize("method", ("step", "fit"))
def test_a_learning_rate_that_is_none_is_refused(method, rate, form):
    network = form()
    network.step(X, Y, 0.1)
    before = kept(network)
    with pytest.raises(ValueError, match="learning_rate is .* positive finite number"):
        getattr(network, method)(X, Y, rate, *((3,) if method == "fit" else ()))
    assert_same(network.parameters, before, 0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("epochs", (0, -1, 2.5, "3"))
def test_epochs_are_a_positive_integer(epochs, form):
    with pytest.raises(ValueError, match="epochs is .* positive integer"):
        form().fit(X, Y, 0.1, epochs)


@pytest.mark.parametrize("form", FORMS)
def test_bad_validation_data_are_refused_before_the_first_step(form):
    network = form()
    with pytest.raises(ValueError, match="validation X has shape"):
        network.fit(X, Y, 0.1, 3, validation=(X[:, :2], Y))
    assert_same(network.parameters, form().parameters, 0)


@pytest.mark.parametrize("form", FORMS)
def test_logits_that_overflowed_are_refused_and_change_nothing(form):
    network = form()
    network.parameters["W2"][...] = 1e308
    before = kept(network)
    with pytest.raises(ValueError, match="logits holds NaN or infinity"):
        network.step(X, Y, 0.1)
    assert_same(network.parameters, before, 0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("dtype, rate", [("float64", 1e10), ("float64", 1e200), ("float32", 1e30)])
@pytest.mark.filterwarnings("error")
def test_a_network_that_diverges_ends_with_an_error_and_no_warning(form, activation, dtype, rate):
    X, Y = iris(dtype)
    network = form(activation=activation, dtype=dtype)
    try:
        network.fit(X, Y, rate, 50)
    except ValueError as error:
        assert "logits holds NaN or infinity" in str(error)


@pytest.mark.parametrize("form", FORMS)
def test_parameters_can_be_written_to_and_assigned(form):
    network, other = form(seed=1), form(seed=2)
    network.parameters["W1"][...] = other.parameters["W1"]
    network.parameters["b1"] = other.parameters["b1"]
    network.parameters = {name: other.parameters[name] for name in ("W2", "b2")}
    assert network.step(X, Y, 0.1) == other.step(X, Y, 0.1)
    assert_same(network.parameters, other.parameters, 0)
    assert network.parameters["W1"] is not other.parameters["W1"]


@pytest.mark.parametrize("form", FORMS)
def test_a_parameter_of_another_name_or_shape_is_refused(form):
    network = form()
    with pytest.raises(ValueError, match="no parameter 'W3'; there are W1, b1, W2, b2"):
        network.parameters["W3"] = np.zeros((3, 3))
    with pytest.raises(ValueError, match=r"b1 has shape \(10,\); \(1, 10\) is needed"):
        network.parameters["b1"] = np.zeros(10)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("duplicate", (copy.deepcopy, copy.copy, lambda network: pickle.loads(pickle.dumps(network))))
def test_a_copy_has_a_life_of_its_own(form, duplicate):
    network = form((4, 6, 3), "tanh", seed=5, dtype="float32")
    single = X.astype("float32"), Y.astype("float32")
    network.step(*single, 0.1)
    twin, before = duplicate(network), kept(network)
    assert_same(twin.parameters, before, 0)
    twin.step(*single, 0.1)
    assert_same(network.parameters, before, 0)
    network.step(*single, 0.1)
    assert_same(network.parameters, twin.parameters, 0)


@pytest.mark.parametrize(
    "arguments, message",
    (
        ({"layer_sizes": (4,)}, "layer_sizes is .* two or more positive integers"),
        ({"layer_sizes": (4, 0, 3)}, "layer_sizes"),
        ({"layer_sizes": (4, 2.5, 3)}, "layer_sizes"),
        ({"activation": "step"}, "activation is 'step'; known are 'relu', 'sigmoid', 'tanh'"),
        ({"dtype": "float16"}, "dtype is 'float16'"),
    ),
)
@pytest.mark.parametrize("form", FORMS)
def test_a_network_that_cannot_be_is_refused(form, arguments, message):
    with pytest.raises(ValueError, match=message):
        form(**arguments)
