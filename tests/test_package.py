"""The arrows between the modules run one way, and starting costs little."""

import ast
import importlib.metadata
import itertools
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import hwlib

FOLDER = Path(hwlib.__file__).parent
ROOT = FOLDER.parent
HEAVY = {"tensorflow", "keras", "sympy", "matplotlib", "sklearn", "IPython", "torch", "jax"}
MODULES = {path.relative_to(FOLDER).as_posix(): ast.parse(path.read_text()) for path in FOLDER.rglob("*.py")}


def imports(tree, top_level):
    nodes = tree.body if top_level else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


@pytest.mark.parametrize("module", ["losses", "activations", "mlp", "data", "claims", "figures"])
def test_what_needs_no_framework_loads_none(module):
    assert not loaded_by(f"import hwlib.{module}") & HEAVY


def test_the_symbolic_engine_loads_sympy_alone():
    loaded = loaded_by("import hwlib.matrix_calculus")
    assert "sympy" in loaded and not loaded & (HEAVY - {"sympy"} | {"numpy", "scipy"})


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_models_and_training_import_tensorflow_at_their_top(module):
    frameworks = set(imports(MODULES[module], top_level=True)) & {"tensorflow", "keras", "torch", "jax", "numba"}
    assert not frameworks or module in ("models.py", "training.py")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_module_reads_a_chapter_as_code_or_unpickles(module):
    assert not set(imports(MODULES[module], top_level=False)) & {"chapters", "pickle", "dill"}


def pins(name):
    return {line.split(" ;")[0] for line in (ROOT / name).read_text().splitlines() if line}


def test_the_book_is_built_with_the_versions_that_the_tests_use():
    assert pins("requirements-book.txt") < pins("requirements.txt")


def declared():
    """The names of the distributions that pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())]
    return {re.split(r"[^\w-]", requirement)[0].lower() for requirement in needed}


# What TensorFlow, the book and Matplotlib bring along as a part of what they are.
CARRIED = {"keras", "sphinx", "docutils", "nbformat", "ipython", "cycler", "matplotlib-inline"}


def test_every_import_is_declared():
    files = [path for folder in ("hwlib", "scripts", "tests", "_ext", "web") for path in (ROOT / folder).rglob("*.py")]
    ours = {*sys.stdlib_module_names, *(path.stem for path in files), *(path.parent.name for path in files)}
    names = {name for path in files for name in imports(ast.parse(path.read_text()), top_level=False)} - ours
    distributions = importlib.metadata.packages_distributions()
    allowed = declared() | CARRIED
    assert {name for name in names if not {d.lower() for d in distributions.get(name, [name])} & allowed} == set()
