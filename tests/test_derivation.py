"""Derivations: every line follows from the one before, names are kept, the end is the gradient."""

import pytest
import sympy as sp
from attack.expressions import SIZES, applied
from sympy import (
    Determinant,
    HadamardPower,
    HadamardProduct,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Trace,
    Transpose,
    exp,
    log,
)

from hwlib.matrix_calculus import Derivation, derive, gradient
from hwlib.matrix_calculus import derivation as module
from hwlib.matrix_calculus.nodes import record
from hwlib.matrix_calculus.normal_form import proved_equal
from hwlib.matrix_calculus.shapes import size
from hwlib.matrix_calculus.steps import joined, text_of
from hwlib.matrix_calculus.suite import CASES

m, n = SIZES
d, h, k = sp.symbols("d h k", integer=True, positive=True)
W, x, b, Z = (MatrixSymbol(*args) for args in (("W", n, k), ("x", n, 1), ("b", k, 1), ("Z", k, 1)))
A, X = MatrixSymbol("A", n, n), MatrixSymbol("X", n, n)
u = W.T * x + b
y = applied(lambda t: 1 / (1 + exp(-t)), u)
LAYER = (y - Z).T * (y - Z)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_textbook_gradient_is_derived_line_by_line(case):
    derivation = derive(case.J, case.X)
    assert {step.checked for step in derivation} <= {"given", "proved", "differences"}
    assert derivation[-1].left.name == f"∂J/∂{case.X.name}"
    assert proved_equal(derivation.gradient, case.gradient)
    assert str(derivation) and derivation._repr_latex_()


def test_the_reports_layer_as_a_person_writes_it():
    steps = [
        f"{text_of(step.left)} = {joined(map(text_of, step.terms))}"
        for step in derive(LAYER, (W, b), names={"y": y, "u": u})
    ]
    assert steps == [
        "J = norm(y - Z)^2",
        "y = sigmoid(u)",
        "u = W'*x + b",
        "dJ = (y - Z)'*dy + dy'*(y - Z)",
        "dJ = 2*(y - Z)'*dy",
        "dy = y .* (1 - y) .* du",
        "dJ = 2*(y - Z)'*(y .* (1 - y) .* du)",
        "dJ = 2*((y - Z) .* y .* (1 - y))'*du",
        "du = dW'*x + db",
        "dJ = 2*((y - Z) .* y .* (1 - y))'*(dW'*x + db)",
        "dJ = 2*tr(((y - Z) .* y .* (1 - y))*x'*dW) + 2*((y - Z) .* y .* (1 - y))'*db",
        "∂J/∂W = 2*x*((y - Z) .* y .* (1 - y))'",
        "∂J/∂b = 2*((y - Z) .* y .* (1 - y))",
    ]


def test_the_engine_names_what_the_user_does_not():
    assert [str(step.left) for step in derive(LAYER, W)][:3] == ["J", "y", "u"]
    deep = applied(sp.tanh, A * applied(sp.tanh, A * x))
    assert {step.left.name for step in derive(deep.T * deep, x)[1:5]} == {"y1", "u1", "y2", "u2"}


def plain_network(depth):
    H = MatrixSymbol("H", m, n)
    for layer in range(1, depth + 1):
        H = applied(sp.tanh, H * MatrixSymbol(f"W{layer}", n, n))
    return Trace(H.T * H)


def test_no_line_of_a_deep_network_grows_with_its_depth():
    longest = [
        max(len(line) for line in str(derive(plain_network(depth), MatrixSymbol("W1", n, n))).splitlines())
        for depth in (4, 8)
    ]
    assert longest[1] <= longest[0] < 80


def test_every_line_of_a_deep_network_is_proved_without_writing_the_names_out(monkeypatch):
    sizes = []
    monkeypatch.setattr(
        module,
        "proved_equal",
        lambda left, right: (sizes.append(size(left) + size(right)), proved_equal(left, right))[1],
    )
    for depth in (4, 8):
        sizes.append(0)
        steps = derive(plain_network(depth), MatrixSymbol("W1", n, n))
        assert "sampled" not in {step.checked for step in steps}
    assert max(sizes) < 100


def test_the_gradient_of_a_derivation_is_written_out_without_its_names():
    W1 = MatrixSymbol("W1", n, n)
    derivation = derive(plain_network(4), W1)
    assert derivation.gradient.atoms(MatrixSymbol) == plain_network(4).atoms(MatrixSymbol)
    assert proved_equal(derivation.gradient, gradient(plain_network(4), W1))


def test_a_line_names_every_rule_that_it_uses():
    assert "transpose" in str(derive(Trace(X.T * A * X), X)[1])
    assert "quotient" in str(derive(Trace(X) / Trace(A * X), X)[1])


def test_names_do_not_hide_symbols_of_the_user():
    taken = MatrixSymbol("y", n, 1)
    derivation = derive(taken.T * applied(sp.sin, A * x), x)
    assert "y1" in str(derivation)


def test_names_are_given_as_words_symbols_or_expressions():
    as_words = str(derive(LAYER, W, names={"y": y, "u": u}))
    symbol = MatrixSymbol("y", k, 1)
    assert str(derive((symbol - Z).T * (symbol - Z), W, names={symbol: y, "u": u})) == as_words
    assert str(derive(LAYER, W, names={y: "y", u: "u"})) == as_words


def test_a_batch_through_two_layers_gives_the_formulas_of_backpropagation():
    B, Y = MatrixSymbol("X", m, d), MatrixSymbol("Y", m, k)
    W1, b1, W2, b2 = (MatrixSymbol(*a) for a in (("W1", d, h), ("b1", 1, h), ("W2", h, k), ("b2", 1, k)))
    Z1 = B * W1 + OneMatrix(m, 1) * b1
    A1 = applied(lambda t: 1 / (1 + exp(-t)), Z1)
    Z2 = A1 * W2 + OneMatrix(m, 1) * b2
    E = applied(exp, Z2)
    A2 = HadamardProduct(E, HadamardPower(E * OneMatrix(k, 1) * OneMatrix(1, k), -1))
    loss = Trace(OneMatrix(1, m) * applied(log, E * OneMatrix(k, 1))) - Trace(Y.T * Z2)
    derivation = derive(loss, (W1, b1, W2, b2), names={"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2})
    lines = {text_of(step.left): joined(map(text_of, step.terms)) for step in derivation}
    assert lines["G2"] == "A2 - Y"
    assert lines["G1"] == "(G2*W2') .* A1 .* (1 - A1)"
    assert [lines[f"∂J/∂{name}"] for name in ("W1", "b1", "W2", "b2")] == [
        "X'*G1",
        "ones(1, m)*G1",
        "A1'*G2",
        "ones(1, m)*G2",
    ]
    for variable, found in derivation.gradients.items():
        assert proved_equal(found, gradient(loss, variable))


def test_a_symmetric_matrix_is_said_to_be_one():
    derivation = derive(Trace(A * X), X, symmetric=True)
    assert "symmetric" in derivation[-1].rule
    assert proved_equal(derivation.gradient, (A + A.T) / 2)


def test_a_constant_has_a_derivation_too():
    assert derive(Trace(A), X).gradient == sp.ZeroMatrix(n, n)


def test_lines_that_do_not_follow_are_found(monkeypatch):
    monkeypatch.setattr(record(Determinant(X)), "differential", lambda node, k, change, value: value * Trace(change))
    with pytest.raises(ArithmeticError, match="is not the differential"):
        derive(Determinant(X), X)
    monkeypatch.undo()
    monkeypatch.setattr(module, "adjoints", lambda root, adjoint, targets: {v: Transpose(A) * A for v in targets})
    with pytest.raises(ArithmeticError, match="differ"):
        derive(Trace(A * X), X)


def test_a_derivation_is_a_sequence_that_shows_itself():
    derivation = derive(LAYER, W)
    assert isinstance(derivation, Derivation)
    assert len(list(derivation)) == len(derivation) == derivation[-1].number
    latex = derivation._repr_latex_()
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}") == 1
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left(") == latex.count(r"\right)")
    assert "product" in str(derivation[3]) and derivation[3]._repr_latex_().startswith("$")


@pytest.mark.parametrize(
    "names, message",
    [
        ({"v": applied(sp.cos, x)}, "v occurs nowhere"),
        ({"y": 3}, "must be a dictionary"),
        ({y: 3}, "must be a dictionary"),
    ],
)
def test_names_of_what_is_not_there_are_refused(names, message):
    with pytest.raises(ValueError, match=message):
        derive(LAYER, W, names=names)


def test_a_name_beside_what_it_names_does_not_make_two_lines_differ():
    """Softmax of u and u itself; the line before has u written out, for X stands in it."""
    X, P, B = MatrixSymbol("X", 3, 1), MatrixSymbol("P", 3, 1), MatrixSymbol("B", 1, m)
    u = MatMul(OneMatrix(m, 1), Transpose(X), P)
    E = applied(exp, u)
    softmax = HadamardProduct(E, HadamardPower(MatMul(OneMatrix(m, m), E), -1))
    J = Trace(MatMul(Transpose(softmax), HadamardProduct(Transpose(B), u, MatrixSymbol("Q", m, 1))))
    assert proved_equal(derive(J, X).gradient, gradient(J, X))
