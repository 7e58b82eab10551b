"""This engine beside SymPy's own derivative, over the suite of textbook gradients.

    python -m hwlib.matrix_calculus.benchmark [--save studies/matrix_calculus.json] [--list]

A result is right if it is a matrix expression of X's shape with the textbook's values at several random points,
wrong if it is one with other values, failed if it raises or is no matrix expression of X's shape that can be
evaluated. Times are medians of three runs, each with SymPy's cache emptied.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import sympy as sp
from sympy.core.cache import clear_cache

from hwlib import files, machine

from .arithmetic import mp, to_mpf
from .gradient import gradient
from .points import Sampler, value_at
from .shapes import same_size
from .suite import SOURCES

CONTESTANTS = {"this engine": gradient, f"SymPy {sp.__version__}": lambda J, X: J.diff(X)}
OUTCOMES = ("right", "wrong", "failed")
RUNS = 3


def outcome(case, found):
    """right, wrong or failed, and one clause that says why."""
    if not isinstance(found, sp.Expr) or not getattr(found, "is_Matrix", False):
        if found == 0 and not case.gradient.is_ZeroMatrix:
            return "wrong", "0"
        return "failed", f"{type(found).__name__} in place of a matrix"
    if not all(map(same_size, found.shape, case.X.shape)):
        return "wrong", f"shape {found.shape} in place of {case.X.shape}"
    try:
        agreed = _agrees(case, found)
    except Exception as error:
        return "failed", f"no value: {type(error).__name__}"
    return ("right", "") if agreed else ("wrong", f"the value of {found}")


def _agrees(case, found, points=3):
    """Whether both have the same values at some points."""
    compared = 0
    for point in Sampler(case.J, case.gradient, found).generic_points():
        left, right = value_at(point, found), value_at(point, case.gradient)
        if left is None or right is None:
            continue
        for a, b in zip(sum(left, ()), sum(right, ()), strict=True):
            if abs(to_mpf(a) - to_mpf(b)) > mp.mpf(10) ** -20 * (1 + abs(to_mpf(b))):
                return False
        compared += 1
        if compared == points:
            break
    return compared > 0


def attempt(contestant, case):
    """One contestant at one case: outcome, reason, and milliseconds."""
    times, found, error = [], None, None
    for _ in range(RUNS):
        clear_cache()
        start = time.perf_counter()
        try:
            found = contestant(case.J, case.X)
        except Exception as failure:  # whatever a contestant raises is its result
            error = failure
        times.append(1000 * (time.perf_counter() - start))
    what, why = ("failed", type(error).__name__) if error else outcome(case, found)
    return {"outcome": what, "why": why, "ms": round(statistics.median(times), 3)}


def measure(report=lambda done, total, name: None):
    """All contestants at all cases, in turn: a list of {source, name, results}."""
    cases = [(source, case) for source, cases in SOURCES.items() for case in cases]
    rows = []
    for done, (source, case) in enumerate(cases, 1):
        report(done, len(cases), case.name)
        results = {name: attempt(contestant, case) for name, contestant in CONTESTANTS.items()}
        rows.append({"source": source, "name": case.name, "results": results})
    return rows


def summary(rows):
    """{contestant: {right, wrong, failed, median_ms}}."""
    table = {}
    for name in rows[0]["results"]:
        results = [row["results"][name] for row in rows]
        table[name] = {what: sum(r["outcome"] == what for r in results) for what in OUTCOMES}
        table[name]["median_ms"] = round(statistics.median(r["ms"] for r in results), 2)
    return table


def save(rows, path):
    """Write the results and what they were measured with."""
    record = {
        "command": "python -m hwlib.matrix_calculus.benchmark --save studies/matrix_calculus.json",
        "versions": machine.versions("sympy"),
        "runs": RUNS,
        "summary": summary(rows),
        "cases": rows,
    }
    files.write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def main(arguments=None):
    title, _, explanation = __doc__.split("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m hwlib.matrix_calculus.benchmark", description=title, epilog=explanation
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="write all results as JSON")
    parser.add_argument("--list", action="store_true", help="list every case that is not right")
    options = parser.parse_args(arguments)
    if options.save and not options.save.parent.is_dir():
        parser.error(f"--save: there is no folder {options.save.parent}")

    def progress(done, total, name):
        print(f"\r{done:4d}/{total}  {name[:50]:50s}", end="", file=sys.stderr, flush=True)

    rows = measure(progress if sys.stderr.isatty() else lambda *_: None)
    print("\r" + " " * 62 + "\r", end="", file=sys.stderr)
    print(f"{len(rows)} gradients       right   wrong  failed   median ms")
    for name, counts in summary(rows).items():
        outcomes = "  ".join(f"{counts[what]:6d}" for what in OUTCOMES)
        print(f"{name:18s}  {outcomes}  {counts['median_ms']:10.2f}")
    for row in rows if options.list else []:
        for name, result in row["results"].items():
            if result["outcome"] != "right":
                print(f"{name}: {result['outcome']}: {row['name']} ({result['why'][:80]})")
    if options.save:
        save(rows, options.save)


if __name__ == "__main__":
    main()
