"""One dialect: the formatters and linters have nothing to say."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIOME = ROOT / "node_modules" / ".bin" / "biome"


def complaints(*command):
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return "" if result.returncode == 0 else result.stdout + result.stderr


@pytest.mark.parametrize("command", [["check"], ["format", "--check", "--diff"]], ids=" ".join)
def test_ruff_has_nothing_to_say_about_the_python(command):
    assert not complaints(sys.executable, "-m", "ruff", *command, ".")


@pytest.mark.skipif(not shutil.which("npm"), reason="the linter of the JavaScript comes with npm")
def test_biome_has_nothing_to_say_about_the_javascript():
    assert not complaints(BIOME, "check", "--error-on-warnings", ".")
