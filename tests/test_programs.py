"""The same gradient as a program for JAX, PyTorch and Julia: run where it can be, parsed where it cannot."""

import ast

import jax
import numpy as np
import pytest
import sympy as sp
import tree_sitter
import tree_sitter_julia
from reference import NoValue, value

from hwlib.matrix_calculus import gradient, to_code
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.suite import CASES

JULIA = tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))
ENTRIES = [case for case in CASES if not case.gradient.has(sp.FunctionMatrix)]
SCOPE = read("X: m x n, Y: m x n, y: m, w: n, A: n x n, t: scalar")


def symbols_of(*expressions):
    found = set().union(*(expr.free_symbols for expr in expressions))
    matrices = sorted((s for s in found if isinstance(s, sp.MatrixSymbol)), key=str)
    sizes = {s for X in matrices for size in X.shape for s in size.free_symbols}
    return matrices + sorted((s for s in found - sizes if s.is_Symbol), key=str), sizes


def drawn(symbols, sizes, draw):
    numbers = {s: int(draw.integers(2, 4)) for s in sorted(sizes, key=str)}
    point = dict(numbers)
    for s in symbols:
        shape = [int(size.subs(numbers)) for size in s.shape] if isinstance(s, sp.MatrixSymbol) else ()
        point[s] = (
            draw.integers(1, 3) if s.is_integer else draw.uniform(0.2, 1.2, shape) if shape else draw.uniform(1, 2)
        )
    return point


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_program_for_jax_computes_the_gradient(case):
    symbols, sizes = symbols_of(case.gradient, case.X)
    scope, draw = {}, np.random.default_rng(0)
    with jax.enable_x64(True):
        exec(to_code(case.gradient, symbols, "jax"), scope)
        for _ in range(20):
            point = drawn(symbols, sizes, draw)
            try:
                expected = value(case.gradient, point)
            except NoValue:
                continue
            assert np.allclose(scope["formula"](*(point[s] for s in symbols)), expected, rtol=1e-6, atol=1e-8)
            return
    pytest.fail("no point had a value")


def test_the_program_for_jax_can_be_differentiated_again():
    J, X = parse("norm(X*w - y)^2 + t*sum(w.^2)", SCOPE), SCOPE["w"]
    symbols, _ = symbols_of(J)
    scope, gradients, draw = {}, {}, np.random.default_rng(0)
    point = drawn(symbols, SCOPE["X"].free_symbols - {SCOPE["X"]} | set(SCOPE["X"].shape), draw)
    with jax.enable_x64(True):
        exec(to_code(J, symbols, "jax"), scope)
        exec(to_code(gradient(J, X), symbols, "jax"), gradients)
        arguments = [point[s] for s in symbols]
        theirs = jax.grad(scope["formula"], symbols.index(X))(*map(np.asarray, arguments))
        assert np.allclose(theirs, gradients["formula"](*arguments))


@pytest.mark.parametrize("case", ENTRIES, ids=lambda case: case.name)
def test_the_program_for_julia_is_julia(case):
    symbols, _ = symbols_of(case.gradient, case.X)
    text = to_code(case.gradient, symbols, "julia")
    assert not JULIA.parse(text.encode()).root_node.has_error
    assert not any(foreign in text for foreign in ("np.", "@", "**", ".T", "axis", "numpy"))


@pytest.mark.parametrize("case", ENTRIES, ids=lambda case: case.name)
def test_the_program_for_pytorch_is_python_without_numpy(case):
    symbols, _ = symbols_of(case.gradient, case.X)
    tree = ast.parse(to_code(case.gradient, symbols, "torch"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    assert not names & {"np", "numpy", "float"} and not keywords & {"axis", "keepdims"}


@pytest.mark.parametrize(
    ("J", "torch", "julia"),
    [
        ("tr(inv(A))", "torch.trace(torch.linalg.inv(A))", "tr(inv(A))"),
        ("log(det(A))", "torch.log(torch.linalg.det(A))", "log.(det(A))"),
        ("exp(t)", "torch.exp(t)", "exp.(t)"),
    ],
)
def test_programs_name_the_languages_own_functions(J, torch, julia):
    J = parse(J, SCOPE)
    symbols, _ = symbols_of(J)
    assert torch in to_code(J, symbols, "torch") and julia in to_code(J, symbols, "julia")


def test_whole_numbers_stay_numbers_for_pytorch():
    X, k = SCOPE["A"], sp.Symbol("k", integer=True, positive=True)
    text = to_code(SCOPE["t"] * sp.MatPow(X, k), [X, k, SCOPE["t"]], "torch")
    assert "t = torch.as_tensor(t" in text and "as_tensor(k" not in text


def test_numpy_and_latex_are_what_they_are_elsewhere():
    A = SCOPE["A"]
    scope = {}
    exec(to_code(A.T * A, [A], "numpy"), scope)
    assert np.allclose(scope["formula"](np.eye(2)), np.eye(2))
    assert to_code(A.T, [A], "latex") == "A^\\top"


def test_what_is_no_language_or_has_no_program_is_told():
    A = SCOPE["A"]
    with pytest.raises(ValueError, match="julia"):
        to_code(A, [A], "fortran")
    unit = sp.FunctionMatrix(2, 2, sp.Lambda(sp.symbols("i j"), sp.Symbol("i") + 1))
    for language in ("torch", "julia"):
        with pytest.raises(NotImplementedError):
            to_code(unit, [A], language)
