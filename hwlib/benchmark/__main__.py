"""Time one training step of the 4-10-3 network: NumPy against everything a reader might use instead.

Contestants that share a runtime share a process, and all take turns: a round runs each of them once. They do
the same float64 work, and none is timed before its weights agree with the reference to 1e-12. What is not
installed is skipped with a line: `pip install -e .[bench]` brings JAX, PyTorch and numba.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from hwlib import files

FORMAT = 1
FOLDER = Path("_build/benchmark")


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m hwlib.benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=FOLDER / "benchmark.json",
        help="JSON to write (default: %(default)s); chapter 5 shows studies/benchmark.json",
    )
    parser.add_argument(
        "--figure", type=Path, default=FOLDER / "benchmark.png", help="figure to write (default: %(default)s)"
    )
    parser.add_argument("--rounds", type=_positive, default=100, help="rounds of each part (default: %(default)s)")
    parser.add_argument("--threads", type=_positive, default=1, help="threads of each runtime (default: 1)")
    parser.add_argument("--parts", nargs="+", metavar="PART", help="only these parts; the others are kept")
    parser.add_argument("--list", action="store_true", help="list the contestants and the parts, and stop")
    options = parser.parse_args(arguments)

    from hwlib import machine

    machine.limit_threads(options.threads)  # before NumPy is imported, here or in a child
    from hwlib.benchmark.contestants import CONTESTANTS
    from hwlib.benchmark.parts import PARTS
    from hwlib.benchmark.timing import Track

    if options.list:
        for entry in CONTESTANTS.values():
            print(f"{entry.name:32} {entry.runtime}")
        for name, function in PARTS.items():
            print(f"{name:32} {function.__doc__.splitlines()[0]}")
        return
    if unknown := set(options.parts or ()) - set(PARTS):
        parser.error(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    command = f"python -m hwlib.benchmark --rounds {options.rounds}"
    result = {"format": FORMAT, "command": command, "libraries": {}}
    if options.parts and options.output.exists():
        result |= json.loads(options.output.read_text(encoding="utf-8"))
        result["command"] += f"; {command} --parts {' '.join(options.parts)}"
    result["machine"] = machine.describe(options.threads)
    loads = result.setdefault("loads", {})  # of the machine, before each part
    print(f"{result['machine']['processor']}, threads: {options.threads}")
    if (machine.load() or 0) > 0.5:
        print(f"other processes are running (load {machine.load()}): expect longer and wider times")
    track = Track(say=lambda line: print(line, flush=True))
    start = time.monotonic()
    try:
        for name in options.parts or PARTS:
            print(f"{name}: {PARTS[name].__doc__.splitlines()[0]}", flush=True)
            loads[name] = machine.load()
            result[name] = PARTS[name](track, options.rounds)
            if name == "steps":
                print(table(result["steps"]), flush=True)
        threads = {name: process.ask("threads") for name, process in track.processes.items()}
        result["libraries"] |= threads
        for name, libraries in threads.items():
            print(f"threads in the {name} process:", ", ".join(f"{k} {v}" for k, v in libraries.items()))
    finally:
        track.close()
    write(options.output, result)
    print(f"{time.monotonic() - start:.0f} s; wrote {options.output}")
    if "steps" in result:
        figure(result["steps"], options.figure)
        print(f"wrote {options.figure}")


def table(rows):
    """Return the step table as text, the fastest first."""
    lines = [f"{'one step':32} {'median µs':>10} {'quartiles':>18} {'× NumPy, fast':>14} {'95 %':>16}"]
    for row in sorted(rows, key=lambda row: row["median"]):
        low, high = (f"{1e6 * value:.1f}" for value in row["quartiles"])
        interval = "{:.2f} … {:.2f}".format(*row["interval"])
        lines.append(
            f"{row['name']:32} {1e6 * row['median']:10.1f} {low + ' … ' + high:>18} {row['ratio']:14.2f} {interval:>16}"
        )
    return "\n".join(lines)


def write(path, result):
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(path, json.dumps(_rounded(result), indent=1, ensure_ascii=False) + "\n")


def figure(rows, path):
    """Draw the step table, times on a logarithmic axis with their quartiles."""
    from matplotlib.figure import Figure

    rows = sorted(rows, key=lambda row: -row["median"])
    ours = Figure(figsize=(7, 0.3 * len(rows) + 1), layout="constrained")
    ax = ours.subplots()
    for place, row in enumerate(rows):
        ax.plot([1e6 * q for q in row["quartiles"]], [place, place], color="#666666", linewidth=3)
        ax.plot(1e6 * row["median"], place, "o", color="#0072B2" if row["runtime"] == "numpy" else "#D55E00")
    ax.set(xscale="log", xlabel="µs a step", yticks=range(len(rows)), yticklabels=[row["name"] for row in rows])
    ax.grid(axis="x", alpha=0.4)
    path.parent.mkdir(parents=True, exist_ok=True)
    ours.savefig(path, dpi=150)


def _rounded(value):
    """Return the result with four significant digits: more is noise."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not positive")
    return number


if __name__ == "__main__":
    sys.exit(main())
