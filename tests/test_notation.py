"""Plain notation: what it reads, what it writes, and where it points when it cannot read."""

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from sympy import HadamardProduct, Identity, Inverse, MatrixSymbol, OneMatrix, Symbol, Trace

from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.judge import same
from hwlib.matrix_calculus.notation import NotationError, parse, read, write
from hwlib.matrix_calculus.suite import CASES

SCOPE = read("""
    W: n x k, x: n, b: k, Z: k
    A: n x n, S: n x n symmetric, X: m x n, c: 1 x n, t: scalar, alpha: scalar
    y = sigmoid(W'*x + b)
""")
W, x, b, Z, A, S, X, c, t = (SCOPE[name] for name in "WxbZASXct")
n, k, m = (SCOPE[name] for name in "nkm")


def same_text(left, right):
    return same(parse(left, SCOPE), parse(right, SCOPE)).how == "proved"


# ---- reading ----


def test_the_reports_gradient_is_read_as_it_is_written():
    y = SCOPE["y"]
    expected = 2 * x * sp.Transpose(HadamardProduct(y - Z, y, OneMatrix(k, 1) - y))
    assert same(parse("2*x*((y - Z) .* y .* (1 - y))'", SCOPE), expected).how == "proved"


@pytest.mark.parametrize(
    "text",
    [
        r"2 x ((y - Z) \odot y \odot (1 - y))^T",
        r"2 x \left((y - Z) \circ y \circ (1 - y)\right)^\top",
        r"2 \cdot x \cdot ((y-Z) ⊙ y ⊙ (1−y))ᵀ",
        r"2x((y - Z) .* y .* (1 - y))^{T}",
        r"2\mathbf{x}((\mathbf{y} - Z) ∘ y ∘ (1 - y))^{\top}",
    ],
)
def test_latex_and_unicode_say_the_same(text):
    assert same_text(text, "2*x*((y - Z) .* y .* (1 - y))'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A^T", A.T),
        ("A'", A.T),
        ("A^-1", Inverse(A)),
        ("A^{-1}", Inverse(A)),
        ("A⁻¹", Inverse(A)),
        ("inv(A)", Inverse(A)),
        ("A^2", sp.MatPow(A, 2)),
        ("A²", sp.MatPow(A, 2)),
        ("tr(A)", Trace(A)),
        ("trace(A)", Trace(A)),
        ("\\operatorname{tr}(A)", Trace(A)),
        ("\\det(A)", sp.Determinant(A)),
        ("ones(m,n)", OneMatrix(m, n)),
        ("ones(n)", OneMatrix(n, 1)),
        ("I(n)", Identity(n)),
        ("I*x", x),
        ("diag(x)", sp.DiagMatrix(x)),
        ("kron(A, S)", sp.KroneckerProduct(A, S)),
        ("X[1,2]", X[0, 1]),
        ("W^Tx", W.T * x),
        ("-t^2", -(t**2)),
        ("\\alpha t", Symbol("alpha", real=True) * t),
        ("\\frac{t}{2}", t / 2),
        ("1/2*t", t / 2),
        ("0.25", sp.Rational(1, 4)),
        ("\\sqrt{t}", sp.sqrt(t)),
        ("max(0, t)", sp.Max(0, t)),
        ("A.^2", sp.HadamardPower(A, 2)),
        ("zeros(n,n)", sp.ZeroMatrix(n, n)),
        ("A - t*I", sp.MatAdd(A, sp.MatMul(-t, Identity(n)))),
    ],
)
def test_expressions_are_read_as(text, expected):
    assert parse(text, SCOPE) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("norm(x)^2", "x'*x"),
        ("||X||^2", "tr(X'*X)"),
        (r"\|x\|^2", "sum(x .* x)"),
        ("sum(X)", "ones(1,m)*X*ones(n,1)"),
        ("sum(X, 1)", "ones(1,m)*X"),
        ("sum(X, 2)", "X*ones(n)"),
        ("mean(X)", "sum(X)/(m*n)"),
        ("1 - y", "ones(k) - y"),
        ("A + t*I", "A + t*I(n)"),
        ("A*x - 2", "A*x - 2*ones(n)"),
        ("(x'*x)*A", "A*norm(x)^2"),
        ("x*x'*x", "x*norm(x)^2"),
        ("A ./ S", "A .* S.^(-1)"),
        ("3 ./ A", "3*A.^-1"),
        ("A/(x'*x)", "A/norm(x)^2"),
        ("x - x'*x", "x - norm(x)^2*ones(n)"),
        ("(x'*x) .* x", "norm(x)^2*x"),
        ("relu(X)", "max(0, X)"),
        ("-min(0, X)", "relu(-X)"),
        ("(A')[1,2]", "A[2,1]"),
        ("σ(x)", "1 ./ (1 + exp(-x))"),
        ("softmax(X)*ones(n)", "ones(m)"),
        ("ones(1,n)*softmax(x)", "1"),
        ("logdet(A)", "log(det(A))"),
        ("A*x .* x", "(A*x) .* x"),
    ],
)
def test_these_mean_the_same(left, right):
    assert same_text(left, right)


def test_declarations_give_symbols_of_their_shapes():
    scope = read(
        "W: n x k, b1: 1 x h; a, c: (m)\nU: 3×2  # a comment\nV \\in R^{m \\times n}, s: scalar, G: n+1 by 2*n"
    )
    shapes = {name: tuple(map(str, value.shape)) for name, value in scope.items() if value.is_Matrix}
    assert shapes == {
        "W": ("n", "k"),
        "b1": ("1", "h"),
        "a": ("m", "1"),
        "c": ("m", "1"),
        "U": ("3", "2"),
        "V": ("m", "n"),
        "G": ("n + 1", "2*n"),
    }
    assert scope["s"].is_real and scope["n"].is_positive


def test_symmetric_matrices_are_remembered_as_such():
    assert SCOPE.symmetric == {S}


def test_definitions_use_what_stands_before_them():
    scope = read("X: m x n, w: n\nz = X*w\nJ = norm(z)^2/2")
    assert same(gradient(scope["J"], scope["w"]), scope["X"].T * scope["z"]).how == "proved"


# ---- errors ----


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("2*(x", 4, "')' is missing"),
        ("x ? y", 2, "'?' has no meaning"),
        ("A*q", 2, "'q' is not declared"),
        ("foo(x)", 0, "neither a known function nor a declared name"),
        ("x + A", 2, "cannot be added"),
        ("A*x*x", 3, "their product does not exist"),
        ("X + c", 2, "to repeat the row, write ones(m,1)*c"),
        ("A / A", 2, "write ./"),
        ("x^2", 1, "has no power"),
        ("A^x", 2, "exponent must be a scalar"),
        ("tr(X)", 0, "tr needs a square matrix, but X is (m, n)"),
        ("X[0,1]", 1, "counted from 1"),
        ("t[1,1]", 1, "no entries"),
        ("2 +", 3, "an expression is missing"),
        ("* x", 0, "cannot begin with '*'"),
        ("x)", 1, "not expected"),
        ("x .* Z", 2, "cannot be multiplied entry by entry"),
        ("I", 0, "size of I"),
        ("tr(A, A)", 0, "does not take 2 arguments"),
        ("X + I", 2, "I is square"),
        ("max(A, A)", 0, "max takes a number and one matrix"),
        ("kron(A, 2)", 0, "kron needs a matrix"),
        ("", 0, "an expression is missing"),
    ],
)
def test_errors_point_at_the_character(text, position, message):
    with pytest.raises(NotationError) as caught:
        parse(text, SCOPE)
    assert caught.value.position == position
    assert message in str(caught.value)
    *_, line, caret = str(caught.value).split("\n")
    assert line == f"  {text}" and caret.index("^") == position + 2


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("W: n x k\ny = W*q", 15, "'q' is not declared"),
        ("W", 0, "neither a shape"),
        ("W: n x k x m", 2, "a shape is written"),
        ("2W: n", 0, "is not a name"),
        ("S: n x m symmetric", 2, "cannot be symmetric"),
    ],
)
def test_errors_in_declarations_point_into_the_whole_text(text, position, message):
    with pytest.raises(NotationError) as caught:
        read(text)
    assert message in str(caught.value) and caught.value.position == position


@given(st.text(alphabet="AxtW+-*/.^'()[]{},|12 \\\n⊙σ_=:#", max_size=25))
def test_any_text_is_read_or_rejected_with_a_position(text):
    try:
        parse(text, SCOPE)
    except NotationError as error:
        assert 0 <= error.position <= len(text)
    except (ZeroDivisionError, OverflowError):
        pytest.fail("an error without a position")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "x.shape",
        "lambda: 0",
        "(x).__class__",
        "exec(x)",
        "x; x",
        "x if t else x",
    ],
)
def test_python_is_not_executed(text):
    with pytest.raises(NotationError):
        parse(text, SCOPE)


# ---- writing ----


@pytest.mark.parametrize(
    "text",
    [
        "2*x*((y - Z) .* y .* (1 - y))'",
        "A*inv(S)*x",
        "tr(A*S)*x",
        "x'*A*x",
        "norm(x)",
        "norm(A*x)^2/2",
        "exp(X) ./ X",
        "unit(m, n, 1, 2)",
        "log(det(A))",
        "A.^2 .* S",
        "(A + S)*x",
        "-A + S",
        "sigmoid(X*A)",
        "relu(x)",
        "X[1,2]",
        "sum(X)",
        "kron(A, S)",
        "A^3",
        "sqrt(A)",
        "t*A/2",
        "1 - 2*tanh(x).^2",
        "(x'*A*x)^2",
        "sqrt(x'*x)",
        "exp(-t)",
        "A + t*I(n)",
        "diag(x)*A",
        "x/norm(x)",
    ],
)
def test_what_is_written_is_read_back(text):
    expr = parse(text, SCOPE)
    assert same(parse(write(expr), SCOPE), expr).how == "proved"


def test_the_root_of_a_matrix_is_not_written_as_that_of_its_entries():
    assert write(parse("A^(1/2)", SCOPE)) == "A^(1/2)" != write(parse("sqrt(A)", SCOPE))


def test_known_parts_are_written_by_their_names():
    expr = parse("2*x*((y - Z) .* y .* (1 - y))'", SCOPE)
    assert write(expr, {SCOPE["y"]: "y"}) == "2*x*((y - Z) .* y .* (1 - y))'"


@pytest.mark.parametrize("text", ["softmax(X)", "softmax(x)", "2*softmax(X*A) - X", "softmax(X) .* softmax(X) .* X"])
def test_softmax_is_written_as_such(text):
    assert write(parse(text, SCOPE)) == text
    assert write(parse("exp(X) ./ (exp(X)*ones(n)*ones(1,n))", SCOPE)) == "softmax(X)"


def test_known_functions_are_written_by_their_names():
    assert write(parse("sigmoid(x) + relu(x) + tanh(x) + step(x) + log(x)", SCOPE)).count("(x)") == 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_textbook_gradient_survives_writing_and_reading(case):
    symbols = sp.Tuple(case.J, case.gradient, case.X).free_symbols | {
        s for e in case.J.atoms(MatrixSymbol) for d in e.shape for s in d.free_symbols
    }
    scope = {s.name: s for s in symbols}
    for expr in (case.J, case.gradient):
        assert same(parse(write(expr), scope), expr).how == "proved"
