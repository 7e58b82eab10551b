"""Time a training step of the CNN in several ways, in turn, in one process.

    python -m hwlib.benchmark_cnn            prints the table (`make bench-cnn`)

Every contestant does the same updates of the same network: dropout, Adam, batches drawn at random from
MNIST in memory. They take turns for many rounds, so that whatever else the machine does hits them all, and
the fastest round counts: disturbances only ever add time.
PyTorch takes part where it is installed.
"""

import argparse
import importlib.util
import json
import os
import platform
import time
from pathlib import Path

import numpy as np

from hwlib import files


def network():
    """Return the input shape and the layers of the network, as `hwlib.architecture` describes them."""
    from hwlib import architecture, models

    model = models.mnist_cnn()
    return model.input_shape[1:], architecture.describe(model)


def flop_per_image():
    """Return the operations of one image, forward and backward."""
    from hwlib import architecture

    return architecture.flop(*network())


def hwlib_contestant(x, labels, batch, mixed):
    import tensorflow as tf

    from hwlib import models, training

    model = models.mnist_cnn()
    shapes = tuple(tuple(w.shape) for w in model.weights)
    recipe = training._Recipe("adam", batch, None, 0.0, None, mixed)
    program = training._Program(training._layers(model), shapes, "float32", recipe)
    program.begin(model.get_weights())
    tensors = tf.constant(x), tf.constant(labels)
    rng, done = np.random.default_rng(0), 0

    def steps(count):
        nonlocal done
        order = rng.permutation(len(x)).astype(np.int32)[np.newaxis]
        start = tf.constant([0, done], tf.int64)
        loss, _ = program.run(*tensors, order, np.full((1, count), 1e-4, np.float32), *tf.unstack(start))
        done += count
        return loss.numpy()

    return steps


def keras_fit(x, labels, batch, mixed, tf_data=False):
    from hwlib.models import keras, mnist_cnn

    keras.mixed_precision.set_global_policy("mixed_bfloat16" if mixed else "float32")
    model = mnist_cnn()
    keras.mixed_precision.set_global_policy("float32")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    x = (x / np.float32(255)).astype(np.float32)

    def steps(count):
        images = count * batch
        if tf_data:
            import tensorflow as tf

            data = tf.data.Dataset.from_tensor_slices((x[:images], labels[:images]))
            return model.fit(data.shuffle(images).batch(batch).prefetch(2), shuffle=False, verbose=0)
        return model.fit(x[:images], labels[:images], batch_size=batch, verbose=0)

    return steps


def keras_tf_data(x, labels, batch, mixed):
    return keras_fit(x, labels, batch, mixed, tf_data=True)


def torch_model(pool_first):
    """Return the network of `hwlib.models.mnist_cnn` in PyTorch, its pooling before ReLU if `pool_first`."""
    from torch import nn

    shape, layers = network()
    made = []
    for layer in layers:
        if layer["kind"] == "conv":
            made.append(nn.Conv2d(shape[-1], layer["shape"][-1], layer["size"], layer["stride"]))
        elif layer["kind"] == "max_pool":
            made.append(nn.MaxPool2d(layer["size"], layer["stride"]))
            if pool_first:
                made[-2:] = reversed(made[-2:])
        elif layer["kind"] == "dense":
            made.append(nn.Linear(shape[-1], layer["shape"][-1]))
        elif layer["kind"] == "dropout":
            made.append(nn.Dropout(layer["rate"]))
        else:
            made.append(nn.Flatten())
        if layer["activation"] == "relu":
            made.append(nn.ReLU())
        shape = layer["shape"]
    return nn.Sequential(*made)


def torch_contestant(x, labels, batch, mixed, tuned=False):
    import torch
    from torch import nn

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = torch_model(pool_first=tuned).to(device)
    images = torch.tensor(x.transpose(0, 3, 1, 2) / np.float32(255), dtype=torch.float32).to(device)
    targets = torch.tensor(labels, dtype=torch.int64).to(device)
    if tuned:
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=tuned)
    loss_of = nn.CrossEntropyLoss()

    def steps(count):
        order = torch.randperm(len(images), device=device)[: count * batch]
        for rows in order.split(batch):
            with torch.autocast(device, torch.bfloat16, enabled=mixed):
                loss = loss_of(model(images[rows]), targets[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()

    return steps


def torch_tuned(x, labels, batch, mixed):
    return torch_contestant(x, labels, batch, mixed, tuned=True)


CONTESTANTS = {
    "hwlib.training": hwlib_contestant,
    "keras fit, arrays": keras_fit,
    "keras fit, tf.data": keras_tf_data,
    "PyTorch": torch_contestant,
    "PyTorch, tuned": torch_tuned,
}


def sgemm_ceiling(size=2048, rounds=5):
    """Return the GFLOP/s of TensorFlow's float32 matrix product, the best of some rounds."""
    import tensorflow as tf

    a = tf.random.stateless_normal((size, size), [0, 1])
    seconds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        tf.matmul(a, a)[0, 0].numpy()
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds[1:]) / 1e9


def measure(batch=64, steps=300, rounds=10, threads=2, mixed=False, progress=print):
    """Return {"sgemm": GFLOP/s, "contestants": {name: milliseconds a step, one number a round}, …}."""
    from hwlib import data
    from hwlib.training import tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    there = dict(CONTESTANTS)
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(threads)
    else:
        there = {name: make for name, make in there.items() if not name.startswith("PyTorch")}
    (x, labels), _ = data.load_mnist()
    x, labels = x[..., np.newaxis], labels.astype(np.int32)
    runs = {name: make(x, labels, batch, mixed) for name, make in there.items()}
    for name, run in runs.items():
        progress(f"warming up: {name}")
        run(steps)
    times = {name: [] for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter()
            run(steps)
            times[name].append((time.perf_counter() - start) / steps * 1e3)
        progress(f"round {number + 1}/{rounds}: " + "  ".join(f"{n} {t[-1]:.2f} ms" for n, t in times.items()))
    return {
        "flop_per_image": flop_per_image(),
        "batch": batch,
        "steps": steps,
        "threads": threads,
        "mixed_precision": mixed,
        "device": "GPU" if tf.config.list_physical_devices("GPU") else "CPU",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "sgemm": sgemm_ceiling(),
        "milliseconds": times,
    }


def table(result):
    """Return the result of `measure` as lines of text: each one's fastest round, `keras fit` on arrays as 1."""
    fastest = {name: min(times) for name, times in result["milliseconds"].items()}
    base = fastest["keras fit, arrays"]
    lines = [
        f"batch {result['batch']}, {result['threads']} threads, {result['device']}; "
        f"sgemm ceiling {result['sgemm']:.0f} GFLOP/s",
        f"{'':20}{'ms/step':>9}{'images/s':>10}{'GFLOP/s':>9}{'of sgemm':>10}{'speed':>8}",
    ]
    for name, milliseconds in fastest.items():
        images = result["batch"] / milliseconds * 1e3
        rate = images * result["flop_per_image"] / 1e9
        lines.append(
            f"{name:20}{milliseconds:9.2f}{images:10.0f}{rate:9.0f}{rate / result['sgemm']:10.0%}"
            f"{base / milliseconds:7.2f}×"
        )
    return lines


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m hwlib.benchmark_cnn", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--batch", type=int, default=64, help="images a step (64)")
    parser.add_argument("--steps", type=int, default=300, help="steps a turn (300)")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each contestant (10)")
    parser.add_argument("--threads", type=int, default=2, help="threads of TensorFlow and PyTorch (2)")
    parser.add_argument("--mixed", action="store_true", help="bfloat16 where it pays: for GPUs")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the times to this JSON file too")
    options = parser.parse_args(arguments)
    for name in ("batch", "steps", "rounds", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if options.batch * options.steps > 60_000:
        parser.error("--batch times --steps must not exceed the 60000 images")
    result = measure(options.batch, options.steps, options.rounds, options.threads, options.mixed)
    print(*table(result), sep="\n")
    if options.save:
        files.write_text(options.save, json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
