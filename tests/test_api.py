"""Every public name has a docstring, and stands with it on the API page."""

import importlib
import inspect
from pathlib import Path

import pytest

import hwlib
from hwlib import matrix_calculus

COMMANDS = {"benchmark_cnn"}  # run by make, imported by nobody
MODULES = sorted({path.stem for path in Path(hwlib.__file__).parent.glob("[!_]*.py")} - COMMANDS)


def public(module):
    """The functions and classes that a module defines and shows; `main` belongs to its command line."""
    for name, thing in vars(module).items():
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and not name.startswith("_") and name != "main":
            if thing.__module__ == module.__name__ or module is matrix_calculus:
                yield name, thing


NAMES = {
    f"{module.__name__}.{name}": thing
    for module in [matrix_calculus, *(importlib.import_module(f"hwlib.{name}") for name in MODULES)]
    for name, thing in public(module)
}


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_says_what_it_is(name):
    thing = NAMES[name]
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        methods = [m for m, f in vars(thing).items() if inspect.isfunction(f) and not m.startswith("_")]
        assert [method for method in methods if not inspect.getdoc(getattr(thing, method))] == []


def test_the_api_page_has_every_public_name(book):
    html = (book / "chapters" / "api.html").read_text(encoding="utf-8")
    assert [name for name in NAMES if f'id="{name}"' not in html] == []


def test_a_docstring_is_shown_as_it_is_meant(book):
    html = (book / "chapters" / "api.html").read_text(encoding="utf-8")
    assert "|φ(z)| ≤ 1" in html and "<strong>layer_sizes</strong>: inputs, hidden units" in html
    assert str(Path(hwlib.__file__).parent) not in html
