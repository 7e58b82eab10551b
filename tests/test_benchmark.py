"""The benchmark: who takes part, that all do the same work, what the numbers mean, and what is written."""

import itertools
import json
import platform
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwlib import machine
from hwlib.activations import REPORTED
from hwlib.benchmark import contestants, parts
from hwlib.benchmark.__main__ import main, table, write
from hwlib.benchmark.contestants import CONTESTANTS, PROBES, Contestant, Problem, contestant
from hwlib.benchmark.timing import Session, Track, ratio, summary
from hwlib.models import keras

COMMITTED = Path(__file__).resolve().parent.parent / "studies" / "benchmark.json"
TWO_THREADS = COMMITTED.with_name("benchmark-two-threads.json")
REQUIRED = [name for name, entry in CONTESTANTS.items() if entry.runtime == "tensorflow" or name.startswith("NumPy")]
OPTIONAL = [name for name in CONTESTANTS if name not in REQUIRED]
times = st.lists(st.floats(1e-6, 1.0), min_size=3, max_size=30)

NUMBER, TEXT = (int, float), str
SUMMARY = {"median": NUMBER, "quartiles": [NUMBER], "rounds": int}
ROW = {
    "name": TEXT,
    "runtime": TEXT,
    "steps_per_call": int,
    "difference": NUMBER,
    "ratio": NUMBER,
    "interval": [NUMBER],
    **SUMMARY,
}
CALLS = [{"name": TEXT, "bytes": int, "flops": int, "elements": int, "calls": int}]
SCHEMA = {
    "format": int,
    "command": TEXT,
    "machine": {
        "processor": TEXT,
        "cores": int,
        "caches": dict,
        "system": TEXT,
        "threads": int,
        "versions": dict,
    },
    "loads": {name: NUMBER for name in parts.PARTS},
    "libraries": dict,
    "steps": [ROW],
    "grid": [{"batch": int, "hidden": int, "contestants": [ROW]}],
    "dtypes": [{"batch": int, "hidden": int, "dtype": TEXT, "contestants": [ROW]}],
    "activations": {name: dict for name in REPORTED},
    "reason": {
        "empty": SUMMARY,
        "passing": [{"into": bool, "out": bool, **SUMMARY}],
        "variables": [{"result": bool, **SUMMARY}],
        "chain": [{"operations": int, **SUMMARY}],
        "operations": int,
    },
    "loop": {"calls": [{"steps": int, "jit": bool, **SUMMARY}], parts.BASE: SUMMARY},
    "ceilings": {
        "call": NUMBER,
        "product": NUMBER,
        "dgemm": NUMBER,
        "sgemm": NUMBER,
        "copy": [dict],
        "elements": dict,
    },
    "anatomy": [{"batch": int, "hidden": int, "fast": CALLS, "bare": CALLS}],
}


def assert_schema(value, schema, place="result"):
    """Hold a value to a schema of dicts with all their keys, lists of one kind, and types."""
    if isinstance(schema, dict):
        assert isinstance(value, dict) and set(value) == set(schema), place
        for key, kind in schema.items():
            assert_schema(value[key], kind, f"{place}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list) and value, place
        for item in value:
            assert_schema(item, schema[0], f"{place}[]")
    else:
        assert isinstance(value, schema), f"{place} is {value!r}"


@pytest.fixture(autouse=True)
def single_precision():
    """A contestant has a process of its own, in which Keras computes in double precision; here it must not stay so."""
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")  # a layer made meanwhile has fixed it


@pytest.fixture
def alone(monkeypatch):
    """A registry with nothing but the two forms of the network, and one process."""
    forms = {name: CONTESTANTS[name] for name in ("NumPy, readable", parts.BASE)}
    monkeypatch.setattr(parts, "CONTESTANTS", forms)
    monkeypatch.setattr(machine, "limit_threads", lambda threads: None)


@pytest.mark.parametrize("name", REQUIRED)
def test_contestants_take_the_same_step_as_the_reference(name):
    assert Session().contestant("key", name, Problem(), 1e-4) <= 1e-12


@pytest.mark.parametrize("name", parts.KIND_FORMS)
def test_contestants_take_the_same_step_in_float32(name):
    problem = Problem(dtype="float32")
    assert all(array.dtype == "float32" for array in (*problem.data(), *problem.weights()))
    assert 0 < Session().contestant("key", name, problem, 1e-4) <= 1e-4


@pytest.mark.parametrize("name", OPTIONAL)
def test_contestants_that_may_be_missing_agree_or_say_that_they_are(name):
    try:
        assert Session().contestant("key", name, Problem(), 1e-4) <= 1e-12
    except ImportError as error:
        assert str(error)


@pytest.mark.parametrize("name", ("NumPy, readable", "NumPy, fast", "TensorFlow, tf.function"))
@pytest.mark.parametrize("activation", REPORTED)
def test_contestants_agree_for_each_activation_and_another_size(name, activation):
    assert Session().contestant("key", name, Problem(33, 7, activation), 1e-4) <= 1e-12


def test_a_contestant_that_does_other_work_is_not_timed(monkeypatch):
    def too_far(problem):
        advance, weights = CONTESTANTS["NumPy, readable"].make(problem)
        return advance, lambda: [2 * weight for weight in weights()]

    monkeypatch.setitem(CONTESTANTS, "wrong", Contestant("wrong", "numpy", too_far))
    session = Session()
    with pytest.raises(ArithmeticError, match="wrong differs from the reference by"):
        session.contestant("key", "wrong", Problem(), 1e-4)
    assert not session.calls


def test_a_name_can_be_registered_once():
    with pytest.raises(ValueError, match="two contestants are called 'NumPy, fast'"):
        contestant("NumPy, fast", "numpy")(lambda problem: None)


def test_a_missing_compiler_is_a_reason_to_skip(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(ImportError, match="no C compiler"):
        CONTESTANTS["C, one call a step"].make(Problem())


def test_what_cannot_run_is_skipped_with_a_line():
    lines = []
    track = Track(say=lines.append)
    track.process = lambda runtime: Missing()
    assert track.enter("key", CONTESTANTS["JAX, jitted"], Problem()) is None
    assert lines == ["  skipped: JAX, jitted (No module named 'jax')"] and not track.entries


class Missing:
    """A process in which nothing is installed."""

    def ask(self, *request):
        raise ModuleNotFoundError("No module named 'jax'")


def test_contestants_take_turns(monkeypatch):
    asked = []

    class Process:
        def ask(self, method, key=None, *rest):
            if method == "time":
                asked.append(key)
            return 1.0

    track = Track()
    monkeypatch.setattr(track, "process", lambda runtime: track.processes.setdefault(runtime, Process()))
    for key in "abc":
        track.enter(key, CONTESTANTS[parts.BASE], Problem())
    assert set(track.race(3, "test")) == set("abc")
    assert [sorted(asked[i : i + 3]) for i in (0, 3, 6)] == 3 * [list("abc")] and not track.entries


@pytest.mark.parametrize("name", sorted(PROBES))
def test_probes_can_be_timed(name):
    arguments = {
        "numpy_operation": ("exp", (3, 4)),
        "numpy_product": (8, "float32"),
        "tensorflow_chain": ("relu", 2, (1, 1)),
        "tensorflow_loop_of": (2, False),
        "tensorflow_passing": (True, True),
        "tensorflow_variables": (True,),
        "tensorflow_operations": (Problem(),),
    }.get(name, ())
    session = Session()
    assert session.probe("key", name, arguments, 1e-4) >= 1
    assert session.time("key") > 0


@pytest.mark.parametrize("name", ["", *REPORTED])
def test_the_links_of_a_chain_survive_tensorflow_s_optimizer(name):
    assert PROBES["tensorflow_chain"](name, 64, (1, 1))[1] == 1  # it would raise


def test_a_chain_that_is_fused_is_seen_as_such():
    import tensorflow as tf

    from hwlib.benchmark.contestants import optimized_nodes

    @tf.function
    def chain(value):
        for _ in range(64):
            value = tf.tanh(value)
        return value

    nodes = optimized_nodes(chain, tf.constant([[0.5]]))
    assert nodes.get("Tanh", 0) < 64 and sum(nodes.values()) < 10


@given(times)
def test_quartiles_enclose_the_median(values):
    result = summary(values)
    low, high = result["quartiles"]
    assert low <= result["median"] <= high and result["rounds"] == len(values)


@given(times, st.floats(0.1, 10))
def test_a_ratio_is_taken_round_by_round(values, factor):
    result = ratio(factor * np.array(values), values)
    assert [result["ratio"], *result["interval"]] == pytest.approx([factor] * 3)


@given(times, times)
def test_the_interval_holds_the_ratio(one, other):
    size = min(len(one), len(other))
    result = ratio(one[:size], other[:size])
    low, high = result["interval"]
    assert low <= result["ratio"] <= high


def test_the_calls_of_a_fast_step_are_all_counted():
    """Sums over the parts of a step: bytes and operations of the products are known in closed form."""
    batch, hidden = 150, 10
    calls = parts.fast_calls(Problem(batch, hidden))
    flops = sum(call["flops"] * call["calls"] for call in calls if call["flops"] > 2 * 1000)
    products = 2 * batch * (5 * hidden + 3 * (hidden + 1) + 3 * 3 + 3 * (hidden + 1) + 3 * hidden + 5 * hidden)
    assert flops == products
    assert sum(call["calls"] for call in calls) == 22


def test_the_committed_run_has_the_promised_form():
    assert_schema(json.loads(COMMITTED.read_text(encoding="utf-8")), SCHEMA)


def test_the_committed_runs_compare_float32_and_two_threads_at_the_same_sizes():
    one, two = (json.loads(path.read_text(encoding="utf-8")) for path in (COMMITTED, TWO_THREADS))
    assert_schema(two["dtypes"], SCHEMA["dtypes"])
    assert (one["machine"]["threads"], two["machine"]["threads"]) == (1, 2)
    settings = [[(cell["batch"], cell["hidden"], cell["dtype"]) for cell in run["dtypes"]] for run in (one, two)]
    assert settings[0] == settings[1] and {dtype for _, _, dtype in settings[0]} == {"float64", "float32"}


def test_the_committed_run_names_no_host_and_no_path():
    text = COMMITTED.read_text(encoding="utf-8")
    assert platform.node() not in text and "/home" not in text and "/root" not in text and "/work" not in text


def test_the_committed_run_has_every_contestant():
    run = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert {row["name"] for row in run["steps"]} == set(CONTESTANTS)
    assert all(row["difference"] <= 1e-12 for row in run["steps"])


def test_a_run_writes_json_and_figure(alone, tmp_path, capsys):
    output, figure = tmp_path / "new" / "run.json", tmp_path / "other" / "run.png"
    main(["--rounds", "3", "--parts", "steps", "anatomy", "--output", str(output), "--figure", str(figure)])
    run = json.loads(output.read_text(encoding="utf-8"))
    assert_schema(run["steps"], SCHEMA["steps"])
    assert_schema(run["anatomy"], SCHEMA["anatomy"])
    assert figure.stat().st_size > 0
    printed = capsys.readouterr().out
    assert "threads: 1" in printed and "NumPy, readable" in printed and "median µs" in printed


def test_parts_that_are_not_asked_for_are_kept(alone, tmp_path):
    output = tmp_path / "run.json"
    write(output, {"format": 1, "command": "before", "ceilings": {"call": 1.0}})
    main(["--parts", "anatomy", "--output", str(output)])
    run = json.loads(output.read_text(encoding="utf-8"))
    assert run["ceilings"] == {"call": 1.0} and run["anatomy"]
    assert run["command"] == "before; python -m hwlib.benchmark --rounds 100 --parts anatomy"


def test_a_result_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "run.json"
    write(path, {"good": 1.23456789})
    with pytest.raises(TypeError):
        write(path, {"bad": object()})
    assert json.loads(path.read_text()) == {"good": 1.235}


@pytest.mark.parametrize(
    "arguments, message",
    (
        (["--parts", "speed"], "no part is called speed; there are steps, grid"),
        (["--rounds", "0"], "0 is not positive"),
        (["--threads", "many"], "invalid"),
    ),
)
def test_what_makes_no_sense_is_refused_in_a_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2 and message in capsys.readouterr().err


def test_help_and_list_say_what_there_is(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0 and "--rounds" in capsys.readouterr().out
    main(["--list"])
    printed = capsys.readouterr().out
    assert all(name in printed for name in itertools.chain(CONTESTANTS, parts.PARTS))


def test_the_machine_is_described_without_names():
    description = machine.describe(threads=1)
    assert_schema(description, SCHEMA["machine"])
    assert platform.node() not in json.dumps(description)
    assert description["versions"]["numpy"] == np.__version__


def test_the_table_has_the_fastest_first():
    row = {"runtime": "numpy", "quartiles": [1e-6, 3e-6], "ratio": 1.0, "interval": [0.9, 1.1]}
    lines = table([{"name": "slow", "median": 3e-6, **row}, {"name": "quick", "median": 2e-6, **row}]).splitlines()
    assert lines[1].startswith("quick") and lines[2].startswith("slow")


def test_problems_draw_the_same_data_and_weights_everywhere():
    X, Y = Problem(5, 2).data()
    again, _ = contestants.Problem(5, 2).data()
    assert (X == again).all() and (Y.sum(axis=1) == 1).all() and X.shape == (5, 4)
    assert [weight.shape for weight in Problem(5, 2).weights()] == [(4, 2), (1, 2), (2, 3), (1, 3)]
