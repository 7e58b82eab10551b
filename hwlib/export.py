"""The network that the book publishes: float16 for the browser, Keras and ONNX for everybody else.

    python -m hwlib.export             writes data/mnist_cnn.bin, .keras and .onnx

The network is that of the first seed of the study `cnn-best`, fixed before any of its networks saw the test set: the
recipe was chosen on a validation set, and among the seeds there is no choice. It is taken from the study's checkpoint
or, where that is gone, trained again.

Layout of the .bin: the 8 bytes HWLIBNN1; the header's length, an unsigned 32-bit integer; the header, UTF-8
JSON; the tensors, float16, one behind the other in C order. Everything is little-endian. The header's
`tensors` give name, shape and offset into the payload in bytes; the layout is Keras's (a convolution's
kernel is height, width, in, out).
"""

import argparse
import hashlib
import json
import os
import struct
from pathlib import Path

import numpy as np

from hwlib import study, tasks

MAGIC = b"HWLIBNN1"
STUDY = "cnn-best"
FOLDER = Path(__file__).resolve().parents[1] / "data"


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
    from hwlib import models

    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is not there: make it with `python -m hwlib.export`")
    try:
        header, weights = unpack(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    model = models.mnist_cnn()
    model.set_weights(list(weights.values()))
    return header, model


def onnx_model(model):
    """Return `mnist_cnn` as an onnx.ModelProto: input "images" (n, 28, 28, 1) in [0, 1], output "logits" (n, 10).

    ONNX convolves (n, channels, height, width): the kernels are turned, and so are the rows of the first
    dense layer, which sees the flattened channels in another order.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = named_weights(model)
    for name in ("conv1/kernel", "conv2/kernel"):
        weights[name] = weights[name].transpose(3, 2, 0, 1)
    dense1 = weights["dense1/kernel"]
    weights["dense1/kernel"] = dense1.reshape(3, 3, 64, -1).transpose(2, 0, 1, 3).reshape(dense1.shape)
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    node = helper.make_node
    nodes = [
        node("Transpose", ["images"], ["x0"], perm=[0, 3, 1, 2]),
        node("Conv", ["x0", "conv1/kernel", "conv1/bias"], ["x1"]),
        node("Relu", ["x1"], ["x2"]),
        node("MaxPool", ["x2"], ["x3"], **pool),
        node("Conv", ["x3", "conv2/kernel", "conv2/bias"], ["x4"], strides=[2, 2]),
        node("Relu", ["x4"], ["x5"]),
        node("MaxPool", ["x5"], ["x6"], **pool),
        node("Flatten", ["x6"], ["x7"]),
        node("Gemm", ["x7", "dense1/kernel", "dense1/bias"], ["x8"]),
        node("Relu", ["x8"], ["x9"]),
        node("Gemm", ["x9", "dense2/kernel", "dense2/bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "mnist_cnn",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 28, 28, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 10])],
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
    from hwlib import models, training

    record, model, test = published_network()
    weights = named_weights(model)
    rounded = models.mnist_cnn()
    rounded.set_weights([array.astype(np.float16) for array in weights.values()])
    about = {
        "architecture": [layer.name for layer in model.layers],
        "recipe": record["settings"],
        "seed": record["seed"],
        "revision": record["revision"],
        "test_accuracy": training.evaluate(rounded, test)[1],
        "test_accuracy_float32": training.evaluate(model, test)[1],
    }
    writers = {
        "mnist_cnn.bin": lambda path: path.write_bytes(pack(weights, **about)),
        "mnist_cnn.keras": model.save,
        "mnist_cnn.onnx": lambda path: path.write_bytes(onnx_model(model).SerializeToString()),
    }
    for name, write in writers.items():
        beside = folder / f"new-{name}"
        try:
            write(beside)
            os.replace(beside, folder / name)
        finally:
            beside.unlink(missing_ok=True)
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
