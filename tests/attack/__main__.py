"""`make attack ATTACK="--minutes 10 --seed 1"`: random questions to the engine, each answer checked from outside it.

Exit code 1 if anything was wrong. The same seed asks the same questions. What is printed for a failure is one line for
a test: it asks the question again (`attack.code.rebuilt` builds the trees), and says behind it what came out.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from random import Random

from .answers import FAILURES, OUTCOMES, Answer
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
    counts, failures = Counter(), 0
    start = shown = time.monotonic()
    end = start + 60 * options.minutes
    round_ = options.first
    while time.monotonic() < end and (options.rounds is None or round_ < options.first + options.rounds):
        for name, ask in sections.items():
            for answer in _answers(name, ask, Random(f"{options.seed} {name} {round_}")):
                counts[name, answer.kind, answer.outcome] += 1
                if answer.outcome in FAILURES:
                    failures += 1
                    place = f"{answer.kind} [{name}, seed {options.seed}, round {round_}]"
                    _clear()
                    note = " ".join(answer.note.split())
                    print(f"{answer.line},  # {answer.outcome}: {place}: {note}", flush=True)
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                left = max(0, end - shown)
                print(
                    f"\r{sum(counts.values())} answers, {failures} failures, {left:.0f} s left ",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
            if time.monotonic() > end:
                break
        round_ += 1
    _clear()
    print(table(counts))
    print(f"{failures} failures")
    return 1 if failures else 0


def _clear():
    """Take the line of progress away, where there is one."""
    print("\r\x1b[K" if sys.stderr.isatty() else "", end="", file=sys.stderr)


def _answers(name, ask, random):
    """What a section answers; where the attack itself fails, an hour of it goes on."""
    try:
        yield from ask(random)
    except Exception as error:
        trace = "".join(traceback.format_exception(error))
        yield Answer("the attack itself", "exception", f"ask({name!r})", trace)


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
