"""Training does Keras's update, always the same way, and survives being stopped."""

import errno
import os

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib import data, models, training
from hwlib.activations import ACTIVATIONS
from hwlib.models import keras

AUGMENTATION = {"shift": 1.5, "rotation": 10, "scale": 0.1}
EVERYTHING = {  # every ingredient at once, on a size that takes a second
    "epochs": 4,
    "batch_size": 48,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "augmentation": AUGMENTATION,
    "label_smoothing": 0.05,
    "average": 0.9,
    "progress": None,
}


@pytest.fixture(scope="module")
def mnist():
    (x, labels), (x_test, labels_test) = data.load_mnist()
    return (x[:200], labels[:200]), (x_test[:100], labels_test[:100])


@pytest.fixture(scope="module")
def iris():
    X, X_test, labels, labels_test = data.iris_split(0)
    return (X, labels), (X_test, labels_test)


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


# The update


def keras_losses(model, x, labels, seed, epochs, **compiled):
    """Train with plain `compile` and `fit`, in the order that hwlib.training takes; the loss of each epoch."""
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), **compiled)
    losses = []
    for epoch in range(epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(x))
        fit = model.fit(x[order], labels[order], batch_size=64, shuffle=False, verbose=0)
        losses += fit.history["loss"]
    return losses


def test_two_hundred_steps_give_the_losses_of_plain_keras():
    (x, labels), _ = data.load_mnist()
    x, labels = x[:640], labels[:640]  # 10 steps an epoch
    ours, theirs = models.mnist_cnn(0.0), models.mnist_cnn(0.0)
    history = training.train(ours, (x, labels), epochs=20, seed=5, report_every=20, progress=None)
    scaled = x[..., np.newaxis] / np.float32(255)
    expected = keras_losses(theirs, scaled, labels, 5, 20, optimizer=keras.optimizers.Adam(1e-4))
    # Rounding is the only difference, and training amplifies it: 1e-6 at first, 1e-4 after 200 steps.
    np.testing.assert_allclose(history["loss"][:3], expected[:3], rtol=1e-5)
    np.testing.assert_allclose(history["loss"], expected, rtol=2e-3)


EXACT = {"beta1": 0.875, "beta2": 1 - 2**-10}  # in float32 too, to which Keras rounds Adam's rates on the way


@pytest.fixture
def double(monkeypatch):
    """Keras's data, rates and metrics in float64, which `fit` else rounds to float32; Adam's rates exact in both."""
    for name, rate in EXACT.items():
        monkeypatch.setitem(training.ADAM, name, rate)
    training._program.cache_clear()  # nothing traced with other rates
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")  # a layer made meanwhile has fixed it
    training._program.cache_clear()


def adam(rate):
    return keras.optimizers.Adam(rate, beta_1=EXACT["beta1"], beta_2=EXACT["beta2"])


def test_in_double_precision_two_hundred_steps_of_the_cnn_agree_to_eight_digits(double):
    """So what differs in float32 is rounding and nothing else."""

    def in_double(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float64"})

    (x, labels), _ = data.load_mnist()
    x, labels = x[:640, ..., np.newaxis] / 255, labels[:640]
    ours, theirs = (keras.models.clone_model(models.mnist_cnn(0.0), clone_function=in_double) for _ in range(2))
    theirs.set_weights(ours.get_weights())
    history = training.train(ours, (x, labels), epochs=20, report_every=20, progress=None)
    expected = keras_losses(theirs, x, labels, 0, 20, optimizer=adam(1e-4))
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-8)


@pytest.mark.parametrize("optimizer, rate", [("adam", 0.01), ("sgd", 0.3)])
def test_both_optimizers_are_those_of_keras_in_double_precision(iris, double, optimizer, rate):
    x, labels = iris[0][0][:90], iris[0][1][:90]
    ours, theirs = (models.iris_mlp(7, "tanh", dtype="float64") for _ in range(2))
    history = training.train(
        ours, (x, labels), optimizer=optimizer, learning_rate=rate, batch_size=64, epochs=30, progress=None
    )
    compiled = {"adam": adam, "sgd": keras.optimizers.SGD}[optimizer](rate)
    expected = keras_losses(theirs, x, labels, 0, 30, optimizer=compiled)
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-10)


@given(st.integers(0, 2**31))
@settings(max_examples=5)
def test_pooling_before_relu_is_the_same_function(seed):
    model = models.mnist_cnn(seed=seed % 1000)
    x = np.random.default_rng(seed).random((5, 28, 28, 1), np.float32)
    np.testing.assert_allclose(training.logits(model, x), model(x).numpy(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("activation", ["linear", *ACTIVATIONS])
def test_every_activation_is_pooled_in_an_order_that_changes_nothing(activation):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((9, 9, 1)),
            layers.Conv2D(4, 2, activation=activation),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(3, activation=activation),
        ]
    )
    x = 3 * np.random.default_rng(0).standard_normal((5, 9, 9, 1), np.float32)
    np.testing.assert_allclose(training.logits(model, x), model(x).numpy(), rtol=0, atol=1e-5)


@given(st.integers(0, 2**31))
@settings(max_examples=5)
def test_the_gradients_are_those_of_the_keras_model(seed):
    model = models.mnist_cnn(seed=seed % 1000)
    x = np.random.default_rng(seed).random((8, 28, 28, 1), np.float32)
    weights = [tf.constant(w) for w in model.get_weights()]
    with tf.GradientTape() as fast, tf.GradientTape() as plain:
        fast.watch(weights)
        ours = tf.reduce_sum(training._forward(training._layers(model), weights, tf.constant(x)) ** 2)
        theirs = tf.reduce_sum(model(x) ** 2)
    theirs = plain.gradient(theirs, model.trainable_variables)
    for mine, other in zip(fast.gradient(ours, weights), theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-4 * np.abs(other).max())


def test_held_out_figures_are_those_of_evaluate_and_of_keras(mnist):
    model = models.mnist_cnn()
    history = training.train(model, *mnist, epochs=1, progress=None)
    loss, accuracy = training.evaluate(model, mnist[1])
    assert history["held_out_accuracy"] == [pytest.approx(accuracy)]
    assert history["held_out_loss"] == [pytest.approx(loss, rel=1e-5)]
    predicted = model(mnist[1][0][..., np.newaxis] / np.float32(255)).numpy().argmax(axis=1)
    assert accuracy == np.mean(predicted == mnist[1][1])


def test_the_network_learns(mnist):
    model = models.mnist_cnn()
    history = training.train(model, *mnist, learning_rate=1e-3, batch_size=32, epochs=10, progress=None)
    assert history["held_out_accuracy"][-1] > 0.7 and history["loss"][-1] < 0.6 * history["loss"][0]


def test_bfloat16_takes_nearly_the_same_way(mnist):
    plain, mixed = (
        training.train(models.mnist_cnn(0), mnist[0], epochs=2, mixed_precision=mixed, progress=None)
        for mixed in (False, True)
    )
    np.testing.assert_allclose(mixed["loss"], plain["loss"], rtol=0.02)


# The ingredients


def test_the_cosine_schedule_rises_for_one_epoch_and_falls_to_zero():
    rates = training.learning_rates(0.002, "cosine", 12, 100)
    assert rates.shape == (12, 100)
    assert np.all(np.diff(rates[0]) > 0) and np.all(np.diff(rates[1:].ravel()) < 0)
    assert rates.max() == pytest.approx(0.002) and rates[-1, -1] == pytest.approx(0, abs=1e-12)


def test_augmentation_by_nothing_changes_nothing(mnist):
    images = tf.constant(mnist[0][0][:5, ..., np.newaxis], tf.float32)
    key = tf.constant([1, 2], tf.int64)
    np.testing.assert_allclose(training._moved(images, (0.0, 0.0, 0.0), key), images, atol=1e-3)


def test_augmentation_moves_the_ink_by_at_most_the_shift(mnist):
    image = np.zeros((50, 28, 28, 1), np.float32)
    image[:, 13:15, 13:15] = 1
    moved = training._moved(tf.constant(image), (1.5, 0.0, 0.0), tf.constant([1, 2], tf.int64)).numpy()[..., 0]
    centers = np.array([(frame.sum(axis=1) @ np.arange(28), frame.sum(axis=0) @ np.arange(28)) for frame in moved])
    offsets = centers / moved.sum(axis=(1, 2))[:, np.newaxis] - 13.5
    assert np.abs(offsets).max() <= 1.51 and np.abs(offsets).max() > 1 and len(np.unique(offsets)) > 90


def test_the_average_of_weights_lies_between_them_and_is_what_the_model_holds(mnist):
    settings_ = {"epochs": 3, "learning_rate": 1e-3, "progress": None}
    plain, averaged = models.mnist_cnn(0), models.mnist_cnn(0)
    training.train(plain, mnist[0], **settings_)
    history = training.train(averaged, *mnist, average=0.5, **settings_)
    assert not same(plain, averaged)
    assert history["held_out_accuracy"][-1] == pytest.approx(training.evaluate(averaged, mnist[1])[1])


def test_smoothing_mixes_the_targets_with_the_uniform_distribution(iris):
    one_step = {"optimizer": "sgd", "learning_rate": 1e-9, "batch_size": None, "epochs": 1, "progress": None}
    model = models.iris_mlp(dtype="float64")
    log_p = tf.nn.log_softmax(training.logits(model, iris[0][0])).numpy()
    targets = 0.8 * np.eye(3)[iris[0][1]] + 0.2 / 3
    history = training.train(model, iris[0], label_smoothing=0.2, **one_step)
    assert history["loss"][0] == pytest.approx(-(targets * log_p).sum(axis=1).mean(), rel=1e-12)


# The same every time


@pytest.mark.parametrize("network", ["mnist", "iris"])
def test_a_seed_fixes_weights_and_history(network, request):
    training_data, held_out = request.getfixturevalue(network)
    make = {"mnist": models.mnist_cnn, "iris": models.iris_mlp}[network]
    chosen = EVERYTHING | ({"augmentation": None} if network == "iris" else {})
    results = []
    for seed in (1, 1, 2):
        model = make()
        results.append((model, training.train(model, training_data, held_out, seed=seed, **chosen)))
    (first, history), (again, history_again), (other, _) = results
    assert same(first, again) and history == history_again
    assert not same(first, other)


def test_grouping_epochs_changes_nothing(iris):
    settings_ = {"batch_size": 32, "epochs": 7, "progress": None}
    histories = [training.train(models.iris_mlp(), *iris, report_every=n, **settings_) for n in (1, 3, 7)]
    assert histories[0] == histories[1] == histories[2]


def test_progress_is_a_line_an_epoch(iris):
    lines = []
    training.train(models.iris_mlp(), *iris, epochs=3, progress=lines.append)
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert "held out accuracy" in lines[0]


# Being stopped


def test_a_run_stopped_after_any_epoch_ends_as_if_it_had_not_been(mnist, tmp_path):
    whole = models.mnist_cnn()
    history = training.train(whole, *mnist, **EVERYTHING)

    class Stop(Exception):
        pass

    def stop(line):
        raise Stop

    for epoch in range(1, 4):
        path = tmp_path / f"after-{epoch}.npz"
        for _ in range(epoch):
            with pytest.raises(Stop):
                training.train(models.mnist_cnn(), *mnist, checkpoint=path, **EVERYTHING | {"progress": stop})
        continued = models.mnist_cnn()
        assert training.train(continued, *mnist, checkpoint=path, **EVERYTHING) == history
        assert same(continued, whole)


@given(st.integers(0, 100_000))
@settings(max_examples=8)
def test_a_cut_checkpoint_is_refused_and_left_as_it_is(tmp_path_factory, iris, length):
    path = tmp_path_factory.mktemp("cut") / "run.npz"
    training.train(models.iris_mlp(), *iris, epochs=1, checkpoint=path, progress=None)
    content = path.read_bytes()
    path.write_bytes(cut := content[: length % len(content)])
    with pytest.raises(ValueError, match="is damaged .*; delete it to start that run from its beginning"):
        training.train(models.iris_mlp(), *iris, epochs=1, checkpoint=path, progress=None)
    assert path.read_bytes() == cut


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"seed": 1}, {"epochs": 3}, {"optimizer": "sgd"}])
def test_a_checkpoint_of_another_run_is_refused(iris, tmp_path, change):
    settings_ = {"epochs": 2, "checkpoint": tmp_path / "run.npz", "progress": None}
    training.train(models.iris_mlp(), *iris, **settings_)
    with pytest.raises(ValueError, match="belongs to a run with other settings, data or initial weights"):
        training.train(models.iris_mlp(), *iris, **settings_ | change)


def test_a_full_disk_keeps_the_last_checkpoint_and_says_so(iris, tmp_path, monkeypatch):
    settings_ = {"epochs": 3, "checkpoint": tmp_path / "run.npz", "progress": None}
    training.train(models.iris_mlp(), *iris, **settings_)
    before = (tmp_path / "run.npz").read_bytes()
    monkeypatch.setattr(training, "_restore", lambda *_: (0, {"loss": [], "accuracy": []}))

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        OSError, match="of epoch 1 could not be written .No space left on device.; the last one is kept"
    ):
        training.train(models.iris_mlp(), iris[0], **settings_)
    assert (tmp_path / "run.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


# Bad input


@pytest.mark.parametrize(
    "settings_, message",
    [
        ({"learning_rate": 0}, "learning_rate must be a number above 0; got 0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0; got nan"),
        ({"optimizer": "lion"}, "optimizer is 'lion'; known are 'adam', 'sgd'"),
        ({"schedule": "step"}, "schedule is 'step'; known are None, 'cosine'"),
        ({"batch_size": 0}, "batch_size must be an integer of at least 1; got 0"),
        ({"epochs": 2.5}, "epochs must be an integer of at least 1; got 2.5"),
        ({"report_every": 0}, "report_every must be an integer of at least 1; got 0"),
        ({"seed": -1}, "seed must be an integer of at least 0; got -1"),
        ({"label_smoothing": 1}, r"label_smoothing must lie in \[0, 1\); got 1"),
        ({"average": 1.0}, r"average must be None or lie in \(0, 1\); got 1.0"),
        ({"augmentation": {"shift": 1}}, "augmentation must give shift, rotation and scale, each ≥ 0"),
        ({"augmentation": AUGMENTATION}, r"augmentation is for images; training x has shape \(120, 4\)"),
    ],
)
def test_bad_settings_are_refused_at_the_door(iris, settings_, message):
    with pytest.raises(ValueError, match=message):
        training.train(models.iris_mlp(), *iris, **settings_)


def changed(x, value):
    x = x.copy()
    x[3, 1] = value
    return x


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda x, y: (x[:, :3], y), r"training x has shape \(120, 3\); \(n, 4\) is needed"),
        (lambda x, y: (x[:0], y[:0]), "training x has shape .0, 4.; an empty batch has no value"),
        (lambda x, y: (changed(x, np.nan), y), "training x holds NaN or infinity"),
        (lambda x, y: (changed(x, np.inf), y), "training x holds NaN or infinity"),
        (lambda x, y: (x, y + 1), "training labels runs from 1 to 3; labels of 3 classes lie in 0 … 2"),
        (lambda x, y: (x, y.astype(float)), "training labels has dtype float64; integers are needed"),
        (lambda x, y: (x, y[:-1]), "training has 120 examples and 119 labels; one label each is needed"),
    ],
)
def test_bad_data_are_refused_at_the_door(iris, change, message):
    with pytest.raises(ValueError, match=message):
        training.train(models.iris_mlp(), change(*iris[0]), iris[1])


def test_a_network_with_an_unknown_layer_is_refused(iris):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.BatchNormalization(name="norm")])
    with pytest.raises(ValueError, match="model has the layer 'norm', which hwlib.training does not know"):
        training.train(model, *iris)


def test_an_activation_that_is_not_listed_is_refused(iris):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, activation="selu", name="logits")])
    with pytest.raises(ValueError, match="layer 'logits' has the activation 'selu'; known are linear, relu"):
        training.train(model, *iris)
