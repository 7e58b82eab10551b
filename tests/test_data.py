import hashlib

import numpy as np
import pytest

from hwlib import data


@pytest.fixture(scope="module")
def mnist():
    return data.load_mnist()


def test_mnist_has_60000_and_10000_images_of_gray_levels_with_their_digits(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert y_train.shape == (60000,) and y_test.shape == (10000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.max() == 255 and set(y_train) == set(range(10))


def test_mnist_is_the_canonical_set(mnist):
    (x_train, y_train), (_, y_test) = mnist
    assert round(x_train.mean(), 3) == 33.318
    assert y_train[:6].tolist() == [5, 0, 4, 1, 9, 2] and y_test[:5].tolist() == [7, 2, 1, 0, 4]


def test_a_missing_file_is_named_with_its_checksum_and_the_remedy(tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"mnist.npz is missing .*{data.MNIST_SHA256}.*data/README.md"):
        data.load_mnist(tmp_path / "mnist.npz")


@pytest.mark.parametrize("damage", ["truncated", "altered"])
def test_a_damaged_file_is_named_with_both_checksums_and_the_remedy(tmp_path, damage):
    content = (data.FOLDER / "mnist.npz").read_bytes()
    content = content[: len(content) // 2] if damage == "truncated" else content[:-1] + b"?"
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    found = hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match=rf"mnist.npz is damaged: .*{data.MNIST_SHA256}.*{found}.*git checkout"):
        data.load_mnist(path)


def test_the_readme_of_the_data_states_the_checksum_that_is_checked():
    assert data.MNIST_SHA256 in (data.FOLDER / "README.md").read_text(encoding="utf-8")


def test_iris_is_150_flowers_of_three_species():
    X, labels = data.load_iris()
    assert X.shape == (150, 4) and X.dtype == np.float64
    assert labels.shape == (150,) and labels.dtype.kind == "i"
    assert np.bincount(labels).tolist() == [50, 50, 50]


@pytest.mark.parametrize("seed", range(5))
def test_the_split_is_120_and_30_with_equal_shares_and_without_overlap(seed):
    X_train, X_test, labels_train, labels_test = data.iris_split(seed, standardize=False)
    assert X_train.shape == (120, 4) and X_test.shape == (30, 4)
    assert np.bincount(labels_train).tolist() == [40] * 3 and np.bincount(labels_test).tolist() == [10] * 3
    rows = np.vstack([np.column_stack([X_train, labels_train]), np.column_stack([X_test, labels_test])])
    X, labels = data.load_iris()
    assert sorted(map(tuple, rows)) == sorted(map(tuple, np.column_stack([X, labels])))


def test_the_scaler_is_fitted_on_the_training_flowers_alone():
    raw_train, raw_test, *_ = data.iris_split(3, standardize=False)
    X_train, X_test, *_ = data.iris_split(3)
    np.testing.assert_allclose(X_train.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(X_train.std(axis=0), 1, rtol=1e-14)
    np.testing.assert_allclose(X_test, (raw_test - raw_train.mean(axis=0)) / raw_train.std(axis=0))


def test_the_same_seed_gives_the_same_split_and_another_seed_another():
    first, again, other = (data.iris_split(seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("seed", [-1, 0.5, "0", None, True])
def test_a_seed_that_is_no_natural_number_is_refused(seed):
    with pytest.raises(ValueError, match="seed is .*an integer of at least 0 is needed"):
        data.iris_split(seed)
