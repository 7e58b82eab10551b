"""How the cost grows with depth and size: networks, derivations and large matrices, in seconds of the processor.

    python -m hwlib.matrix_calculus.curves

Each expression is one graph: written out as a tree, a residual network has 2^layers leaves.
"""

import time

from sympy import Lambda, MatAdd, MatMul, MatrixSymbol, OneMatrix, Symbol, Trace, Transpose, exp, sin, symbols, tanh
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from .derivation import derive
from .gradient import gradient
from .judge import check
from .numpy_code import to_numpy

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


def _code_of_gradient(layers):
    J, arguments = residual(layers)
    return to_numpy(gradient(J, arguments[2]), arguments)


def _check(layers):
    J, (_, _, W, *_) = plain(layers)
    assert check(J, W, gradient(J, W), seconds=60)


def _derivation(layers):
    J, (_, _, W, *_) = residual(layers)
    return derive(J, W)


def _square(size):
    Z = MatrixSymbol("Z", size, size)
    assert check(Trace(MatMul(Z, Z)), Z, MatMul(2, Transpose(Z)))


def _nested(depth):
    X = H = MatrixSymbol("X", m, n)
    for _ in range(depth):
        H = _applied(sin(t) + t**2, H)
    return gradient(Trace(MatMul(OneMatrix(1, m), H, OneMatrix(n, 1))), X)


CURVES = {
    "to_numpy of the gradient of a residual net of … layers": (_code_of_gradient, (4, 8, 16)),
    "check of a plain net of … layers": (_check, (25, 50, 100)),
    "derive for a residual net of … layers": (_derivation, (2, 5, 10)),
    "check of tr(Z²) for Z of size …": (_square, (50, 100, 200)),
    "gradient of functions of entries nested … times": (_nested, (4, 7, 10)),
}


def main():
    for name, (work, sizes) in CURVES.items():
        seconds = []
        for size in sizes:
            start = time.process_time()
            work(size)
            seconds.append(f"{size}: {time.process_time() - start:.2f} s")
        print(f"{name:56s} {'   '.join(seconds)}", flush=True)


if __name__ == "__main__":
    main()
