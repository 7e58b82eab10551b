"""A file is whole or not there."""

import os

import pytest

from hwlib import files


def test_what_was_written_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("one\n", "two\n"):
        files.write_text(path, text)
        assert path.read_bytes() == text.encode()
    assert os.listdir(tmp_path) == ["a.txt"]


def test_until_the_block_ends_the_old_file_stands(tmp_path):
    path = tmp_path / "a.npz"
    path.write_text("old")
    with files.replacing(path) as beside:
        assert beside.suffix == ".npz" and beside.parent == tmp_path
        beside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), files.replacing(path) as beside:
        beside.write_text("half")
        raise error
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="No space left"), files.replacing(path) as beside:
        beside.symlink_to("/dev/full")
        beside.write_text("new")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]
