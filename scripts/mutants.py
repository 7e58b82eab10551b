"""`make mutants`: changes the engine in small ways, one at a time, and asks the unit tests whether they notice.

mutmut makes the mutants, picks the tests that reach each of them, and keeps what came out in `mutants/`. Asked again,
only what has no answer yet and what survived is run; `make mutants MUTANTS="--fresh"` begins anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from random import Random

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name

SETTINGS = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
KILLED = ("killed", "timeout", "segfault")
OPEN = ("survived", "no tests", "suspicious", "not checked")


def names_of(path):
    """The names of all mutants of a file."""
    found = mutate_file_contents(path, Path(path).read_text("utf-8"), None, set())
    return [get_mutant_name(Path(path), name) for name in found.mutant_names]


def results():
    """{mutant: what became of it} as mutmut has kept it."""
    kept = (json.loads(path.read_text("utf-8")) for path in Path("mutants").rglob("*.meta"))
    return {name: status_by_exit_code[code] for data in kept for name, code in data["exit_code_by_key"].items()}


def main(arguments=None):
    """Run a sample; the exit code is 1 if fewer than nine in ten are killed."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=150, help="how many mutants (150)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same mutants (1)")
    parser.add_argument("--only", help="only the modules with this in their name")
    parser.add_argument("--children", type=int, help="how many run at a time (one a core)")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    options = parser.parse_args(arguments)
    if options.fresh:
        shutil.rmtree("mutants", ignore_errors=True)
    paths = sorted(str(path) for pattern in SETTINGS["only_mutate"] for path in Path().glob(pattern))
    paths = [path for path in paths if options.only is None or options.only in path]
    every = [name for path in paths for name in names_of(path)]
    sample = Random(options.seed).sample(every, min(options.count, len(every)))
    known = results()
    to_ask = [name for name in sample if known.get(name, "not checked") in OPEN]
    print(f"{len(every)} mutants of {len(paths)} modules, {len(sample)} drawn, {len(to_ask)} to run")
    if to_ask:
        workers = [] if options.children is None else ["--max-children", str(options.children)]
        subprocess.run([sys.executable, "-m", "mutmut", "run", *workers, *to_ask], check=True)
    return told({name: status for name, status in results().items() if name in sample})


def told(found):
    """Print how many of each module were killed, and which were not."""
    modules = Counter(name.rsplit(".", 1)[0] for name in found)
    killed = [name for name, status in found.items() if status in KILLED]
    for module, count in sorted(modules.items()):
        print(f"{module:45} {sum(name.rsplit('.', 1)[0] == module for name in killed):4} of {count:4} killed")
    for name, status in sorted(found.items()):
        if status not in KILLED:
            print(f"{status}: {name}")
    print(f"{len(killed)} of {len(found)} killed. `python -m mutmut show NAME` shows one that was not.")
    return int(len(killed) < 0.9 * len(found))


if __name__ == "__main__":
    sys.exit(main())
