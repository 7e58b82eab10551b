"""Studies: every run is made once and is there once, whatever happens to the process, the disk or the file."""

import ctypes
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from hwlib import study, tasks

COMMAND = [sys.executable, "-m", "hwlib.study"]
PATIENCE = 240  # seconds after which a process that should have done something is taken to hang


def toy(*, power, seed, checkpoint):
    """A task that takes no time."""
    if checkpoint is not None:
        checkpoint.write_text("trained")
    return {"value": seed**power, "loss": [float("nan"), np.float64(0.5)]}


TOY = study.Study("a toy", "toy", study.grid(power=[1, 2]), range(3))


@pytest.fixture(autouse=True, scope="module")
def toy_task():
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(tasks.TASKS, "toy", toy)
        yield


def make(folder, toy_study=TOY):
    return study.run_study("toy", toy_study, folder=folder)


def outcome(folder, name="toy"):
    """What a study found out: {run: result}, without the circumstances."""
    return {study.Run(r["task"], r["settings"], r["seed"]).id: r["result"] for r in study.load(name, folder)}


def run_command(*arguments, **options):
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **options)


# Grids and runs


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(), min_size=1, max_size=3, unique=True)))
def test_grid_has_every_combination_once(axes):
    settings = study.grid(**axes)
    assert len({json.dumps(s, sort_keys=True) for s in settings}) == np.prod([len(v) for v in axes.values()])
    assert all(s[name] in axes[name] for s in settings for name in axes)


def test_run_is_known_by_its_content_not_by_the_order_of_its_settings():
    assert study.Run("toy", {"a": 1, "b": 2}, 0).id == study.Run("toy", {"b": 2, "a": 1}, 0).id
    assert study.Run("toy", {"a": 1}, 0).id != study.Run("toy", {"a": 1}, 1).id


@pytest.mark.parametrize("name", study.STUDIES)
def test_runs_of_a_named_study_are_distinct_and_its_task_is_there(name):
    runs = study.STUDIES[name].runs()
    assert len({run.id for run in runs}) == len(runs) > 0
    assert {run.task for run in runs} <= tasks.TASKS.keys()


# Results


def test_every_run_is_made_once_and_a_rerun_makes_none(tmp_path):
    assert make(tmp_path) == (6, [])
    before = study.results_path("toy", tmp_path).read_bytes()
    assert make(tmp_path) == (0, [])
    assert study.results_path("toy", tmp_path).read_bytes() == before
    assert sorted(outcome(tmp_path)) == sorted(run.id for run in TOY.runs())


def test_rerun_makes_only_what_is_missing(tmp_path, monkeypatch):
    make(tmp_path, study.Study("a part", "toy", study.grid(power=1), range(2)))
    seen = []
    monkeypatch.setitem(tasks.TASKS, "toy", lambda **settings: seen.append(settings) or {"value": 0})
    assert make(tmp_path) == (4, [])
    assert sorted((s["power"], s["seed"]) for s in seen) == [(1, 2), (2, 0), (2, 1), (2, 2)]


def test_record_says_what_it_depends_on_and_nothing_about_whose_machine_it_was(tmp_path):
    make(tmp_path)
    record = study.load("toy", tmp_path)[0]
    assert study.FIELDS <= record.keys()
    assert record["versions"]["numpy"] == np.__version__
    assert record["machine"]["cores"] == os.cpu_count()
    text = json.dumps(record)
    for private in (platform.node(), str(study.REPOSITORY), str(Path.home()), str(tmp_path)):
        assert private not in text


def test_not_a_number_comes_back_as_one(tmp_path):
    make(tmp_path)
    loss = np.array(study.load("toy", tmp_path)[0]["result"]["loss"], float)
    np.testing.assert_array_equal(loss, [np.nan, 0.5])


def test_select_takes_the_records_with_these_settings(tmp_path):
    make(tmp_path)
    chosen = study.select(study.load("toy", tmp_path), power=2)
    assert [record["settings"] for record in chosen] == [{"power": 2}] * 3


def test_checkpoint_goes_when_its_run_is_recorded_unless_it_is_to_be_kept(tmp_path):
    make(tmp_path)
    assert list(tmp_path.glob(".checkpoints/toy/*.npz")) == []
    make(tmp_path / "kept", study.Study("kept", "toy", study.grid(power=1), range(2), keep=True))
    assert len(list(tmp_path.glob("kept/.checkpoints/toy/*.npz"))) == 2


def test_study_never_made_is_refused_with_the_command_that_makes_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m hwlib.study toy"):
        study.load("toy", tmp_path)


def test_failing_run_is_named_and_the_others_are_made(tmp_path, monkeypatch):
    def fails_once(*, power, seed, checkpoint):
        if (power, seed) == (2, 1):
            raise ValueError("this one fails")
        return {"value": seed**power}

    monkeypatch.setitem(tasks.TASKS, "toy", fails_once)
    made, failures = make(tmp_path)
    assert made == 5
    assert [(run.settings, run.seed, reason) for run, reason in failures] == [
        ({"power": 2}, 1, "ValueError: this one fails")
    ]


def test_run_keeps_to_its_threads(monkeypatch):
    def threads(**_):
        return [pool["num_threads"] for pool in threadpool_info()]

    monkeypatch.setitem(tasks.TASKS, "toy", threads)
    assert set(study.execute(study.Run("toy", {}, 0), None, threads=1)["result"]) == {1}


# Damage


@settings(max_examples=50, deadline=None)
@given(share=st.floats(0, 1))
def test_results_file_cut_anywhere_is_either_whole_lines_or_refused_and_left_alone(tmp_path_factory, share):
    folder = tmp_path_factory.mktemp("cut")
    make(folder)
    path = study.results_path("toy", folder)
    whole = path.read_bytes()
    cut = whole[: round(share * len(whole))]
    path.write_bytes(cut)
    if cut == b"" or cut.endswith(b"\n"):
        assert make(folder) == (6 - cut.count(b"\n"), [])
    else:
        whole_lines = cut.count(b"\n")
        with pytest.raises(ValueError, match=f"line {whole_lines + 1} is cut off; .* {whole_lines} whole lines"):
            make(folder)
        assert path.read_bytes() == cut


@pytest.mark.parametrize("damage", [b"{}", b"[1]", b"not json", b"\xff\xfe", b""])
def test_altered_line_is_named_and_the_file_left_alone(tmp_path, damage):
    make(tmp_path)
    path = study.results_path("toy", tmp_path)
    lines = path.read_bytes().split(b"\n")
    lines[2] = damage
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(ValueError, match="line 3 is no record"):
        make(tmp_path)
    assert path.read_bytes() == b"\n".join(lines)


def test_run_that_stands_there_twice_is_refused(tmp_path):
    make(tmp_path)
    path = study.results_path("toy", tmp_path)
    path.write_bytes(path.read_bytes() + path.read_bytes().split(b"\n")[1] + b"\n")
    with pytest.raises(ValueError, match="line 7 is the same run as line 2"):
        study.load("toy", tmp_path)


def test_full_disk_leaves_the_results_as_they_were_and_the_next_try_completes_them(tmp_path):
    make(tmp_path, study.Study("a part", "toy", study.grid(power=1), range(2)))
    path = study.results_path("toy", tmp_path)
    before = path.read_bytes()
    (tmp_path / ".new-toy.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError, match="toy.jsonl: No space left on device. Its 2 runs are untouched"):
        make(tmp_path)
    assert path.read_bytes() == before
    assert make(tmp_path) == (4, [])


def test_full_disk_under_a_checkpoint_ends_the_command_with_one_line_and_keeps_the_results(tmp_path, trained):
    shutil.copy(trained / "smoke-cnn.jsonl", tmp_path)
    path = study.results_path("smoke-cnn", tmp_path)
    *lines, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines))
    missing = study.Run(**{name: json.loads(last)[name] for name in ("task", "settings", "seed")})
    checkpoint = study.checkpoint_path("smoke-cnn", missing, tmp_path)
    checkpoint.parent.mkdir(parents=True)
    checkpoint.with_name(f".new-{checkpoint.name}").symlink_to("/dev/full")
    result = run_command("smoke-cnn", "--folder", tmp_path, "--jobs", 1)
    assert result.returncode == 1
    assert "No space left on device" in result.stderr.splitlines()[-1]
    assert path.read_bytes() == b"".join(lines)


def without_the_powers_of_root():
    """Let file modes hold for root too: give up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (Linux)."""
    if os.geteuid() == 0:
        for capability in (1, 2):
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)


def test_read_only_folder_is_refused_before_anything_runs(tmp_path):
    make(tmp_path)
    path = tmp_path / "smoke.jsonl"
    tmp_path.chmod(0o500)
    try:
        result = run_command("smoke", "--folder", tmp_path, preexec_fn=without_the_powers_of_root)
    finally:
        tmp_path.chmod(0o700)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Permission denied" in result.stderr and str(tmp_path) in result.stderr
    assert not path.exists() and len(outcome(tmp_path)) == 6


def test_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "studies").write_text("mine")
    result = run_command("smoke", "--folder", tmp_path / "studies")
    assert result.returncode == 1
    assert "Not a directory" in result.stderr and len(result.stderr.splitlines()) == 1
    assert (tmp_path / "studies").read_text() == "mine"


@pytest.mark.parametrize("share", [0, 0.3, 0.999])
def test_truncated_checkpoint_is_named_and_nothing_is_changed(tmp_path, trained, share):
    run = study.STUDIES["smoke-cnn"].runs()[0]
    checkpoint = study.checkpoint_path("smoke-cnn", run, tmp_path)
    checkpoint.parent.mkdir(parents=True)
    whole = (trained / "epoch.npz").read_bytes()
    cut = whole[: int(share * len(whole))]
    checkpoint.write_bytes(cut)
    one = study.Study("one run", run.task, [run.settings], range(1))
    made, [(_, reason)] = study.run_study("smoke-cnn", one, folder=tmp_path, jobs=1)
    assert made == 0
    assert f"checkpoint {checkpoint} is damaged" in reason
    assert checkpoint.read_bytes() == cut
    assert not study.results_path("smoke-cnn", tmp_path).exists()


def test_second_process_that_makes_the_same_study_is_refused(tmp_path):
    with study._only_writer("smoke", tmp_path):
        result = run_command("smoke", "--folder", tmp_path)
    assert result.returncode == 1
    assert "being made by another process" in result.stderr


# The command


def test_dry_run_lists_what_would_run_and_touches_nothing(tmp_path):
    result = run_command("smoke", "--dry-run", "--folder", tmp_path)
    assert result.returncode == 0
    assert result.stdout.splitlines()[:-1] == [str(run) for run in study.STUDIES["smoke"].runs()]
    assert list(tmp_path.iterdir()) == []


def test_unknown_study_is_refused_with_the_names_of_the_known(capsys):
    with pytest.raises(SystemExit):
        study.main(["nonsense"])
    assert "smoke" in capsys.readouterr().err


# Processes that are killed


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with smoke-cnn as one undisturbed process makes it, and a checkpoint from the middle of it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    process = start(folder)
    wait_for(process, lambda: checkpoints(folder))
    shutil.copy(next(iter(checkpoints(folder))), folder / "epoch.npz")
    assert process.wait(PATIENCE) == 0
    return folder


def start(folder, *arguments):
    return subprocess.Popen([*COMMAND, "smoke-cnn", "--folder", folder, *arguments])


def checkpoints(folder):
    """The checkpoints in the folder: {path: time of the last epoch}."""
    found = folder.glob(".checkpoints/smoke-cnn/[!.]*.npz")  # not the one that is being written
    return {path: path.stat().st_mtime_ns for path in found if path.exists()}


def wait_for(process, condition):
    """Wait until the condition holds, which `process`, still running, is to bring about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def test_study_killed_again_and_again_ends_with_the_same_bits(tmp_path, trained):
    moments = random.Random()
    for _ in range(4):
        process = start(tmp_path, "--jobs", "1")
        for _ in range(moments.randint(1, 3)):  # epochs of this process; 60 are to be done
            before = checkpoints(tmp_path)
            wait_for(process, lambda before=before: checkpoints(tmp_path) != before)
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert start(tmp_path, "--jobs", "1").wait(PATIENCE) == 0
    assert outcome(tmp_path, "smoke-cnn") == outcome(trained, "smoke-cnn")


def test_workers_end_with_the_study_that_started_them(tmp_path):
    process = start(tmp_path, "--jobs", "2")
    wait_for(process, lambda: checkpoints(tmp_path))
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    process.kill()
    process.wait()
    assert psutil.wait_procs(workers, timeout=PATIENCE)[1] == []


def test_two_jobs_find_what_one_finds(tmp_path, trained):
    assert start(tmp_path, "--jobs", "2").wait(PATIENCE) == 0
    assert outcome(tmp_path, "smoke-cnn") == outcome(trained, "smoke-cnn")


@pytest.fixture
def cluster(tmp_path, request):
    """The address of a Dask scheduler on this machine, and the processes of its two workers.

    The test may give a module for the workers to load, and how many deaths a run is allowed.
    """
    preload, deaths = getattr(request, "param", ("", 3))
    (tmp_path / "preload.py").write_text(preload)
    address_file = tmp_path / "scheduler.json"
    where = ["--no-dashboard", "--scheduler-file", str(address_file)]
    dask = [sys.executable, "-m"]
    scheduler = [*dask, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *where]
    worker = [*dask, "distributed.cli.dask_worker", "--no-nanny", "--nthreads", "1", *where]
    worker += ["--preload", str(tmp_path / "preload.py")]
    log = open(tmp_path / "cluster.log", "w")
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(deaths)}
    options = {"cwd": tmp_path, "stdout": log, "stderr": subprocess.STDOUT, "env": environment}
    processes = [subprocess.Popen(scheduler, **options)]
    try:
        wait_for(processes[0], address_file.exists)
        processes += [subprocess.Popen(worker, **options) for _ in range(2)]
        yield json.loads(address_file.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()
        log.close()


def test_cluster_that_loses_a_worker_finds_what_one_machine_finds(tmp_path, trained, cluster):
    address, workers = cluster
    folder = tmp_path / "studies"
    process = start(folder, "--scheduler", address)
    wait_for(process, lambda: len(checkpoints(folder)) == 2)
    workers[0].kill()
    assert process.wait(PATIENCE) == 0
    assert workers[1].poll() is None
    assert len(study.load("smoke-cnn", folder)) == 3
    assert outcome(folder, "smoke-cnn") == outcome(trained, "smoke-cnn")


DEADLY = """
import os
from hwlib import tasks
tasks.TASKS["toy"] = lambda power, seed, checkpoint: os._exit(1) if seed == 0 else {"value": seed**power}
"""


@pytest.mark.parametrize("cluster", [(DEADLY, 0)], indirect=True)
def test_run_that_kills_its_worker_is_named_and_others_can_be_made(tmp_path, cluster):
    deadly, harmless = (study.Study("", "toy", study.grid(power=1), seeds) for seeds in (range(1), range(1, 3)))
    where = {"folder": tmp_path / "studies", "scheduler": cluster[0]}
    assert study.run_study("toy", deadly, **where) == (0, [(deadly.runs()[0], "every worker that tried it died")])
    assert study.run_study("toy", harmless, **where) == (2, [])


def test_scheduler_that_is_not_there_is_one_line(tmp_path):
    result = run_command("smoke", "--folder", tmp_path, "--scheduler", "tcp://127.0.0.1:9")
    assert result.returncode == 1
    assert "tcp://127.0.0.1:9" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
