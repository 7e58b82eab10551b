"""Networks built as graphs, for the tests of what is shared: as trees they have 2^layers leaves."""

from sympy import Lambda, MatAdd, MatMul, MatrixSymbol, Symbol, Trace, Transpose, exp, symbols, tanh
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

m, n = symbols("m n", integer=True, positive=True)
t = Symbol("t", real=True)


def residual(layers):
    """(J, [X, Y, W1, …]) of layers H + sigmoid(H·W)."""
    return _network(layers, lambda H, W: MatAdd(H, _applied(1 / (1 + exp(-t)), MatMul(H, W))))


def plain(layers):
    """(J, [X, Y, W1, …]) of layers tanh(H·W)."""
    return _network(layers, lambda H, W: _applied(tanh(t), MatMul(H, W)))


def _applied(body, matrix):
    return ElementwiseApplyFunction(Lambda(t, body), matrix)


def _network(layers, layer):
    X, Y = MatrixSymbol("X", m, n), MatrixSymbol("Y", m, n)
    weights = [MatrixSymbol(f"W{k + 1}", n, n) for k in range(layers)]
    H = X
    for W in weights:
        H = layer(H, W)
    R = MatAdd(H, MatMul(-1, Y))
    return Trace(MatMul(Transpose(R), R)), [X, Y, *weights]
