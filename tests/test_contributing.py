"""CONTRIBUTING names what is there, and all of it; README's example prints what it says."""

import contextlib
import io
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAP = TEXT.split("```text")[1].split("```")[0]


def test_every_file_that_is_named_is_there():
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT)
    files = [name for name in named if "NN" not in name and "NAME" not in name]
    assert len(files) > 10
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_the_map_has_every_module_and_fits_a_screen():
    modules = {path.stem for path in (ROOT / "hwlib").iterdir() if path.stem[0] not in "_."}
    assert modules - set(re.findall(r"\w+", MAP)) == set()
    assert len(MAP.splitlines()) <= 40 and max(map(len, MAP.splitlines())) <= 130


def test_every_name_that_is_to_be_edited_is_where_it_is_said_to_be():
    for name, file in re.findall(r"`([A-Z_]+)` in\s+`([\w/.-]+)`", TEXT):
        assert re.search(rf"^(export const )?{name} = ", (ROOT / file).read_text(encoding="utf-8"), re.M), (name, file)


def test_the_readme_s_example_prints_what_it_says():
    code = (ROOT / "README.md").read_text(encoding="utf-8").split("```python")[1].split("```")[0]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    first, text = printed.getvalue().split("\n", 1)
    assert first == "A.T"
    places = [
        text.index(part)
        for part in ("product rule", "right in numerator layout", "Refuted", "The likely slip: the sign")
    ]
    assert places == sorted(places)
