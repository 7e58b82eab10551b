"""The words of the notation: functions of entries, functions of whole matrices, and their other spellings.

A function of whole matrices is called with the reader, which knows the sizes (`meaning.Reader`), and the values of
its arguments. It raises ValueError, naming itself, what it got and what it needs.
"""

from collections import ChainMap

import sympy as sp
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from .nodes.slopes import T, applied
from .registry import WORDS
from .shapes import is_one_by_one
from .writing import entry, split

FUNCTIONS = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "abs": sp.Abs,
    "sign": sp.sign,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "cot": sp.cot,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "erf": sp.erf,
    "gamma": sp.gamma,
    "loggamma": sp.loggamma,
    "sigmoid": lambda t: 1 / (1 + sp.exp(-t)),
    "softplus": lambda t: sp.log(1 + sp.exp(t)),
    "relu": lambda t: sp.Max(0, t),
    "step": sp.Heaviside,
    "square": lambda t: t**2,
    "log10": lambda t: sp.log(t) / sp.log(10),
    "log2": lambda t: sp.log(t) / sp.log(2),
}
KNOWN = {function(T): name for name, function in reversed(FUNCTIONS.items()) if name not in ("square", "log10", "log2")}
ALIASES = {
    "ln": "log",
    "lg": "log10",
    "arctan": "atan",
    "fabs": "abs",
    "sgn": "sign",
    "heaviside": "step",
    "σ": "sigmoid",
    "sigma": "sigmoid",
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "ReLU": "relu",
    "Relu": "relu",
    "gammaln": "loggamma",
    "lgamma": "loggamma",
    "trace": "tr",
    "Tr": "tr",
    "Trace": "tr",
    "inverse": "inv",
    "Det": "det",
    "Diag": "diag",
    "diagonal": "diag",
    "eye": "I",
    "identity": "I",
    "vdot": "inner",
    "maximum": "max",
    "minimum": "min",
    "average": "mean",
    "hadamard": "multiply",
    "mtimes": "matmul",
}
WHOLE_PRODUCT = {"tr", "det", "logdet"}  # without brackets they take all that stands side by side: tr AB
METHODS = {
    "T": "transpose",
    "transpose": "transpose",
    "shape": "shape",
    "sum": "sum",
    "mean": "mean",
    "trace": "tr",
    "dot": "matmul",
    "det": "det",
    "inv": "inv",
    "norm": "norm",
}


# ---- small operations that need no sizes ----


def shape_of(matrix):
    return f"({', '.join(map(str, matrix.shape))})"


def described(value):
    return f"a matrix of shape {shape_of(value)}" if value.is_Matrix else f"the scalar {value}"


def factors(matrix):
    return matrix.args if isinstance(matrix, sp.MatMul) else (matrix,)


def scale(scalar, value):
    """scalar times a scalar or matrix, with one coefficient in front."""
    if not value.is_Matrix:
        return scalar * value
    coefficient, core = split(value)
    coefficient = scalar * coefficient
    if coefficient == 0 or isinstance(core, ZeroMatrix):
        return ZeroMatrix(*core.shape)
    if coefficient == 1:
        return core
    return sp.MatMul(coefficient, *factors(core))


def flip(value):
    if not value.is_Matrix:
        return value
    if isinstance(value, sp.Transpose):
        return value.arg
    if isinstance(value, (OneMatrix, ZeroMatrix)):
        return type(value)(value.cols, value.rows)
    return value if isinstance(value, sp.Identity) else sp.Transpose(value)


def as_scalar(value):
    """A scalar; of a 1×1 matrix its entry."""
    return entry(value) if value.is_Matrix else value


def elementwise(function, argument):
    """A scalar function of a scalar, or of every entry of a matrix."""
    if argument.is_Matrix and not is_one_by_one(argument):
        return applied(function, argument)
    return function(as_scalar(argument))


def norm(value):
    """The root of the sum of the squared entries."""
    return sp.sqrt(sp.Trace(sp.MatMul(flip(value), value))) if value.is_Matrix else sp.Abs(value)


def total(value):
    """The sum of all entries."""
    if not value.is_Matrix:
        return value
    coefficient, core = split(value)
    left, right = OneMatrix(1, value.rows), OneMatrix(value.cols, 1)
    parts = [*([left] * (value.rows != 1)), *factors(core), *([right] * (value.cols != 1))]
    return coefficient * entry(sp.MatMul(*parts) if len(parts) > 1 else core)


def is_vector(value):
    return value.is_Matrix and 1 in value.shape


# ---- functions of whole matrices ----


def _logdet(reader, a):
    return sp.log(sp.Determinant(reader.square(reader.matrix(a, "logdet"), "logdet")))


def _norm(reader, a, order=None, ord=None):
    order = str(order if order is not None else ord if ord is not None else "2" if is_vector(a) else "fro").lower()
    if not a.is_Matrix or order in ("fro", "f"):
        return norm(a)
    if order == "2" and is_vector(a):
        return norm(a)
    if order == "1" and is_vector(a):
        return total(applied(sp.Abs, a))
    if order == "1":
        raise ValueError("the 1-norm of a matrix means different things: write sum(abs(A)) for the sum of all entries")
    if order == "2":
        raise ValueError("the spectral norm is not read; norm(A) is the root of the sum of the squared entries")
    raise ValueError(f"the norm {order!r} is not read; 2 and 1 of vectors are, and F of matrices")


def _sum(reader, a, dimension=None, axis=None, keepdims=None):
    if axis is not None:
        if axis not in (0, 1):
            raise ValueError(f"sum over axis={axis} is not read; axis=0 and axis=1 are")
        dimension = axis + 1
    if dimension is None or not a.is_Matrix:
        return total(a)
    if dimension not in (1, 2):
        raise ValueError("sum(A, 1) adds up the rows, sum(A, 2) the columns; there is no third way")
    ones = OneMatrix(1, a.rows) if dimension == 1 else OneMatrix(a.cols, 1)
    return reader.product(ones, a) if dimension == 1 else reader.product(a, ones)


def _mean(reader, a, dimension=None, axis=None, keepdims=None):
    if not a.is_Matrix:
        return a
    if dimension is None and axis is None:
        return total(a) / (a.rows * a.cols)
    summed = _sum(reader, a, dimension, axis)
    return scale(1 / (a.rows if summed.shape[0] == 1 else a.cols), summed)


def softmax(reader, a, axis=None):
    """exp over its sum, row by row; of a column over the whole column."""
    E = applied(sp.exp, reader.matrix(a, "softmax"))
    column = a.cols == 1
    if axis is not None and axis != (0 if column else 1) and axis != -1:
        raise ValueError(f"softmax along axis={axis} is not read: softmax(A) is taken row by row")
    size = a.rows if column else a.cols
    sums = sp.MatMul(*((OneMatrix(size, size), E) if column else (E, OneMatrix(size, size))))
    return sp.HadamardProduct(E, sp.HadamardPower(sums, -1))


def _logsumexp(reader, a):
    if not is_vector(reader.matrix(a, "logsumexp")):
        raise ValueError(f"logsumexp needs a vector, but {reader.write(a)} is {shape_of(a)}")
    return sp.log(total(applied(sp.exp, a)))


def _extreme(word, function):
    def call(reader, *values):
        numbers, matrices = [v for v in values if not v.is_Matrix], [v for v in values if v.is_Matrix]
        if len(values) < 2:
            raise ValueError(
                f"{word} needs a number and a matrix, as in {word}(0, X), but got {described(values[0])} alone"
            )
        if len(matrices) > 1:
            raise ValueError(f"{word} takes a number and one matrix: {word}(0, X)")
        return elementwise(lambda t: function(t, *numbers), matrices[0]) if matrices else function(*numbers)

    return call


def _diagonal(reader, a):
    if is_vector(reader.matrix(a, "diag")):
        return sp.DiagMatrix(a)
    return DiagonalOf(reader.square(a, "diag"))


def inner(reader, a, b):
    """The sum of the products of entries that stand at one place."""
    if not (a.is_Matrix and b.is_Matrix):
        raise ValueError(f"an inner product needs two vectors or matrices, but got {described(a)} and {described(b)}")
    if is_vector(a) and is_vector(b):
        a, b = (flip(e) if e.rows == 1 and e.cols != 1 else e for e in (a, b))
    if not (reader.fits(a.rows, b.rows) and reader.fits(a.cols, b.cols)):
        raise ValueError(f"an inner product needs two equal shapes, but got {shape_of(a)} and {shape_of(b)}")
    a, b = reader.now(a), reader.now(b)
    return reader.product(flip(a), b) if a.cols == 1 else sp.Trace(sp.MatMul(*factors(flip(a)), *factors(b)))


def _dot(reader, a, b):
    if a.is_Matrix and b.is_Matrix and not (is_vector(a) and is_vector(b)):
        raise ValueError("dot is the inner product of two vectors; for matrices write A*B or tr(A'*B)")
    return inner(reader, a, b)


def matmul(reader, a, b):
    """NumPy's product: of two columns the inner one, as of arrays of one axis."""
    if a.is_Matrix and b.is_Matrix and a.cols == b.cols == 1 != a.rows and reader.fits(a.rows, b.rows):
        return inner(reader, a, b)
    return reader.multiply(a, b)


def _outer(reader, a, b):
    if not (is_vector(a) and is_vector(b)):
        raise ValueError(f"outer needs two vectors, but got {described(a)} and {described(b)}")
    column = a if a.cols == 1 else flip(a)
    return reader.product(column, b if b.rows == 1 else flip(b))


def _solve(reader, a, b):
    return reader.left_divide(a, b)


_CALLS = {
    "logdet": _logdet,
    "transpose": lambda reader, a: flip(a),
    "norm": _norm,
    "sum": _sum,
    "mean": _mean,
    "diag": _diagonal,
    "softmax": softmax,
    "logsumexp": _logsumexp,
    "max": _extreme("max", sp.Max),
    "min": _extreme("min", sp.Min),
    "inner": inner,
    "dot": _dot,
    "outer": _outer,
    "matmul": matmul,
    "multiply": lambda reader, a, b: reader.hadamard(a, b),
    "divide": lambda reader, a, b: reader.hadamard_divide(a, b),
    "add": lambda reader, a, b: reader.add([a, b]),
    "subtract": lambda reader, a, b: reader.add([a, scale(-1, b)]),
    "power": lambda reader, a, b: reader.entrywise_power(a, b),
    "solve": _solve,
}
CALLS = ChainMap(_CALLS, WORDS)  # WORDS grows with the nodes that are registered
