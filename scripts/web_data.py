"""Write the static data that the page's interactive elements load: iris, and a few digits of MNIST.

    python scripts/web_data.py FOLDER

makes FOLDER/digits.json (test images as base64), and copies data/iris.json (the 150 flowers and the held-out
ones of each seed) and data/mnist_cnn.bin (the trained network) beside it. What is there and no older than what
it is made from stays as it is, so a second call takes no time. data/iris.json is what `iris()` returns; it is
kept because the book's build has no scikit-learn to ask.
"""

import argparse
import base64
import json
from pathlib import Path

import numpy as np

from hwlib import data, files, study

SEEDS = 20
PER_DIGIT = 2
MOST_HARD = 20
STUDY = "cnn-best"
IRIS, NETWORK = data.FOLDER / "iris.json", data.FOLDER / "mnist_cnn.bin"


def iris():
    """Return the flowers, and for each seed the rows that hwlib.data.iris_split holds out."""
    X, labels = data.load_iris()
    return {
        "features": ["sepal length", "sepal width", "petal length", "petal width"],
        "species": ["setosa", "versicolor", "virginica"],
        "X": X.tolist(),
        "labels": labels.tolist(),
        "held_out": [_held_out(X, labels, seed) for seed in range(SEEDS)],
    }


def _held_out(X, labels, seed):
    _, X_test, _, labels_test = data.iris_split(seed, standardize=False)
    free = {}
    for row, flower in enumerate(zip(map(tuple, X), labels, strict=True)):
        free.setdefault(flower, []).append(row)
    return [free[flower].pop() for flower in zip(map(tuple, X_test), labels_test, strict=True)]


def digits():
    """Return the first two test images of each digit, then those that every trained network gets wrong."""
    _, (images, labels) = data.load_mnist()
    easy = [int(row) for digit in range(10) for row in np.flatnonzero(labels == digit)[:PER_DIGIT]]
    return [_digit(images, labels, row, hard) for hard, rows in ((False, easy), (True, hard_rows())) for row in rows]


def hard_rows():
    """Return the numbers of the test images that all networks of the study get wrong; [] without a study."""
    if not study.results_path(STUDY).exists():
        return []
    mistakes = [{row for row, *_ in run["result"]["test"]["mistakes"]} for run in study.load(STUDY)]
    return sorted(set.intersection(*mistakes))[:MOST_HARD]


def _digit(images, labels, row, hard):
    pixels = base64.b64encode(images[row].tobytes()).decode()
    return {"index": row, "label": int(labels[row]), "hard": hard, "pixels": pixels}


def write_data(folder):
    """Write digits.json into `folder`, and beside it the flowers and, if there is one, the trained network."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, make, sources in (
        ("digits.json", digits, [data.FOLDER / "mnist.npz", study.results_path(STUDY)]),
        (IRIS.name, None, [IRIS]),
        (NETWORK.name, None, [NETWORK]),
    ):
        if (make or sources[0].exists()) and not _is_current(folder / name, [Path(__file__), *sources]):
            content = json.dumps(make(), separators=(",", ":")).encode() if make else sources[0].read_bytes()
            with files.replacing(folder / name) as beside:
                beside.write_bytes(content)


def _is_current(target, sources):
    made = target.stat().st_mtime if target.exists() else 0
    return all(made >= source.stat().st_mtime for source in sources if source.exists())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the files go, made if it is not there")
    write_data(parser.parse_args().folder)
