"""`make attack ATTACK="--minutes 10 --seed 1"`: random questions to the engine, each answer checked from outside it.

Exit code 1 if anything was wrong. The same seed asks the same questions; what is printed for a failure is one line
that builds the question again (`attack.code.rebuilt`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from random import Random

from .answers import FAILURES, OUTCOMES
from .sections import SECTIONS


def main(arguments=None):
    """Ask until the time is over; the exit code."""
    parser = argparse.ArgumentParser(prog="make attack", description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=10, help="how long to ask (10)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed asks the same questions (1)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first round, to ask one again (0)")
    parser.add_argument("--rounds", type=int, help="stop after so many rounds, whatever the time")
    parser.add_argument("--only", choices=sorted(SECTIONS), action="append", help="only this section; may be repeated")
    options = parser.parse_args(arguments)
    sections = {name: SECTIONS[name] for name in options.only or SECTIONS}
    counts, failures = Counter(), []
    start = shown = time.monotonic()
    end = start + 60 * options.minutes
    round_ = options.first
    while time.monotonic() < end and (options.rounds is None or round_ < options.first + options.rounds):
        for name, ask in sections.items():
            for answer in ask(Random(f"{options.seed} {name} {round_}")):
                counts[name, answer.kind, answer.outcome] += 1
                if answer.outcome in FAILURES:
                    failures.append(answer)
                    print(f"\r{answer.outcome}: {answer.kind} [{name}, round {round_}]: {answer.line}  # {answer.note}")
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                left = max(0, end - shown)
                print(
                    f"\r{sum(counts.values())} answers, {len(failures)} failures, {left:.0f} s left ",
                    end="",
                    file=sys.stderr,
                )
            if time.monotonic() > end:
                break
        round_ += 1
    print("\r", end="", file=sys.stderr)
    print(table(counts))
    return 1 if failures else 0


def table(counts):
    """How often each outcome came up, by section and class."""
    kinds = sorted({(name, kind) for name, kind, _ in counts})
    used = [o for o in OUTCOMES if any(counts[name, kind, o] for name, kind in kinds)]
    width = max((len(f"{name}: {kind}") for name, kind in kinds), default=0)
    lines = [" ".join([" " * width, f"{'asked':>9}", *(f"{o:>9}" for o in used)])]
    for name, kind in kinds:
        row = [counts[name, kind, o] for o in used]
        lines.append(" ".join([f"{f'{name}: {kind}':<{width}}", f"{sum(row):>9}", *(f"{c or '·':>9}" for c in row)]))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
