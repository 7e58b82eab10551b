"""A node that is registered from outside, as the page "Add a node of your own" does it: everything knows it."""

import re
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
from sympy import Expr, MatrixExpr, MatrixSymbol, Trace, Transpose, log, symbols

import hwlib.matrix_calculus
from hwlib.matrix_calculus import check, derive, gradient, jacobian, registry, same, to_numpy
from hwlib.matrix_calculus.nodes import FunctionOfSquareMatrix, Record, register
from hwlib.matrix_calculus.normal_form import proved_equal
from hwlib.matrix_calculus.notation import parse, read, write
from hwlib.matrix_calculus.shapes import transposed
from hwlib.matrix_calculus.table import rule_table
from hwlib.matrix_calculus.tex import latex
from hwlib.matrix_calculus.values import evaluate
from hwlib.matrix_calculus.writing import product, trace

PAGE = Path(__file__).parents[1] / "chapters" / "add-a-node.md"
CELLS = re.findall(r"```\{code-cell\} ipython3\n(.*?)```", PAGE.read_text(), re.DOTALL)
ON_PAGE = {}
NAMES = read("X, A, B, C: n x n; x: n")
X, A = NAMES["X"], NAMES["A"]
TRACE, WEIGHTED = "tr(expm(X))", "tr(A*expm(2*X))"


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The page's nodes are known to these tests, and to no other."""
    kept = {kind: list(known) for kind, known in registry._BY_TYPE.items()}
    rules, words = list(registry.RULES), dict(registry.WORDS)
    for cell in CELLS[:2]:
        exec(cell, ON_PAGE)
    register(Shifted)(type("ShiftedOnes", (FunctionOfSquareMatrix,), {}))
    yield
    for now, before in ((registry._BY_TYPE, kept), (registry.WORDS, words)):
        now.clear()
        now.update(before)
    registry.RULES[:] = rules
    registry._known_of.cache_clear()


class Shifted(MatrixExpr):
    """A function of a matrix and a number of which nothing more is said."""

    shape = property(lambda self: self.args[0].shape)


def expr(text):
    return parse(text, NAMES)


def exponential(matrix):
    return ON_PAGE["Exponential"](matrix)


RANDOM = np.random.default_rng(0)
ARRAYS = {name: RANDOM.standard_normal((3, 3)) / 2 for name in "XABC"} | {"x": RANDOM.standard_normal((3, 1))}


def number(text):
    """The value of a scalar by NumPy, from the notation's text by hand."""
    return eval(text, {"expm": scipy.linalg.expm, "exp": np.exp, "trace": np.trace, **ARRAYS})


def differences(text, name="X", step=1e-5):
    """The gradient of a scalar in NumPy's words by central differences."""
    found, kept = np.zeros_like(ARRAYS[name]), ARRAYS[name]
    for place in np.ndindex(kept.shape):
        sides = []
        for sign in (1, -1):
            ARRAYS[name] = kept.copy()
            ARRAYS[name][place] += sign * step
            sides.append(np.squeeze(number(text)))
        found[place] = (sides[0] - sides[1]) / (2 * step)
    ARRAYS[name] = kept
    return found


def computed(expr):
    symbols = sorted(expr.atoms(MatrixSymbol), key=str)
    return to_numpy(expr, symbols)(*(ARRAYS[symbol.name] for symbol in symbols))


@pytest.mark.parametrize(
    ("J", "numpy"),
    [
        (TRACE, "trace(expm(X))"),
        (WEIGHTED, "trace(A @ expm(2 * X))"),
        ("x'*expm(X'*A)*exp(X)*x", "x.T @ expm(X.T @ A) @ exp(X) @ x"),
        ("norm(expm(expm(X)) - A)^2", "((expm(expm(X)) - A) ** 2).sum()"),
    ],
    ids=["trace", "weighted", "beside other nodes", "nested"],
)
def test_the_gradient_and_its_code_agree_with_differences_of_scipy(J, numpy):
    assert np.allclose(computed(expr(J)), np.squeeze(number(numpy)))
    assert np.allclose(computed(gradient(expr(J), X)), differences(numpy), rtol=1e-6, atol=1e-6)


def test_the_trace_of_the_exponential_has_the_exponential_as_its_gradient():
    assert gradient(expr(TRACE), X) == exponential(Transpose(X))


@pytest.mark.parametrize(
    ("J", "claim", "how"),
    [
        (TRACE, "expm(X)'", "proved"),
        (TRACE, "expm(X')", "proved"),
        (TRACE, "expm(X)", "refuted"),
        (TRACE, "exp(X)'", "refuted"),
        (WEIGHTED, "2*frechet(2*X', A')", "proved"),
        (WEIGHTED, "2*frechet(2*X, A)'", "proved"),
        (WEIGHTED, "2*A'*expm(2*X)'", "refuted"),
    ],
)
def test_a_claim_is_judged(J, claim, how):
    assert check(expr(J), X, expr(claim)).how == how


def test_the_derivation_ends_with_the_gradient_and_names_the_rule():
    found = derive(expr(WEIGHTED), X)
    assert same(found.gradient, gradient(expr(WEIGHTED), X)).how == "proved"
    assert "matrix exponential" in str(found)
    assert {step.checked for step in found} <= {"given", "proved", "differences", "sampled"}


@pytest.mark.parametrize(
    ("left", "right", "how"),
    [
        ("expm(A*B)'", "expm(B'*A')", "proved"),
        ("expm(A + B)", "expm(B + A)", "proved"),
        ("tr(A*expm(B)*C)", "tr(C*A*expm(B))", "proved"),
        ("expm(A)*expm(B)", "expm(A + B)", "refuted"),
        ("expm(A)", "exp(A)", "refuted"),
        ("expm(A + A')", "expm(A + A')'", "proved"),
    ],
)
def test_an_equality_is_judged_without_believing_too_much(left, right, how):
    assert same(expr(left), expr(right)).how == how


@pytest.mark.parametrize(
    "text", ["expm(A)", "A*expm(2*X)'*B", "frechet(X', A)", "tr(expm(expm(A)))", "expm(A + B) .* C"]
)
def test_plain_text_and_latex_are_read_back(text):
    assert write(expr(text)) == text
    assert expr(write(gradient(expr(WEIGHTED), X))) == gradient(expr(WEIGHTED), X)


def test_what_is_not_looked_into_is_equal_for_equal_arguments_alone():
    b, c = symbols("b c", real=True)
    equal = [(Shifted(A + X, b), Shifted(X + A, b)), (Shifted(A, b + c), Shifted(A, c + b))]
    equal += [(Transpose(Shifted(A, b)), Shifted(Transpose(A), b))]
    other = [(Shifted(A, b), Shifted(A, c)), (Shifted(A, 2), Shifted(A, 3)), (Shifted(A, b), Shifted(X, b))]
    other += [(Shifted(A, b), Shifted(Transpose(A), b)), (Shifted(A, b), exponential(A))]
    assert all(proved_equal(*pair) for pair in equal)
    assert not any(proved_equal(*pair) for pair in other)


def test_a_scalar_of_a_matrix_from_outside_stands_inside_of_functions_too():
    class SquaredNorm(Expr):
        is_commutative = True

    class SquaredNorms(Record):
        title, of_matrices, code = "squared norm", True, "numpy.vdot"

        def differential(self, node, k, change, value):
            return 2 * trace(product(transposed(node.args[0]), change))

        def numpy(self, node, program):
            return program.call(self.code, node.args[0], node.args[0])

    register(SquaredNorm)(SquaredNorms)
    found = gradient(log(1 + SquaredNorm(A * X)), X)
    known = gradient(expr("log(1 + norm(A*X)^2)"), X)
    assert np.allclose(computed(found), computed(known))


def test_latex_is_that_of_the_record():
    assert latex(expr(WEIGHTED)) == r"\operatorname{tr}(A \exp(2 X))"


def test_the_jacobian_of_a_column_through_it():
    found = jacobian(expr("expm(A)*x"), NAMES["x"])
    assert found == exponential(A)


def test_values_are_those_of_scipy():
    point = {A: ARRAYS["A"].tolist(), X: ARRAYS["X"].tolist()}
    value = np.array(evaluate(ON_PAGE["Frechet"](A, X), point), dtype=float)
    assert np.allclose(value, scipy.linalg.expm_frechet(ARRAYS["A"], ARRAYS["X"], compute_expm=False))


def test_what_the_record_does_not_say_is_refused_by_its_name():
    with pytest.raises(NotImplementedError, match="second derivative of the matrix exponential"):
        gradient(Trace(ON_PAGE["Frechet"](X, A)), X)
    with pytest.raises(ValueError, match="expm needs a square matrix"):
        expr("expm(x)")


def test_the_rule_table_has_its_rows_and_the_package_does_not_name_it():
    assert "matrix exponential" in rule_table()
    folder = Path(hwlib.matrix_calculus.__file__).parent
    assert not [path for path in folder.rglob("*.py") if re.search(r"expm|[Ff]r[eé]chet", path.read_text())]
