"""The report's two data sets: iris, and all 70 000 images of MNIST. Nothing is fetched from a network."""

import hashlib
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "data"
MNIST_SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"


def verified_bytes(path, sha256):
    """Return the content of a file whose SHA-256 is known.

    Raises FileNotFoundError if the file is missing and ValueError if it is truncated or altered. Both name
    the file, the expected and the found checksum, and what to do.
    """
    remedy = f"Restore it with `git checkout -- data/{path.name}`, or make it again: see data/README.md."
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is missing (expected SHA-256 {sha256}, found no file). {remedy}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path} is damaged: expected SHA-256 {sha256}, found {found} ({len(content)} bytes). {remedy}"
        )
    return content


def load_mnist(path=None):
    """Return MNIST as `(x_train, y_train), (x_test, y_test)`, like Keras does.

    x: uint8 arrays (60000, 28, 28) and (10000, 28, 28), gray levels 0 … 255; y: uint8 arrays (60000,) and
    (10000,), digits 0 … 9. `path` is another copy of data/mnist.npz.

    Raises FileNotFoundError or ValueError for a missing or damaged file. Source: LeCun et al. (1998).
    """
    path = FOLDER / "mnist.npz" if path is None else Path(path)
    verified_bytes(path, MNIST_SHA256)
    with np.load(path, allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def load_iris():
    """Return iris as X (150, 4) float64, in centimeters, and labels (150,) int, 0 … 2.

    Columns: sepal length, sepal width, petal length, petal width. Labels: setosa, versicolor, virginica,
    50 flowers each. Source: Fisher (1936), the copy within scikit-learn.
    """
    from sklearn.datasets import load_iris as load

    return load(return_X_y=True)


def iris_split(seed, standardize=True):
    """Split iris into 120 flowers to train on and 30 held out, with equal shares of the three species.

    Parameters
    ----------
    seed : int, at least 0; the same seed gives the same split
    standardize : subtract the mean and divide by the standard deviation of each feature, both taken from
        the 120 alone

    Returns
    -------
    X_train (120, 4) float64, X_test (30, 4) float64, labels_train (120,) int, labels_test (30,) int

    Raises ValueError if `seed` is no integer or negative.
    """
    from sklearn.model_selection import train_test_split

    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed is {seed!r}; an integer of at least 0 is needed")
    X, labels = load_iris()
    X_train, X_test, labels_train, labels_test = train_test_split(
        X, labels, test_size=30, stratify=labels, random_state=int(seed)
    )
    if standardize:
        mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)
        X_train, X_test = (X_train - mean) / deviation, (X_test - mean) / deviation
    return X_train, X_test, labels_train, labels_test
