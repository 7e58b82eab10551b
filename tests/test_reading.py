"""Texts as people type them: read as what they mean to the field, or refused with a place and a way out."""

from random import Random

import numpy as np
import pytest
import sympy as sp
from attack.expressions import SIZES, Expressions
from reference import NoValue, value
from sympy.matrices.expressions.dotproduct import DotProduct

from hwlib.matrix_calculus.notation import NotationError, parse, read, write
from hwlib.matrix_calculus.tex import latex

SCOPE = read("""
    A: n x n, B: n x n, S: n x n symmetric, x: n, y: n, z: n, t: scalar, s: scalar, lambda: scalar, beta: n
    X: m x n, V: n x k, w: n, r: m, R: m x n, b: m, c: 1 x n, W1: n x k, theta: n, a: n, ab: n
""")


def agree(left, right):
    return values_agree(1, parse(left, SCOPE), parse(right, SCOPE))


def spelled(expr):
    """The symbols of an expression by their names."""
    nodes = list(sp.preorder_traversal(expr))
    bound = {symbol for node in nodes if isinstance(node, sp.Lambda) for symbol in node.variables}
    return {s.name: s for s in {*SIZES, *nodes} if isinstance(s, (sp.Symbol, sp.MatrixSymbol)) and s not in bound}


def values_agree(seed, *expressions):
    """Whether both have the same value at three random points; the evaluator shares no code with the engine."""
    random, tried = np.random.default_rng(seed), 0
    symbols = spelled(sp.Tuple(*expressions)).values()
    for attempt in range(30):
        sign = np.abs if attempt % 2 else np.positive  # log(X) has a value only where all is positive
        sizes = {symbol: int(random.integers(2, 5)) for symbol in symbols if symbol.is_integer}
        point = {**sizes}
        for symbol in symbols:
            if symbol.is_Matrix:
                point[symbol] = sign(random.normal(size=[int(size.subs(sizes)) for size in symbol.shape]))
            elif symbol not in sizes:
                point[symbol] = float(sign(random.normal()))
        try:
            first, second = (value(expr, point) for expr in expressions)
        except NoValue:
            continue
        if not np.allclose(first, second, rtol=1e-6, atol=1e-8 * (1 + np.max(np.abs(first)))):
            return False
        tried += 1
        if tried == 3:
            return True
    return tried > 0


READ = [
    # the size of I from its place
    ("A .* I", "A .* I(n)"),
    ("2*inv(S) - inv(S) .* I", "2*inv(S) - inv(S) .* I(n)"),
    ("A - (x'*x)*I", "A - norm(x)^2*I(n)"),
    ("S - x'*S*x/(x'*x)*I", "S - ((x'*S*x)/(x'*x))*I(n)"),
    ("S + exp(I)", "S + exp(I(n))"),
    ("inv(2*I) + S", "I(n)/2 + S"),
    ("(S + I) .* (1 - I)", "(S + I(n)) .* (1 - I(n))"),
    ("x'*(t*I + A)*x", "t*(x'*x) + x'*A*x"),
    ("kron(A, I) + kron(I, A)*kron(B, B)", "kron(A, I(n)) + kron(I(n), A)*kron(B, B)"),
    ("S - I^2", "S - I(n)"),
    ("x + 0", "x"),
    ("A - λI", "A - lambda*I(n)"),
    ("X'X + tI", "X'*X + t*I(n)"),
    # a column of ones
    ("1'x", "sum(x)"),
    ("A + x*1'", "A + x*ones(1,n)"),
    (r"\mathbf{1}^\top x", "sum(x)"),
    (r"X \mathbf 1", "sum(X, 2)"),
    ("𝟏ᵀx", "sum(x)"),
    ("1_n'x", "sum(x)"),
    # names side by side
    ("Ax", "A*x"),
    ("x'Ax", "x'*A*x"),
    ("2R'(Rx - b)", "2*R'*(R*x - b)"),
    ("XW1", "X*W1"),
    ("2AB'x", "2*A*B'*x"),
    ("x^TAx", "x'*A*x"),
    ("A x'x", "A*(x'*x)"),
    ("tlog(s)", "t*log(s)"),
    # NumPy
    ("x.T @ A @ x", "x'*A*x"),
    ("2 * X.T @ (X @ w - r)", "2*X'*(X*w - r)"),
    ("x @ y", "x'*y"),
    ("np.linalg.inv(A) @ x", "inv(A)*x"),
    ("np.linalg.solve(A, x)", "inv(A)*x"),
    ("np.trace(A @ B)", "tr(A*B)"),
    ("np.log(np.linalg.det(S))", "log(det(S))"),
    ("np.linalg.norm(x)**2", "x'*x"),
    ("np.eye(n) @ x", "x"),
    ("np.ones((n, 1))", "ones(n,1)"),
    ("np.outer(x, y) @ A", "x*y'*A"),
    ("np.diag(x) @ y", "x .* y"),
    ("np.sum(X, axis=0)", "sum(X, 1)"),
    ("np.sum(X, 1, keepdims=True)", "sum(X, 2)"),
    ("X.sum(axis=1)", "sum(X, 2)"),
    ("np.exp(x) * y + 0*(A @ x)", "exp(x) .* y"),
    ("np.dot(A, x)", "A*x"),
    ("np.dot(x, y)", "x'*y"),
    ("np.maximum(0, x)", "relu(x)"),
    ("x**2", "x.^2"),
    ("np.linalg.inv(A)*x", "inv(A)*x"),
    ("x.T*A*x", "x'*A*x"),
    ("(x - y) * x * (1 - x) @ x.T", "((x - y) .* x .* (1 - x))*x'"),
    ("np.exp(x) / (1 + np.exp(x))", "sigmoid(x)"),
    # signs
    ("x^⊤ A x", "x'*A*x"),
    ("A⊤x", "A'*x"),
    ("A^{-T}x", "inv(A)'*x"),
    ("A⁻ᵀx", "inv(A)'*x"),
    ("A\\x", "inv(A)*x"),
    ("A \\ x", "inv(A)*x"),
    ("||x||_2^2", "x'*x"),
    ("||A||_F^2", "tr(A'*A)"),
    ("‖x‖²", "x'*x"),
    ("∥x∥_{2}^{2}", "x'*x"),
    ("||x||_1", "sum(abs(x))"),
    ("norm(x, 1)", "sum(abs(x))"),
    ("norm(A, 'fro')", "norm(A)"),
    ("|A|", "det(A)"),
    ("ln|S|", "log(det(S))"),
    ("log det S", "log(det(S))"),
    ("|x|^2", "x'*x"),
    ("sum(|x|)", "sum(abs(x))"),
    ("|t||s|", "abs(t)*abs(s)"),
    ("||x|| ||y||", "norm(x)*norm(y)"),
    ("<x, y>", "x'*y"),
    ("⟨A, B⟩", "tr(A'*B)"),
    ("dot(x, y)", "x'*y"),
    ("x·y", "x'*y"),
    ("A·x", "A*x"),
    ("2×A", "2*A"),
    ("Tr(AB)", "tr(A*B)"),
    ("tr AB", "tr(A*B)"),
    ("σ(x)", "sigmoid(x)"),
    ("σ'(x)", "sigmoid(x) .* (1 - sigmoid(x))"),
    ("√(x'x)", "norm(x)"),
    ("t² + 2t", "t^2 + 2*t"),
    ("½x'x", "x'*x/2"),
    ("1e-3x", "x/1000"),
    (".5 x", "x/2"),
    ("2.^x", "exp(log(2)*x)"),
    ("e^{-x}", "exp(-x)"),
    ("x’*A*x", "x'*A*x"),
    ("2（x－y）", "2*(x - y)"),
    ("norm（x，1）", "sum(abs(x))"),
    ("2[x - y]", "2*(x - y)"),
    ("x[2]", "x[2,1]"),
    ("𝐀𝑥", "A*x"),
    ("Aθ", "A*theta"),
    ("A .* xy'", "A .* (x*y')"),
    # LaTeX
    (r"\frac{1}{2} x^\top A x", "x'*A*x/2"),
    (r"\frac12\lVert x \rVert_2^2", "x'*x/2"),
    (r"\left\| X w - r \right\|^2", "norm(X*w - r)^2"),
    (r"\langle x, y \rangle", "x'*y"),
    (r"\operatorname{tr}(A^{\top} B)", "tr(A'*B)"),
    (r"\mathbf{x}^{\mathsf T}\boldsymbol{\theta}", "x'*theta"),
    (r"X^\top\left(X w - r\right)", "X'*(X*w - r)"),
    (r"x \odot y + x \circ y", "2*x .* y"),
    (r"x^{\odot 2}", "x.^2"),
    (r"\log\det S", "log(det(S))"),
    (r"2 \, x \cdot y", "2*x'*y"),
    (r"A \beta", "A*beta"),
    (r"\exp\!\left(-\frac{x'x}{2}\right)", "exp(-(x'*x)/2)"),
    # what stands before a gradient
    ("dJ/dx = 2Ax", "2*A*x"),
    ("∂J/∂x = 2Ax", "2*A*x"),
    ("∇_x J = 2Ax", "2*A*x"),
    ("∇J(x) = 2Ax", "2*A*x"),
    (r"\frac{\partial J}{\partial x} = 2Ax", "2*A*x"),
    ("J = x'Ax", "x'*A*x"),
    ("f(x) = x'Ax;", "x'*A*x"),
    # precedence
    ("-x'x", "-(x'*x)"),
    ("x'A^-1x", "x'*inv(A)*x"),
    ("2/m X'X", "(2/m)*X'*X"),
    ("A'B'", "(A')*(B')"),
    ("t/s n", "(t/s)*n"),
    ("log det S + 1", "log(det(S)) + 1"),
    ("A.^2'", "(A.^2)'"),
    ("1/2x'x", "(x'*x)/2"),
    ("2x/x'x", "2*x/(x'*x)"),
    ("x'Ax/x'x", "(x'*A*x)/(x'*x)"),
    ("x .* Ay", "x .* (A*y)"),
    ("x .* A*y", "x .* (A*y)"),
    ("A*x .* y", "(A*x) .* y"),
    ("A .* B*A", "(A .* B)*A"),
    ("1/m ||Xw - r||^2", "norm(X*w - r)^2/m"),
    ("-t^2", "-(t^2)"),
    ("2^-1 x", "x/2"),
    ("A^T^2", "(A')^2"),
]


@pytest.mark.parametrize(("text", "meaning"), READ, ids=lambda text: text)
def test_a_text_means(text, meaning):
    assert agree(text, meaning)


REFUSED = [
    ("x(1)", 1, "entry, x[1], or a product"),
    ("max(x)", 0, "max(0, X)"),
    ("2*x/0", 3, "division by zero"),
    ("x ./ (1 - 1)", 2, "division by zero"),
    ("tr(I)", 3, "the size of I is not known"),
    ("x*I", 2, "I would be 1 x 1"),
    ("x*1'*1", 4, "a number or a column of ones"),
    ("abx", 0, "ab*x or a*b*x"),
    ("Aq", 0, "if A*q is meant, declare q"),
    ("qA", 0, "if q*A is meant, declare q"),
    ("x_1", 0, "an entry of x is written x[1,2]"),
    ("xX", 1, "their product does not exist"),
    ("1/2t", 3, "(1 / 2)*t or 1 / (2*t)"),
    ("1/m(x'x)", 3, "Put brackets"),
    ("A .* B A", 7, "(A .* B)*A or A .* (B*A)"),
    ("2^3^2", 3, "read differently"),
    ("A**2", 1, ".^ or ^"),
    ("A.T*B", 3, ".* or @"),
    ("np.exp(A) * B", 10, ".* or @"),
    ("X.T @ (X * w)", 9, ".* or @"),
    ("np.exp(A)**2", 9, ".^ or ^"),
    ("A^-1/2 x", 2, "A^(1/2)"),
    ("exp x y", 0, "how far exp goes"),
    ("tr A*B", 0, "how far tr goes"),
    ("||x||_", 6, "an index is missing"),
    ("||x||_{", 7, "an index is missing"),
    ("ln|A|^3", 0, "how far log goes"),
    ("log t^2", 0, "how far log goes"),
    ("log det S/2", 4, "how far det goes"),
    ("tr (A)B", 0, "how far tr goes"),
    ("||A||_2", 0, "spectral norm"),
    ("||A||_*", 0, "'*' is not read"),
    ("norm(A, 1)", 0, "sum(abs(A))"),
    ("t|x|", 1, "norm(x) or abs(x)"),
    ("|X|", 0, "norm(X) or abs(X)"),
    ("x × y", 2, "cross product"),
    ("sin^2(t)", 0, "sin(...)^2"),
    (r"\sum_i x_i", 0, "sum(...)"),
    (r"A\beta", 1, "inv(A)*beta"),
    (r"\foo x", 0, "no word that is read"),
    ("X\\b", 1, "least squares"),
    ("A^*", 2, "real"),
    ("A^+", 2, "real"),
    ("expm(A)", 0, "neither a known function"),
    ("e^A", 0, "exp(A) is taken of every entry"),
    ("X[:,1]", 2, "slices are not read"),
    ("x[0]", 1, "counted from 1"),
    ("x: n", 1, "not expected"),
    ("0,5*x", 1, "decimal point"),
    ("(x, y)", 2, "<x, y>"),
    ("x = y", 0, "declared already"),
    ("dJ/dx' = 2x", 0, "not by its transpose"),
    ("dJ/dq = 2x", 0, "not declared"),
    ("x2", 0, "not declared"),
    ("2 3", 2, "a sign is missing"),
    ("sqrt(-1)*x", 0, "not a real number"),
    ("log(0)", 0, "has no value"),
    ("9^9^9^9", 3, "read differently"),
    ("9^(9^9)", 1, "out of range"),
    ("1e999999", 0, "out of range"),
    ("gamma(10^9)", 0, "at most 170"),
    ("exp(exp(10))", 0, "at most 700"),
]


@pytest.mark.parametrize(("text", "position", "way"), REFUSED, ids=lambda value: str(value))
def test_a_text_without_one_meaning_is_refused_with_a_way_out(text, position, way):
    with pytest.raises(NotationError) as caught:
        parse(text, SCOPE)
    assert way in str(caught.value)
    assert caught.value.position == position


# ---- declarations ----


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("W ∈ R^(n x k)", {"W": "n k"}),
        ("W in R^{n×k}, x ∈ ℝ^n", {"W": "n k", "x": "n 1"}),
        (r"W \in \mathbb{R}^{n \times k}", {"W": "n k"}),
        ("A, B ∈ ℝ^{n×n}", {"A": "n n", "B": "n n"}),
        ("W ∈ ℝⁿˣᵏ", {"W": "n k"}),
        ("W: nxk", {"W": "n k"}),
        ("W：n×k，x：n", {"W": "n k", "x": "n 1"}),
        ("W: (n, k)", {"W": "n k"}),
        ("a: n vector; A: n by n matrix", {"a": "n 1", "A": "n n"}),
        ("x: n\ny = <x, x>*x, z: n", {"x": "n 1", "z": "n 1"}),
        (r"\theta: d, W_1: h x d", {"theta": "d 1", "W_1": "h d"}),
        ("n = 3, x: n", {"x": "3 1"}),
        ("W: 2n x (k + 1)", {"W": "2*n k_+_1"}),
    ],
)
def test_a_declaration_gives_shapes(text, shapes):
    scope = read(text)
    found = {name: " ".join(str(size).replace(" ", "_") for size in scope[name].shape) for name in shapes}
    assert found == shapes


@pytest.mark.parametrize(
    "spelling", ["θ_1", "θ1", "θ₁", "theta_1", "theta1", r"\theta_1", r"\theta_{1}", r"\vartheta_1"]
)
@pytest.mark.parametrize("declared", ["θ_1", "theta1", r"\theta_{1}"])
def test_a_name_is_known_in_all_its_spellings(declared, spelling):
    scope = read(f"{declared}: n")
    assert parse(f"2{spelling}", scope) == 2 * next(iter(scope[key] for key in scope if scope[key].is_Matrix))
    with pytest.raises(NotationError, match="declared already"):
        read(f"{spelling}: n", scope)


@pytest.mark.parametrize("text", ["t ∈ R", "t: scalar", "t in ℝ", r"t \in \mathbb{R}", "t: real"])
def test_a_declaration_gives_a_scalar(text):
    assert read(text)["t"].is_real and not read(text)["t"].is_Matrix


@pytest.mark.parametrize(
    ("text", "position", "way"),
    [
        ("x: n, x: m", 6, "declared already"),
        ("x: n\nx = 2*n", 5, "declared already"),
        ("W_1: n x k, W1: n", 12, "declared already"),
        ("x: n, n: scalar", 6, "a size already"),
        ("t: scalar, x: t", 14, "made of sizes"),
        ("x: 0", 3, "at least 1"),
        ("x: n x 0", 7, "at least 1"),
        ("x: -2", 3, "at least 1"),
        ("x: 1.5", 3, "at least 1"),
        ("x: n - n", 3, "at least 1"),
        ("x: n/2", 3, "at least 1"),
        ("n: n", 3, "its own size"),
        ("A: n x n diagonal", 2, "only symmetric is"),
        ("A: n x n positive definite", 2, "only symmetric is"),
        ("S: n x m symmetric", 2, "cannot be symmetric"),
        ("x: n*k", 2, "n x k, or a column"),
        ("exp: n", 0, "name of a function"),
        ("x: n scalar", 2, "a shape is written"),
        ("x:", 2, "a shape is written"),
        ("x", 0, "neither a shape"),
        ("2x: n", 0, "not a name"),
        ("x y: n", 0, "not a name"),
        ("x: n, y = x + q", 14, "'q' is not declared"),
        ("x: n, y = ", 9, "an expression is missing"),
        ("x: n x k x m", 2, "a shape is written"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_at_its_place(text, position, way):
    with pytest.raises(NotationError) as caught:
        read(text)
    assert way in str(caught.value)
    assert caught.value.position == position


# ---- what is written is read back ----


def random_expression(seed):
    random = Random(seed)
    expressions = Expressions(random)
    if random.random() < 0.5:
        return expressions.scalar(random.choice([2, 3]))
    return expressions.matrix(random.choice(SIZES), random.choice([*SIZES, sp.S.One]), 3)


WRITABLE = [
    seed for seed in range(100) if not random_expression(seed).has(sp.Sum, sp.Piecewise, DotProduct)
]  # not in the notation


@pytest.mark.parametrize("written", [write, lambda expr: latex(expr, sizes=True)], ids=["plain", "latex"])
@pytest.mark.parametrize("seed", WRITABLE)
def test_what_is_written_has_the_same_value_when_it_is_read(written, seed):
    expr = random_expression(seed)
    assert values_agree(seed, expr, parse(written(expr), spelled(expr)))


@pytest.mark.parametrize(
    ("text", "tex"),
    [
        ("A .* (B*A)", r"A \odot (B A)"),
        ("X[1,2]", "X_{1, 2}"),
        ("softmax(X')'", r"(\operatorname{softmax}(X^\top))^\top"),
        ("A + I", "A + I_{n}"),
        ("(x'*y)^2", "(x^\\top y)^{2}"),
        ("1/(x'*x)", r"\frac{1}{x^\top x}"),
        ("1 - x", "1 - x"),
        ("x ./ (1 + x.^2)", r"x \odot (1 + x^{\odot 2})^{\odot -1}"),
        ("inv(A).^2", r"(A^{-1})^{\odot 2}"),
    ],
)
def test_typesetting_has_the_brackets_that_are_needed(text, tex):
    assert latex(parse(text, SCOPE), sizes=True) == tex
