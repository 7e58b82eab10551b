"""Make data/mnist.npz from the four idx files of MNIST, after checking the SHA-256 of each."""

import argparse
import hashlib
import struct
import sys
from pathlib import Path

import numpy as np

from hwlib import files

IDX_FILES = {  # array: (file, SHA-256)
    "x_train": (
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "y_train": (
        "train-labels-idx1-ubyte",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "x_test": (
        "t10k-images-idx3-ubyte",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "y_test": (
        "t10k-labels-idx1-ubyte",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}


def read_idx(path, sha256):
    """Return the uint8 array in an idx file; exit with a message if the file is not the expected one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}. Fetch the four idx files first (see data/README.md).")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{path}: SHA-256 {found}, expected {sha256}. Fetch the file again.")
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the four idx files lie")
    target = Path(__file__).resolve().parent.parent / "data" / "mnist.npz"
    parser.add_argument("--output", type=Path, default=target, help="default: data/mnist.npz")
    arguments = parser.parse_args()
    arrays = {}
    for name, (file, sha256) in IDX_FILES.items():
        arrays[name] = read_idx(arguments.folder / file, sha256)
        print(f"{file}: {arrays[name].shape}, checksum right")
    with files.replacing(arguments.output) as beside:
        np.savez_compressed(beside, **arrays)
    print(f"{arguments.output.name}: SHA-256 {hashlib.sha256(arguments.output.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
