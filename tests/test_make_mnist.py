import subprocess
import sys

import make_mnist
import numpy as np
import pytest

from hwlib import data


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(header + array.tobytes())


def run(*arguments):
    command = [sys.executable, make_mnist.__file__, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def idx_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("idx")
    (x_train, y_train), (x_test, y_test) = data.load_mnist()
    for name, array in dict(x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test).items():
        write_idx(folder / make_mnist.IDX_FILES[name][0], array)
    return folder


def test_the_four_idx_files_give_the_arrays_in_the_repository(idx_folder, tmp_path):
    result = run(idx_folder, "--output", tmp_path / "mnist.npz")
    assert result.returncode == 0, result.stderr
    with np.load(tmp_path / "mnist.npz") as made, np.load(data.FOLDER / "mnist.npz") as committed:
        assert set(made) == set(committed)
        for name in committed:
            np.testing.assert_array_equal(made[name], committed[name])


def test_a_missing_idx_file_stops_it_with_a_line_that_says_what_to_do(tmp_path):
    result = run(tmp_path, "--output", tmp_path / "mnist.npz")
    assert result.returncode != 0 and "train-images-idx3-ubyte: No such file" in result.stderr
    assert not (tmp_path / "mnist.npz").exists()


def test_an_altered_idx_file_stops_it_before_anything_is_written(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x01\0\0\0\x01\0")
    result = run(tmp_path, "--output", tmp_path / "mnist.npz")
    assert result.returncode != 0 and "SHA-256" in result.stderr and "expected" in result.stderr
    assert not (tmp_path / "mnist.npz").exists()
