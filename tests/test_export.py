"""What is given away is the network: in float16, as a Keras file, as ONNX."""

import json

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib import architecture, data, export, models, training
from hwlib.models import keras

TENSORS = ["conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias", "dense1/kernel", "dense1/bias",
           "dense2/kernel", "dense2/bias"]  # fmt: skip


@pytest.fixture(scope="module")
def network():
    """The header and the network of the committed .bin file."""
    return export.load()


@pytest.fixture(scope="module")
def test_set():
    return data.load_mnist()[1]


def images(count):
    return (data.load_mnist()[1][0][:count, ..., np.newaxis] / 255).astype(np.float32)


# The committed files


def test_the_committed_file_is_small_and_says_what_it_is(network):
    header, model = network
    assert (export.FOLDER / "mnist_cnn.bin").stat().st_size < 1_300_000
    assert {"format", "input", "layers", "recipe", "test_accuracy", "sha256", "tensors"} <= header.keys()
    assert header["layers"] == architecture.describe(model)
    assert [tensor["name"] for tensor in header["tensors"]] == TENSORS
    assert [tuple(t["shape"]) for t in header["tensors"]] == [w.shape for w in model.get_weights()]


def test_the_committed_network_has_the_accuracy_of_its_header_and_of_the_original(network, test_set):
    header, model = network
    accuracy = training.evaluate(model, test_set)[1]
    assert accuracy == pytest.approx(header["test_accuracy"], abs=1.5e-4)  # another processor may round otherwise
    assert abs(accuracy - header["test_accuracy_float32"]) <= 2e-4
    assert accuracy > 0.994


def test_the_committed_keras_file_is_the_same_network(network):
    reloaded = keras.saving.load_model(export.FOLDER / "mnist_cnn.keras")
    for ours, rounded in zip(reloaded.get_weights(), network[1].get_weights(), strict=True):
        np.testing.assert_array_equal(ours.astype(np.float16), rounded)


def test_the_committed_onnx_file_gives_the_same_logits_as_the_keras_file():
    reloaded = keras.saving.load_model(export.FOLDER / "mnist_cnn.keras")
    session = onnxruntime.InferenceSession(export.FOLDER / "mnist_cnn.onnx")
    (logits,) = session.run(["logits"], {"images": images(500)})
    np.testing.assert_allclose(logits, training.logits(reloaded, images(500)), rtol=0, atol=1e-4)


# Any network


def test_all_three_formats_reload_to_the_same_network(tmp_path):
    model = models.mnist_cnn(seed=1)
    x = images(20)
    expected = training.logits(model, x)
    model.save(tmp_path / "network.keras")
    reloaded = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(training.logits(reloaded, x), expected)
    (by_onnx,) = onnxruntime.InferenceSession(export.onnx_model(model).SerializeToString()).run(None, {"images": x})
    np.testing.assert_allclose(by_onnx, expected, rtol=0, atol=1e-5)
    (tmp_path / "network.bin").write_bytes(export.pack_model(model))
    np.testing.assert_allclose(
        training.logits(export.load(tmp_path / "network.bin")[1], x), expected, rtol=0, atol=5e-3
    )


shapes = st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=5)


@given(shapes, st.integers(0, 2**31), st.text(max_size=20))
def test_unpacking_gives_what_was_packed_to_half_precision(shapes, seed, text):
    rng = np.random.default_rng(seed)
    weights = {f"tensor {i}": rng.normal(size=shape).astype(np.float32) for i, shape in enumerate(shapes)}
    content = export.pack(weights, recipe=text)
    header, unpacked = export.unpack(content)
    assert header["recipe"] == text and list(unpacked) == list(weights)
    for name, array in weights.items():
        assert unpacked[name].shape == array.shape
        np.testing.assert_array_equal(unpacked[name], array.astype(np.float16))


@given(st.text(max_size=9))
def test_the_payload_starts_at_a_multiple_of_four_bytes(text):
    content = export.pack({"w": np.ones(3)}, recipe=text)
    assert (len(content) - 3 * 2) % 4 == 0


@given(st.data())
@settings(max_examples=50)
def test_a_cut_or_altered_file_is_refused(data):
    content = export.pack({"w": np.arange(6.0)}, recipe="none")
    if data.draw(st.booleans()):
        damaged = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        at = data.draw(st.integers(len(content) - 12, len(content) - 1))  # in the payload
        damaged = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
    with pytest.raises(ValueError, match="no exported network|cut off or altered"):
        export.unpack(damaged)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6])
def test_a_weight_that_float16_has_not_is_refused(value):
    with pytest.raises(ValueError, match="weights dense/bias hold a value that float16 has not"):
        export.pack({"dense/bias": np.array([1.0, value])})


def test_a_missing_or_damaged_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.bin is not there: make it with `python -m hwlib.export`"):
        export.load(tmp_path / "none.bin")
    (tmp_path / "text.bin").write_text("hello")
    with pytest.raises(ValueError, match="text.bin: this is no exported network"):
        export.load(tmp_path / "text.bin")


def test_the_network_that_is_exported_is_that_of_the_first_seed(tmp_path, monkeypatch):
    """With a study of two tiny runs in place of the real one."""
    from hwlib import study

    tiny = study.Study("tiny", "mnist", [{"images": 64, "epochs": 1, "held_out": "last"}], range(2), keep=True)
    study.run_study(export.STUDY, tiny, folder=tmp_path, jobs=1)
    monkeypatch.setattr(study, "FOLDER", tmp_path)
    (tmp_path / "out").mkdir()
    assert [path.name for path in export.export(tmp_path / "out")] == [
        "mnist_cnn.bin", "mnist_cnn.keras", "mnist_cnn.onnx",
    ]  # fmt: skip
    first = min(study.load(export.STUDY), key=lambda record: record["seed"])
    header, _ = export.load(tmp_path / "out" / "mnist_cnn.bin")
    assert header["recipe"] == first["settings"] and header["seed"] == first["seed"]
    assert json.dumps(header["recipe"])


def test_the_command_says_in_one_line_what_is_wrong(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        export.main(["--folder", str(tmp_path / "none")])
    assert stopped.value.code == 1
    assert capsys.readouterr().err == f"python -m hwlib.export: --folder {tmp_path / 'none'} is no folder\n"


# The architecture


def small_network(activation="relu", seed=3):
    """Another network than the report's: unequal sizes and strides, three channels in the middle."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(3, (3, 2), strides=(2, 1), activation=activation, name="first"),
            layers.MaxPooling2D((2, 3), name="pool"),
            layers.Flatten(name="flat"),
            layers.Dropout(0.2, name="drop"),
            layers.Dense(7, activation=activation, name="hidden"),
            layers.Dense(10, name="logits"),
        ]
    )


def test_a_network_is_built_again_from_its_description():
    model = small_network()
    copy = architecture.keras_model(model.input_shape[1:], json.loads(json.dumps(architecture.describe(model))))
    copy.set_weights(model.get_weights())
    assert architecture.describe(copy) == architecture.describe(model)
    np.testing.assert_allclose(copy(images(5)), model(images(5)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_any_such_network_is_the_same_in_onnx(activation):
    model = small_network(activation)
    (found,) = onnxruntime.InferenceSession(export.onnx_model(model).SerializeToString()).run(
        None, {"images": images(5)}
    )
    np.testing.assert_allclose(found, model(images(5)), rtol=0, atol=1e-5)


def test_the_operations_of_the_report_s_network_are_those_counted_by_hand():
    model = models.mnist_cnn()
    products = 27 * 27 * 32 * 4 * 2 + (6 * 6 * 64 * 288 + 576 * 1024 + 1024 * 10) * 3  # no gradient by the image
    assert architecture.flop(model.input_shape[1:], architecture.describe(model)) == 2 * products


@pytest.mark.parametrize(
    "layer, message",
    [
        (lambda layers: layers.Conv2D(3, 3, padding="same", name="odd"), "'odd', a Conv2D that no exported file"),
        (lambda layers: layers.Conv2D(3, 3, use_bias=False, name="odd"), "'odd', a Conv2D that no exported file"),
        (lambda layers: layers.Conv2D(4, 3, groups=2, name="odd"), "'odd', a Conv2D that no exported file"),
        (lambda layers: layers.MaxPooling2D(padding="same", name="odd"), "'odd', a MaxPooling2D that no exported file"),
        (lambda layers: layers.Dense(3, name="odd"), "'odd', a Dense that no exported file"),
        (lambda layers: layers.BatchNormalization(name="odd"), "'odd', a BatchNormalization that no exported file"),
        (
            lambda layers: layers.Conv2D(3, 3, activation="selu", name="odd"),
            "'odd' has the activation 'selu'; known are",
        ),
    ],
)
def test_what_no_exported_file_can_hold_is_refused(layer, message):
    with pytest.raises(ValueError, match=message):
        architecture.describe(keras.Sequential([keras.layers.Input((8, 8, 2)), layer(keras.layers)]))
