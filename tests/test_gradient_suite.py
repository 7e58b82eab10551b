"""The textbooks' gradients: right by central differences, found by the engine, and as short as in the book."""

import json
from pathlib import Path

import pytest
import sympy as sp
from sympy.tensor.array.array_derivatives import ArrayDerivative
from sympy.tensor.array.expressions import ArrayAdd, ArrayContraction, ArrayTensorProduct, PermuteDims

from hwlib.matrix_calculus import benchmark
from hwlib.matrix_calculus.arithmetic import Undefined, elementwise, matrix, mp, shape, to_mpf
from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.judge import same
from hwlib.matrix_calculus.points import Sampler, value_at
from hwlib.matrix_calculus.shapes import size
from hwlib.matrix_calculus.slopes import difference_quotient
from hwlib.matrix_calculus.suite import CASES, SOURCES

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
ARRAYS = (ArrayAdd, ArrayContraction, ArrayDerivative, ArrayTensorProduct, PermuteDims, sp.Derivative, sp.Sum)


def assert_slopes(J, X, claimed, points=3):
    """The slope of J in a random direction is ⟨claimed, direction⟩, at several points and sizes."""
    sampler, compared = Sampler(J, X, claimed), 0
    for point in sampler.generic_points():
        rows = value_at(point, claimed)
        direction = matrix(*shape(point[X]), lambda i, j: sampler.random.randint(-5, 5))
        try:
            slope = to_mpf(difference_quotient(J, X, direction, point))
            twice = elementwise(lambda d: 2 * d, direction)  # as with twice the step, then twice the slope
            rough = abs(
                to_mpf(difference_quotient(J, X, twice, point)) / 2 - slope
            )  # where J bends at the point itself
        except Undefined:
            continue
        if rows is None:
            continue
        assert shape(rows) == shape(direction)
        along = sum(to_mpf(a) * b for a, b in zip(sum(rows, ()), sum(direction, ()), strict=True))
        assert (
            abs(along - slope)
            <= mp.mpf(10) ** -25 * (1 + abs(slope)) + 2 * rough
            <= mp.mpf(10) ** -15 * (1 + abs(slope))
        )
        compared += 1
        if compared == points:
            return
    pytest.fail(f"only {compared} points at which J is real")


# ---- the benchmark ----

RECORD = Path(__file__).parent.parent / "studies" / "matrix_calculus.json"


def case_named(name):
    return next(case for case in CASES if case.name == name)


@pytest.mark.parametrize(
    ("contestant", "name", "expected"),
    [
        (gradient, "106 tr(X^2)", "right"),
        (lambda J, X: J.diff(X), "106 tr(X^2)", "right"),
        (lambda J, X: J.diff(X), "log det(S)", "wrong"),
        (lambda J, X: J.diff(X), "49 det(X)", "failed"),
        (lambda J, X: X.T, "115 tr(X'X)", "wrong"),
        (lambda J, X: X, "115 tr(X'X)", "wrong"),
        (lambda J, X: 1 / 0, "115 tr(X'X)", "failed"),
    ],
)
def test_the_benchmark_tells_right_from_wrong_from_failed(contestant, name, expected):
    assert benchmark.attempt(contestant, case_named(name))["outcome"] == expected


def test_the_recorded_benchmark_is_of_this_suite():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert [row["name"] for row in record["cases"]] == [case.name for case in CASES]
    assert all(row["results"]["this engine"]["outcome"] == "right" for row in record["cases"])
    assert record["summary"] == benchmark.summary(record["cases"])


def test_the_benchmark_prints_a_table_and_what_is_not_right(monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "SOURCES", {"two": [case_named("106 tr(X^2)"), case_named("log det(S)")]})
    benchmark.main(["--list"])
    head, ours, theirs, wrong = capsys.readouterr().out.splitlines()
    assert head.startswith("2 gradients") and ours.split()[2:5] == ["2", "0", "0"]
    assert theirs.startswith("SymPy") and theirs.split()[2:5] == ["1", "1", "0"] and "log det(S)" in wrong


def test_the_benchmark_refuses_a_folder_that_is_not_there(capsys, tmp_path):
    with pytest.raises(SystemExit):
        benchmark.main(["--save", str(tmp_path / "nowhere" / "x.json")])
    assert "there is no folder" in capsys.readouterr().err


def test_the_benchmark_saves_whole_files(tmp_path):
    rows = json.loads(RECORD.read_text(encoding="utf-8"))["cases"]
    benchmark.save(rows, tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["cases"] == rows
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


# ---- the engine ----


def test_the_suite_has_the_textbooks_of_the_issue():
    counts = {source: len(cases) for source, cases in SOURCES.items()}
    assert counts["Matrix Cookbook"] >= 60 and counts["SymPy's tests"] >= 30 and counts["networks"] >= 15
    assert len({case.name for case in CASES}) == len(CASES)


@every_case
def test_the_textbook_is_right(case):
    assert_slopes(case.J, case.X, case.gradient)


@every_case
def test_the_engine_is_right(case):
    assert_slopes(case.J, case.X, gradient(case.J, case.X))


@every_case
def test_the_engine_gives_a_closed_form_of_the_shape_of_X(case):
    found = gradient(case.J, case.X)
    assert found.shape == case.X.shape
    assert not found.atoms(*ARRAYS)


@every_case
def test_the_engine_is_no_longer_than_the_textbook(case):
    found = gradient(case.J, case.X)
    assert size(found) <= 1.25 * size(case.gradient), f"{found}\n{case.gradient}"


@every_case
def test_engine_and_textbook_are_proved_equal(case):
    assert same(gradient(case.J, case.X), case.gradient).how == "proved"
