"""The network that the book publishes: float16 for the browser, Keras and ONNX for everybody else.

    python -m hwlib.export             writes data/mnist_cnn.bin, .keras and .onnx

The network is that of the first seed of the study `cnn-best`, fixed before any of its networks saw the test set: the
recipe was chosen on a validation set, and among the seeds there is no choice. It is taken from the study's checkpoint
or, where that is gone, trained again.

Layout of the .bin: the 8 bytes HWLIBNN1; the header's length, an unsigned 32-bit integer; the header, UTF-8
JSON; the tensors, float16, one behind the other in C order. Everything is little-endian. The header's `input`
is the shape of one example and `layers` the network as hwlib/architecture.py describes it: whoever reads the
file builds the network from it. `tensors` give name, shape and offset into the payload in bytes; the layout is
Keras's (a convolution's kernel is height, width, in, out).
"""

import argparse
import hashlib
import json
import struct
from pathlib import Path

import numpy as np

from hwlib import architecture, files, study, tasks

MAGIC = b"HWLIBNN1"
STUDY = "cnn-best"
FOLDER = Path(__file__).resolve().parents[1] / "data"


def pack_model(model, **about):
    """Return the bytes of a .bin file that holds a Keras model: its architecture and its weights.

    `about` is what else the header says. Raises ValueError for a layer that `hwlib.architecture` does not know or
    a weight that float16 has not.
    """
    layers = architecture.describe(model)
    return pack(named_weights(model), input=list(model.input_shape[1:]), layers=layers, **about)


def pack(weights, **about):
    """Return the bytes of a .bin file.

    Parameters
    ----------
    weights : dict of name → array, in the order they are to have
    about : what else the header says, values for JSON

    Raises
    ------
    ValueError
        If a weight is no finite number in float16.
    """
    tensors, parts, offset = [], [], 0
    for name, array in weights.items():
        if not np.isfinite(array).all() or np.abs(array).max() > np.finfo(np.float16).max:
            raise ValueError(f"weights {name} hold a value that float16 has not: NaN, infinity or above 65504")
        part = np.asarray(array, "<f2").tobytes()
        tensors.append({"name": name, "shape": list(array.shape), "offset": offset})
        parts.append(part)
        offset += len(part)
    payload = b"".join(parts)
    about |= {"sha256": hashlib.sha256(payload).hexdigest(), "tensors": tensors}
    header = json.dumps({"format": "float16 little-endian", **about}).encode()
    header += b" " * (-(len(MAGIC) + 4 + len(header)) % 4)  # so that a browser can view the payload in place
    return MAGIC + struct.pack("<I", len(header)) + header + payload


def unpack(content):
    """Return (header, weights) from the bytes of a .bin file: a dict, and a dict of name → float32 array.

    Raises ValueError if the bytes are no such file, cut off or altered.
    """
    if content[:8] != MAGIC or len(content) < 12:
        raise ValueError(f"this is no exported network: it begins with {content[:8]!r}, not {MAGIC!r}")
    (length,) = struct.unpack("<I", content[8:12])
    try:
        header = json.loads(content[12 : 12 + length])
    except ValueError:
        raise ValueError(f"the header of {length} bytes is cut off or altered: it is no JSON") from None
    payload = content[12 + length :]
    found = hashlib.sha256(payload).hexdigest()
    if found != header["sha256"]:
        raise ValueError(f"the weights are cut off or altered: sha256 {found}, not {header['sha256']}")
    weights = {}
    for tensor in header["tensors"]:
        count = int(np.prod(tensor["shape"]))
        array = np.frombuffer(payload, "<f2", count, tensor["offset"])
        weights[tensor["name"]] = array.reshape(tensor["shape"]).astype(np.float32)
    return header, weights


def named_weights(model):
    """Return the weights of a model as a dict: "conv1/kernel", "conv1/bias", …"""
    return {
        f"{layer.name}/{kind}": array
        for layer in model.layers
        for kind, array in zip(("kernel", "bias"), layer.get_weights(), strict=False)
    }


def load(path=FOLDER / "mnist_cnn.bin"):
    """Return (header, model): the network in a .bin file as a Keras model.

    Raises FileNotFoundError if it is not there, ValueError if it is damaged.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is not there: make it with `python -m hwlib.export`")
    try:
        header, weights = unpack(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    model = architecture.keras_model(header["input"], header["layers"])
    model.set_weights(list(weights.values()))
    return header, model


ONNX_ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}


def onnx_model(model):
    """Return a network as an onnx.ModelProto: input "images" (n, 28, 28, 1) in [0, 1], output "logits" (n, 10).

    ONNX convolves (n, channels, height, width): the kernels are permuted, and so are the rows of a dense layer
    that sees flattened channels in another order. Raises ValueError for an activation that this opset has not.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = named_weights(model)
    rows, columns, channels = before = model.input_shape[1:]
    nodes = [helper.make_node("Transpose", ["images"], ["channels first"], perm=[0, 3, 1, 2])]
    last, flattened = "channels first", None

    def add(operation, *names, **attributes):
        nonlocal last
        nodes.append(helper.make_node(operation, [last, *names], [f"{len(nodes)}"], **attributes))
        last = f"{len(nodes) - 1}"

    for layer in architecture.describe(model):
        names = f"{layer['name']}/kernel", f"{layer['name']}/bias"
        if layer["kind"] == "conv":
            weights[names[0]] = weights[names[0]].transpose(3, 2, 0, 1)
            add("Conv", *names, strides=layer["stride"])
        elif layer["kind"] == "max_pool":
            add("MaxPool", kernel_shape=layer["size"], strides=layer["stride"])
        elif layer["kind"] == "flatten":
            add("Flatten")
            flattened = before
        elif layer["kind"] == "dense":
            if flattened:
                kernel = weights[names[0]]
                weights[names[0]] = kernel.reshape(*flattened, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
                flattened = None
            add("Gemm", *names)
        if layer["activation"] != "linear":
            if layer["activation"] not in ONNX_ACTIVATIONS:
                raise ValueError(f"layer {layer['name']!r}: ONNX's opset 13 has no {layer['activation']}")
            add(ONNX_ACTIVATIONS[layer["activation"]])
        before = layer["shape"]
    nodes[-1].output[0] = "logits"
    graph = helper.make_graph(
        nodes,
        model.name,
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", rows, columns, channels])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", *before])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in weights.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(proto)
    return proto


def published_network():
    """Return (record, model, test): the run of `cnn-best` with the smallest seed, its network, the test set."""
    record = min(study.load(STUDY), key=lambda record: record["seed"])
    run = study.Run(record["task"], record["settings"], record["seed"])
    checkpoint = study.checkpoint_path(STUDY, run)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    model, _, test = tasks.trained_cnn(
        **run.settings, seed=run.seed, checkpoint=str(checkpoint), progress=lambda line: print(line, flush=True)
    )
    return record, model, test


def export(folder):
    """Write the published network into `folder` in the three formats; yield each path."""
    from hwlib import training

    record, model, test = published_network()
    rounded = architecture.keras_model(model.input_shape[1:], architecture.describe(model))
    rounded.set_weights([array.astype(np.float16) for array in model.get_weights()])
    about = {
        "recipe": record["settings"],
        "seed": record["seed"],
        "revision": record["revision"],
        "test_accuracy": training.evaluate(rounded, test)[1],
        "test_accuracy_float32": training.evaluate(model, test)[1],
    }
    writers = {
        "mnist_cnn.bin": lambda path: path.write_bytes(pack_model(model, **about)),
        "mnist_cnn.keras": model.save,
        "mnist_cnn.onnx": lambda path: path.write_bytes(onnx_model(model).SerializeToString()),
    }
    for name, write in writers.items():
        with files.replacing(folder / name) as beside:
            write(beside)
        yield folder / name


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m hwlib.export", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files go (data)")
    folder = parser.parse_args(arguments).folder
    try:
        if not folder.is_dir():
            raise FileNotFoundError(f"--folder {folder} is no folder")
        for path in export(folder):
            print(f"{path.name:16} {path.stat().st_size / 1e6:.2f} MB")
    except ImportError as error:
        parser.exit(1, f"{parser.prog}: {error.name} is missing: pip install onnx\n")
    except (OSError, ValueError) as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


if __name__ == "__main__":
    main()
