"""Many runs, kept safe: grids of (task, settings, seed), on all cores of one machine or on many machines.

    python -m hwlib.study                        what there is, and how much of it is done
    python -m hwlib.study iris                   make what is missing of studies/iris.jsonl
    python -m hwlib.study iris --dry-run         say what that would be
    python -m hwlib.study iris --scheduler tcp://host:8786      the same on a Dask cluster

The cluster: `dask scheduler` on one machine, `dask worker tcp://host:8786 --nworkers 8 --nthreads 1` on
each. Where the workers see the studies folder, a run that loses its machine goes on from its last epoch.

A results file has one JSON object a line, one line a run. It is never open for writing: a run's line
is appended to a copy, which then takes the file's place, so at every moment the file is whole.
"""

import argparse
import contextlib
import functools
import hashlib
import json
import math
import operator
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from dataclasses import asdict, dataclass
from itertools import accumulate, product
from pathlib import Path

import numpy as np

from hwlib import files, machine, tasks
from hwlib.activations import REPORTED

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "studies"
FIELDS = {"task", "settings", "seed", "result", "seconds", "versions", "revision", "machine"}


def grid(**axes):
    """Every combination of the axes' values, as a list of settings: grid(a=[1, 2], b=[3]) has two.

    An axis that is no list is the same in all of them: a tuple is one value.
    """
    lists = [values if isinstance(values, list) else [values] for values in axes.values()]
    return [dict(zip(axes, values, strict=True)) for values in product(*lists)]


def _doubled(first, number):
    return tuple(first * 2**power for power in range(number))


@dataclass(frozen=True)
class Study:
    """A task of hwlib.tasks, the settings it is run with, and the seeds of each.

    With `keep` the last checkpoint of each run, which holds its final weights, stays in
    `studies/.checkpoints/NAME/`; `checkpoint_path` says where.
    """

    about: str
    task: str
    settings: list
    seeds: Iterable
    keep: bool = False

    def runs(self):
        """Every `Run` of the study, in order."""
        # Seed by seed: a study that is cut short has still tried every setting.
        return [Run(self.task, settings, seed) for seed in self.seeds for settings in self.settings]


@dataclass(frozen=True)
class Run:
    """One training: it is named by what determines it, and by nothing else."""

    task: str
    settings: dict
    seed: int

    @property
    def id(self):
        canonical = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def __str__(self):
        settings = " ".join(f"{name}={value}" for name, value in self.settings.items())
        return f"{self.task} {settings} seed={self.seed}"


# The report's recipe for the CNN (claim C18; it gives no batch size), and what makes it better, one by one.
REPORT_RECIPE = {"dropout_rate": 0.4, "learning_rate": 1e-4, "batch_size": 64, "epochs": 12}
INGREDIENTS = [
    {},
    {"learning_rate": 2e-3, "schedule": "cosine"},
    {"augmentation": {"shift": 1.5, "rotation": 10, "scale": 0.1}},
    {"label_smoothing": 0.05},
    {"average": 0.999},
]
OUR_RECIPE = functools.reduce(operator.or_, INGREDIENTS, REPORT_RECIPE)
STUDIES = {
    "smoke": Study(
        "three activations, two seeds, a second: to try a machine or a cluster",
        "iris",
        grid(activation=list(REPORTED), optimizer="sgd", learning_rate=0.3, epochs=50),
        range(2),
    ),
    "smoke-cnn": Study(
        "the CNN on 256 images, to be killed in the middle",
        "mnist",
        grid(images=256, epochs=20, learning_rate=1e-3, batch_size=32),
        range(3),
    ),
    "iris": Study(
        "learning curves of three activations with SGD and Adam, standardized and raw (chapter 3)",
        "iris",
        [
            {"activation": activation, **setting, "epochs": 1000, "curve": 60}
            for activation in REPORTED
            for setting in grid(optimizer="sgd", learning_rate=0.3, standardize=True)
            + grid(optimizer="sgd", learning_rate=0.03, standardize=False)
            + grid(optimizer="adam", learning_rate=0.01, standardize=[True, False])
        ],
        range(20),
    ),
    "iris-tuned": Study(
        "steps to a loss of 0.2 over a grid of rates that is wide enough for each activation's best (chapter 3)",
        "iris_steps",
        grid(
            activation=[*REPORTED, (0.5, 0.5)],
            optimizer="sgd",
            rates=_doubled(0.0125, 13),
            standardize=[True, False],
        )
        + grid(
            activation=[*REPORTED, (0.5, 0.5)],
            optimizer="adam",
            rates=_doubled(0.00125, 11),
            standardize=[True, False],
        )
        + grid(
            activation=[*REPORTED, (0.5, 0.5)],
            optimizer="sgd",
            rates=_doubled(0.0125, 11),
            batch_size=1,
            most=5000,
        ),
        [*range(20), *range(100, 120)],  # the first half chooses each activation's rate, the second is what counts
    ),
    "cnn-report": Study(
        "the report's recipe for the CNN, with both readings of 0.6 (chapter 4)",
        "mnist",
        [{**REPORT_RECIPE, "dropout_rate": rate} for rate in (0.6, 0.4)],
        range(5),
    ),
    "cnn-ablation": Study(
        "what each ingredient of the better recipe gives, on a validation set (chapter 4)",
        "mnist",
        [
            {**REPORT_RECIPE, "held_out": "validation", **ingredients}
            for ingredients in accumulate(INGREDIENTS, operator.or_)
        ],
        range(3),
    ),
    "cnn-plain": Study(
        "what it takes for the report's 99.25 %: a larger rate, more epochs (chapter 4)",
        "mnist",
        [
            {**REPORT_RECIPE, "learning_rate": 1e-3},
            {**REPORT_RECIPE, "epochs": 36},
            {**REPORT_RECIPE, "learning_rate": 1e-3, "epochs": 36},
        ],
        range(2),
    ),
    "cnn-report-batch": Study(
        "the report's recipe with the batch sizes that it may have used; 64 is in cnn-report (chapter 4)",
        "mnist",
        [{**REPORT_RECIPE, "batch_size": size} for size in (16, 32, 128, 256)],
        range(5),
    ),
    "cnn-constant": Study(
        "moved images at a constant rate: is it the schedule that cnn-ablation's second step needs? (chapter 4)",
        "mnist",
        [{**REPORT_RECIPE, "held_out": "validation", "learning_rate": 1e-3, **INGREDIENTS[2]}],
        range(3),
    ),
    "cnn-batch": Study(
        "the better recipe with other batch sizes and rates, on a validation set (chapter 4)",
        "mnist",
        [
            {**OUR_RECIPE, "held_out": "validation", "batch_size": size, "learning_rate": rate}
            for size, rate in ((32, 1e-3), (32, 2e-3), (128, 2e-3), (128, 4e-3))
        ],
        range(3),
    ),
    "cnn-best": Study(
        "the better recipe on all 60 000 images, five fresh seeds, the test set looked at once (chapter 4)",
        "mnist",
        [{**OUR_RECIPE, "held_out": "last"}],
        range(100, 105),
        keep=True,
    ),
    "drawn": Study(
        "the published network on digits of other hands: simulated strokes, and scikit-learn's (chapter 4)",
        "drawings",
        [{"source": "strokes", "number": 40}, {"source": "scikit"}],
        range(1),
    ),
}


# The results file


def results_path(name, folder=None):
    """Where the records of the study `name` lie: a .jsonl in `folder`, or in studies/."""
    return Path(folder or FOLDER) / f"{name}.jsonl"


def checkpoint_path(name, run, folder=None):
    """Where `run` of the study `name` keeps its last epoch while it runs, and after it if kept."""
    return Path(folder or FOLDER) / ".checkpoints" / name / f"{run.id}.npz"


def load(name, folder=None):
    """The records of a study, a list of dicts: task, settings, seed, result, seconds, versions,
    revision, machine.

    Raises FileNotFoundError if the study was never run, and ValueError, naming file and line, if the
    file is damaged: a cut or altered line, or a run that stands there twice.
    """
    path = results_path(name, folder)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is not there: make it with `python -m hwlib.study {name}`")
    return _parse(path)


def select(records, **settings):
    """Those records whose settings have these values: select(records, activation="relu")."""
    return [
        record for record in records if all(record["settings"].get(name) == value for name, value in settings.items())
    ]


def _parse(path):
    lines = path.read_bytes().split(b"\n")
    whole = f"{path.name} has {len(lines) - 1} whole lines"
    if lines.pop() != b"":
        raise ValueError(
            f"{path}: line {len(lines) + 1} is cut off; {whole}. Nothing was changed. Restore the file "
            f"(git checkout), or delete that one line: its run is then made again"
        )
    records, seen = [], {}
    for number, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            if not FIELDS <= record.keys():
                raise ValueError(f"{', '.join(sorted(FIELDS - record.keys()))} missing")
        except (ValueError, AttributeError) as error:
            raise ValueError(
                f"{path}: line {number} is no record of a run ({error}). Nothing was changed. Restore the "
                f"file (git checkout), or delete that one line: its run is then made again"
            ) from None
        first = seen.setdefault(_run_of(record).id, number)
        if first != number:
            raise ValueError(f"{path}: line {number} is the same run as line {first}; delete one of the two")
        records.append(record)
    return records


def _run_of(record):
    return Run(record["task"], record["settings"], record["seed"])


def _append(path, record):
    """Put one more line into the file, or leave it as it was."""
    line = json.dumps(_finite(record), allow_nan=False, separators=(",", ":")) + "\n"
    try:
        with files.replacing(path) as beside:
            beside.write_bytes((path.read_bytes() if path.exists() else b"") + line.encode())
    except OSError as error:
        raise OSError(
            error.errno, f"cannot write {path}: {error.strerror}. Its {_count_lines(path)} runs are untouched"
        ) from None


def _count_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _finite(value):
    """JSON has no NaN and no infinity: a diverged loss becomes null, which NumPy reads as NaN."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    if hasattr(value, "tolist"):
        return _finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextlib.contextmanager
def _only_writer(name, folder):
    """Two processes that make the same study would overwrite each other's lines: the second is refused.

    The lock goes with the process, however that ends.
    """
    from filelock import FileLock, Timeout

    checkpoints = Path(folder or FOLDER) / ".checkpoints" / name
    checkpoints.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=checkpoints.parents[1]):
        pass  # a folder that cannot be written is found out now, not after the first run
    try:
        with FileLock(checkpoints / "lock", timeout=0):
            yield
    except Timeout:
        raise ValueError(f"the study {name} is being made by another process; wait for it") from None


# One run


def execute(run, checkpoint, threads):
    """Train once, with at most `threads` threads, and return the record of it.

    Works in this process, in one of joblib's or in a Dask worker. `checkpoint` is None where the study's
    folder is out of reach: then a killed run starts anew.
    """
    from threadpoolctl import threadpool_limits

    os.environ |= {"TF_NUM_INTRAOP_THREADS": str(threads), "TF_NUM_INTEROP_THREADS": "1"}
    start = time.perf_counter()
    with threadpool_limits(threads):
        result = tasks.TASKS[run.task](**run.settings, seed=run.seed, checkpoint=checkpoint)
    seconds = round(time.perf_counter() - start, 2)
    return asdict(run) | {"result": result, "seconds": seconds, **_provenance(), "threads": threads}


@functools.cache
def _provenance():
    """What else a result may depend on. No host name and no path: results are published."""
    return {
        "versions": machine.versions("numpy", "tensorflow", "keras"),
        "revision": _revision(),
        "machine": machine.processor(),
    }


def _revision():
    """The git commit of hwlib, with `+changes` if a file of the package differs from it."""

    def git(*arguments):
        command = ["git", "-C", str(REPOSITORY), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + (
            "+changes" if git("status", "--porcelain", "--", "hwlib") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _attempt(run, checkpoint, threads, parent=None):
    """(run, record, None), or (run, None, reason) if the task fails. A failing disk ends the study."""
    if parent is not None:
        _die_with(parent)
    if checkpoint is not None and not checkpoint.parent.is_dir():
        checkpoint = None
    try:
        return run, execute(run, checkpoint, threads), None
    except OSError:
        raise
    except Exception as error:
        return run, None, f"{type(error).__name__}: {error}"


@functools.cache
def _die_with(parent):
    """End this worker when the study's process is gone, so that a killed study leaves nobody training."""

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


# Many runs


def _on_this_machine(work, jobs, threads):
    from joblib import Parallel, delayed

    parent = os.getpid() if jobs > 1 else None
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    yield from parallel(delayed(_attempt)(run, path, threads, parent) for run, path in work)


def _on_cluster(work, scheduler, threads):
    """The same on Dask workers. The runs of a worker that dies go to the others."""
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise ValueError("--scheduler needs Dask: pip install distributed") from None
    with Client(scheduler, timeout="10s") as client:
        client.wait_for_workers(1, timeout=60)
        if any(count > 1 for count in client.nthreads().values()):
            raise ValueError("TensorFlow's seed is the process's: start each worker with --nthreads 1")
        runs = {client.submit(_attempt, run, path, threads, key=run.id): run for run, path in work}
        for future in as_completed(runs):
            if isinstance(future.exception(), KilledWorker):
                yield runs[future], None, "every worker that tried it died"
            else:
                yield future.result()


def run_study(name, study, *, folder=None, jobs=1, threads=1, scheduler=None):
    """Make what is missing of a study; return the number of runs made and a list of (run, reason) of
    those that failed.

    Each finished run is on the disk before the next is waited for. Raises ValueError for a damaged
    results file and OSError if something cannot be written; what was there is untouched by both.
    """
    folder = Path(folder or FOLDER).resolve()  # a worker's current folder is another
    path = results_path(name, folder)
    failures, made = [], 0
    if not _missing(name, study, folder):
        return made, failures
    with _only_writer(name, folder):
        missing = _missing(name, study, folder)
        _clean_up(name, study, missing, folder)
        work = [(run, checkpoint_path(name, run, folder)) for run in missing]
        done = _on_cluster(work, scheduler, threads) if scheduler else _on_this_machine(work, jobs, threads)
        with _progress_bar(name, len(study.runs()), work) as tick:
            for run, record, reason in done:
                if reason is None:
                    _append(path, record)
                    made += 1
                    if not study.keep:
                        checkpoint_path(name, run, folder).unlink(missing_ok=True)
                else:
                    failures.append((run, reason))
                tick(checkpoint_path(name, run, folder))
    return made, failures


def _missing(name, study, folder):
    path = results_path(name, folder)
    there = {_run_of(record).id for record in _parse(path)} if path.exists() else set()
    return [run for run in study.runs() if run.id not in there]


def _clean_up(name, study, missing, folder):
    """Remove the checkpoint of a run whose process was killed between its record and this."""
    unfinished = {run.id for run in missing}
    for run in study.runs():
        if run.id not in unfinished and not study.keep:
            checkpoint_path(name, run, folder).unlink(missing_ok=True)


@contextlib.contextmanager
def _progress_bar(name, total, work):
    """Show the runs done and the time left; yields what is to be called with the checkpoint of a finished run.

    A run in progress counts by its share of epochs, which is read from its checkpoint every second: a bar
    that stood still until the first run of an hour is over would say nothing.
    """
    from tqdm import tqdm

    epochs = {path: run.settings["epochs"] for run, path in work if "epochs" in run.settings}
    done, stop = total - len(work), threading.Event()

    def position():
        return round(done + sum(_epoch(path) / total for path, total in list(epochs.items()) if path.exists()), 2)

    def watch():
        while not stop.wait(1):
            bar.n = position()
            bar.refresh()

    def tick(path):
        nonlocal done
        done += 1
        epochs.pop(path, None)

    with tqdm(total=total, initial=position(), desc=name, unit="run") as bar:
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield tick
        finally:
            stop.set()
            watcher.join()
            bar.n = done
            bar.refresh()


def _epoch(checkpoint):
    """The number of epochs in a checkpoint of hwlib.training; 0 if it cannot be read just now."""
    try:
        with np.load(checkpoint, allow_pickle=False) as file:
            return json.loads(file["text"].tobytes())["epoch"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return 0


# The command


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m hwlib.study", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cores = os.cpu_count() or 1
    parser.add_argument("name", nargs="?", choices=STUDIES, help="the study to make; none: list them")
    parser.add_argument("--dry-run", action="store_true", help="list what would run, and run nothing")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the results lie (studies)")
    parser.add_argument("--threads", type=int, default=1, help="threads of one run (1)")
    parser.add_argument("--jobs", type=int, help="runs at the same time (cores / threads)")
    parser.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="run on this Dask cluster instead")
    options = parser.parse_args(arguments)
    if options.threads < 1 or (options.jobs is not None and options.jobs < 1):
        parser.error("--threads and --jobs need at least 1")
    try:
        if options.name is None:
            return _list_all(options.folder)
        if options.dry_run:
            return _list_missing(options.name, options.folder)
        made, failures = run_study(
            options.name,
            STUDIES[options.name],
            folder=options.folder,
            threads=options.threads,
            jobs=options.jobs or max(1, cores // options.threads),
            scheduler=options.scheduler,
        )
    except (OSError, ValueError, BrokenExecutor) as error:
        parser.exit(1, f"{parser.prog}: {str(error).splitlines()[0]}\n")
    except KeyboardInterrupt:
        parser.exit(130, "stopped; the same command continues\n")
    for run, reason in failures:
        print(f"failed: {run}: {reason}", file=sys.stderr)
    print(f"{options.name}: {made} runs made, {len(failures)} failed")
    return 1 if failures else 0


def _list_all(folder):
    for name, study in STUDIES.items():
        total = len(study.runs())
        print(f"{name:14} {total - len(_missing(name, study, folder)):5} of {total:5} runs  {study.about}")
    return 0


def _list_missing(name, folder):
    missing = _missing(name, STUDIES[name], folder)
    for run in missing:
        print(run)
    print(f"{name}: {len(missing)} of {len(STUDIES[name].runs())} runs are missing")
    return 0


if __name__ == "__main__":
    # Workers look functions up by module, and theirs is hwlib.study, not __main__.
    sys.exit(sys.modules.get("hwlib.study", __import__("hwlib.study").study).main())
