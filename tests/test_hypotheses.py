"""Hypotheses: proved where they hold, refuted where they do not, at points that satisfy them exactly."""

import json
import random
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from reference import NoValue, slopes, value

from hwlib.matrix_calculus import check, derive, same
from hwlib.matrix_calculus.hypotheses import Hypotheses, orthonormal, projection
from hwlib.matrix_calculus.notation import NotationError, parse, read
from hwlib.matrix_calculus.points import Sampler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "web"))

import checker  # noqa: E402

DECLARED = "X: m x n, Y: m x n, Z: m x n, y: n, z: n, A: n x n, B: n x n, O: n x n, H: n x n, x: n, b: n, c: n"
RIGHT = [
    ("cross-entropy", "-y'*log(softmax(z))", "z", "softmax(z) - y", "y'*1 = 1"),
    ("its batch", "-sum(Y .* log(softmax(Z)))", "Z", "softmax(Z) - Y", "Y*𝟏 = 𝟏"),
    ("a quadratic form", "x'*A*x", "x", "2*A*x", "A symmetric"),
    ("the same as an equation", "x'*A*x", "x", "2*A*x", "A = A'"),
    ("commuting matrices", "tr(A*B*A*O)", "O", "(B*A*A)'", "A*B = B*A"),
    ("orthonormal columns", "log(det(X'*X))", "X", "2*X", "X'*X = I"),
    ("an orthogonal matrix", "log(abs(det(O)))", "O", "O", "O'*O = I"),
    ("from the other side", "log(abs(det(O)))", "O", "O", "O*O' = I"),
    ("a unit vector", "norm(x)", "x", "x", "x'*x = 1"),
    ("its length", "norm(x)^4", "x", "4*x", "norm(x) = 1"),
    ("a projection", "norm(H*x - x)^2", "x", "2*(I - H)*x", "H*H = H; assume H symmetric"),
    ("a solution", "norm(A*x - b)^2", "x", "0", "A*x = b"),
    ("a null vector", "norm(A*x - b)^2", "x", "-2*A'*b", "A*x = 0"),
    ("centered columns", "norm(X - 𝟏*(𝟏'*X)/m)^2", "X", "2*X", "𝟏'*X = 0"),
    ("orthogonal columns", "norm(X*x + Y*y)^2", "x", "2*X'*X*x", "X'*Y = 0"),
    ("weights that sum to one", "norm(sum(c)*x - b)^2", "x", "2*(x - b)", "sum(c) = 1"),
    ("a skew matrix", "x'*A*x + b'*x", "x", "b", "A' = -A"),
    ("the inverse of an involution", "tr(inv(A)*B)", "B", "A'", "A*A = I; assume A symmetric"),
]
IDS = [row[0] for row in RIGHT]


def scoped(assumptions):
    return read(
        f"{DECLARED}\n" + "\n".join(f"assume {line.removeprefix('assume ')}" for line in assumptions.split("; "))
    )


def largest(arrays):
    return max(np.max(np.abs(v)) for v in arrays.values())


def judged(J, X, claim, assumptions):
    scope = scoped(assumptions)
    symmetric, X = scope.symmetric, scope[X]
    return check(parse(J, scope), X, parse(claim, scope, X), symmetric=symmetric, assuming=scope.assumed)


@pytest.mark.parametrize(("_", "J", "X", "claim", "assumptions"), RIGHT[:-1], ids=IDS[:-1])
def test_what_a_hypothesis_makes_right_is_proved(_, J, X, claim, assumptions):
    verdict = judged(J, X, claim, assumptions)
    assert verdict.how == "proved", verdict
    assert "symmetric" in assumptions or "= A'" in assumptions or "where" in verdict.sentence


@pytest.mark.parametrize(("_", "J", "X", "claim", "assumptions"), RIGHT, ids=IDS)
def test_without_the_hypothesis_it_is_refuted(_, J, X, claim, assumptions):
    scope = read(DECLARED)
    verdict = check(parse(J, scope), scope[X], parse(claim, scope, scope[X]))
    assert verdict.how == "refuted", verdict


@pytest.mark.parametrize(("_", "J", "X", "claim", "assumptions"), RIGHT[:-1], ids=IDS[:-1])
def test_a_wrong_claim_is_refuted_under_the_hypothesis(_, J, X, claim, assumptions):
    scope = scoped(assumptions)
    off = "X + Y" if X in ("X", "Z") else "A + B" if X in ("O", "H", "A", "B") else "x + b + y + z"
    wrong = parse(f"({claim}) + {off}", scope, scope[X])
    verdict = check(parse(J, scope), scope[X], wrong, symmetric=scope.symmetric, assuming=scope.assumed)
    assert verdict.how == "refuted", verdict


@pytest.mark.parametrize(("_", "J", "X", "claim", "assumptions"), RIGHT[:-1], ids=IDS[:-1])
def test_points_satisfy_the_hypotheses_and_differ(_, J, X, claim, assumptions):
    """An evaluator that shares no code: the equations hold at the sampler's points, and J has the claim's slope."""
    scope = scoped(assumptions)
    hypotheses = Hypotheses(scope.assumed)
    with sp.assuming(*map(sp.Q.symmetric, [*scope.symmetric, *hypotheses.symmetric])):
        J, claim = parse(J, scope), parse(claim, scope, scope[X])
        sampler = Sampler(J, claim, scope[X], *hypotheses.differences, hypotheses=hypotheses)
        points = [*sampler.first_points(), *sampler.more_points()]
    assert len(points) >= 6
    compared = 0
    for point in points:
        arrays = {s: np.array(v, dtype=float) if isinstance(v, tuple) else v for s, v in point.items()}
        for equation in hypotheses.differences:
            assert np.allclose(value(equation, arrays), 0, atol=1e-9 * largest(arrays) ** 2)
        if largest(arrays) < 20:
            with suppress(NoValue):
                expected = value(claim, arrays) * np.ones(arrays[scope[X]].shape)
                assert np.allclose(slopes(J, scope[X], arrays), expected, atol=1e-4)
                compared += 1
    assert compared >= 2 and len({str(sorted(map(str, p.items()))) for p in points}) > 6


def test_where_no_point_can_be_made_nothing_is_claimed():
    scope = read("x: n")
    x = scope["x"]
    verdict = check(sp.Trace(x.T * x), x, 2 * x, assuming=[(sp.exp(sp.Trace(x.T * x)), sp.S(3))])
    assert verdict.how == "undecided" and "exp(norm(x)^2) = 3" in verdict.sentence
    impossible = check(sp.Trace(x.T * x), x, 3 * x, assuming=[(sp.Trace(x.T * x), sp.S(-1))])
    assert impossible.how == "undecided"


def test_an_equality_may_use_hypotheses():
    scope = scoped("A*B = B*A")
    left, right = parse("(A + B)*(A - B)", scope), parse("A*A - B*B", scope)
    assert same(left, right, assuming=scope.assumed).how == "proved"
    assert same(left, right).how == "refuted"


def test_a_derivation_ends_in_what_the_hypotheses_make_of_the_gradient():
    scope = scoped("sum(y) = 1")
    derivation = derive(parse("-y'*log(softmax(z))", scope), scope["z"], assuming=scope.assumed)
    assert "s - y" in str(derivation[-1]) and "hypothesis" in derivation[-1].rule
    assert check(parse("-y'*log(softmax(z))", scope), scope["z"], derivation.gradient, assuming=scope.assumed)
    scope = scoped("X'*X = I")
    derivation = derive(parse("log(det(X'*X))", scope), scope["X"], assuming=scope.assumed)
    assert derivation.gradient == 2 * scope["X"]


def test_constructed_matrices_are_what_they_are_called():
    draw = random.Random(0)
    for rows, cols in ((1, 1), (3, 2), (4, 4)):
        Q = np.array(orthonormal(rows, cols, draw), dtype=float)
        assert np.allclose(Q.T @ Q, np.eye(cols))
    assert orthonormal(2, 3, draw) is None
    signs = {round(np.linalg.det(np.array(orthonormal(3, 3, draw), dtype=float))) for _ in range(20)}
    assert signs == {1, -1}
    for symmetric in (False, True):
        P = np.array(projection(4, 4, draw, symmetric), dtype=float)
        assert np.allclose(P @ P, P) and (not symmetric or np.allclose(P, P.T))


@pytest.mark.parametrize(
    "text", ["assume y'*1", "assume W symmetric", "assume y symmetric", "assume y = A", "assume y'*y = q", "assume x"]
)
def test_what_is_no_hypothesis_is_refused_with_its_place(text):
    with pytest.raises(NotationError):
        read(f"{DECLARED}\n{text}")


@pytest.mark.parametrize("given", ["y = 1", 3, [3], [(1, 2, 3)], [sp.Symbol("x") > 0], None])
def test_what_is_no_equation_is_refused(given):
    x = read("x: n")["x"]
    with pytest.raises(ValueError, match="assuming"):
        check(sp.Trace(x.T * x), x, 2 * x, assuming=given)


def test_the_form_takes_a_hypothesis():
    answers = []
    question = {"symbols": "y: k, z: k, assume y'*1 = 1", "definitions": "", "J": "-y'*log(softmax(z))"}
    question |= {"variable": "z", "gradient": "softmax(z) - y"}
    assert checker.answer(json.dumps(question), lambda kind, text: answers.append((kind, text)))
    assert "proved" in dict(answers) and "softmax(z) - y" in str(answers[-1])


def test_symmetric_predicates_are_taken_too():
    scope = read("A: n x n, x: n")
    A, x = scope["A"], scope["x"]
    assert check(sp.Trace(x.T * A * x), x, 2 * A * x, assuming=[sp.Q.symmetric(A)]).how == "proved"
