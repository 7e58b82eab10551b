"""Write the static data that the page's interactive elements load: iris, and a few digits of MNIST.

    python scripts/web_data.py FOLDER

makes FOLDER/iris.json (the 150 flowers and the held-out ones of each seed) and FOLDER/digits.json (test
images as base64), and copies data/mnist_cnn.bin (the trained network) beside them. It takes a second.
"""

import argparse
import base64
import json
import os
import shutil
from pathlib import Path

import numpy as np

from hwlib import data

SEEDS = 20
PER_DIGIT = 2
NETWORK = data.FOLDER / "mnist_cnn.bin"
HARD = data.FOLDER.parent / "studies" / "always_wrong.json"


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
    return [_digit(images, labels, row, hard) for hard, rows in ((False, easy), (True, hard_rows()))
            for row in rows]


def hard_rows():
    """Return the numbers of the test images that all networks of the study get wrong; [] without a study."""
    return json.loads(HARD.read_text())["indices"] if HARD.exists() else []


def _digit(images, labels, row, hard):
    pixels = base64.b64encode(images[row].tobytes()).decode()
    return {"index": row, "label": int(labels[row]), "hard": hard, "pixels": pixels}


def write_data(folder):
    """Write iris.json and digits.json into `folder`, and the trained network if there is one."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("iris", iris()), ("digits", digits())):
        beside = folder / f"{name}.json.new"
        beside.write_text(json.dumps(content, separators=(",", ":")))
        os.replace(beside, folder / f"{name}.json")
    if NETWORK.exists():
        shutil.copyfile(NETWORK, folder / NETWORK.name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the files go, made if it is not there")
    write_data(parser.parse_args().folder)
