"""Files that are whole or not there: written beside their place, flushed to the disk, then moved there."""

import contextlib
import os
from pathlib import Path


@contextlib.contextmanager
def replacing(path):
    """Give the path of a new file; when the block ends, it takes the place of the one at `path`.

    The new file lies in the same folder under the name `.new-…`, so that its ending is the same. If the block
    raises an error or the disk is full, the new file is removed, and what was at `path` stays as it was.
    """
    path = Path(path)
    beside = path.with_name(f".new-{path.name}")
    try:
        yield beside
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def write_text(path, text):
    """Put a text at `path` in UTF-8 with Unix line ends, as a whole. Raises OSError; the old file then stays."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
