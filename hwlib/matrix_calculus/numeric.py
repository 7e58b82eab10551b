"""The value of a matrix expression for given matrices.

`evaluate` is exact where that can be had: rational matrices give rational results as long as the expression
is rational. A function such as exp gives mpmath numbers of 60 digits instead. Matrices are tuples of rows.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import mpmath
import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFalse, BooleanFunction, BooleanTrue
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.funcmatrix import FunctionMatrix
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix
from sympy.matrices.matrixbase import MatrixBase

from .writing import expression

DIGITS = 60
mp = mpmath.MPContext()
mp.dps = DIGITS
TOO_LARGE = 10**6  # an argument of exp or gamma beyond this says nothing and costs minutes


class Undefined(ArithmeticError):
    """The expression has no real, finite value at this point."""


# ---- numbers: int and Fraction (exact), mpf (60 digits), or SymPy scalars (entries as symbols) ----


def is_exact(number):
    """True for a rational number that was computed without rounding."""
    return isinstance(number, (int, Fraction))


def divide(a, b):
    if not isinstance(b, sp.Expr) and b == 0:
        raise Undefined("division by zero")
    if is_exact(a) and is_exact(b):
        return Fraction(a) / b
    return (to_mpf(a) if is_exact(a) else a) / b


def power(base, exponent):
    """base ** exponent among the reals; exact when the root is."""
    if isinstance(base, sp.Expr) or isinstance(exponent, sp.Expr):
        return sp.sympify(base) ** sp.sympify(exponent)
    if is_exact(exponent) and exponent == int(exponent):
        if exponent < 0:
            return divide(1, base ** -int(exponent))
        return base ** int(exponent)
    if base < 0:
        raise Undefined("a root of a negative number")
    if base == 0:
        if exponent <= 0:
            raise Undefined("zero to a negative power")
        return 0
    root = sp.Rational(base) ** sp.Rational(exponent) if is_exact(base) and is_exact(exponent) else None
    if root is not None and root.is_Rational:
        return Fraction(int(root.p), int(root.q))
    return to_mpf(base) ** to_mpf(exponent)


def to_mpf(number):
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mp.mpf(number)


def to_sympy(number):
    """The same number for SymPy."""
    if isinstance(number, sp.Expr):
        return number
    return sp.Rational(number) if is_exact(number) else sp.Float(number, DIGITS)


def from_sympy(number):
    """A SymPy number as Fraction or mpf; Undefined unless it is real and finite."""
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q)) if number.q != 1 else int(number.p)
    value = number.evalf(DIGITS)
    if not (value.is_Float or value.is_Rational) or not value.is_finite:
        raise Undefined(f"{number} is not a real, finite number")
    return mp.mpf(sp.Float(value, DIGITS)._mpf_)


FAST = {
    sp.exp: mp.exp,
    sp.log: mp.log,
    sp.sin: mp.sin,
    sp.cos: mp.cos,
    sp.tan: mp.tan,
    sp.tanh: mp.tanh,
    sp.sinh: mp.sinh,
    sp.cosh: mp.cosh,
    sp.atan: mp.atan,
    sp.asinh: mp.asinh,
    sp.erf: mp.erf,
}


def apply(function, *arguments):
    """A SymPy function of numbers."""
    if any(isinstance(a, sp.Expr) for a in arguments):
        return function(*map(to_sympy, arguments))
    if function is sp.Abs:
        return abs(arguments[0])
    if function is sp.sign:
        return (arguments[0] > 0) - (arguments[0] < 0)
    if any(to_mpf(abs(a)) > TOO_LARGE for a in arguments):
        raise Undefined(f"{function.__name__} of a very large number")
    if function in FAST:
        try:
            value = FAST[function](arguments[0])
        except (ValueError, ZeroDivisionError, OverflowError) as error:
            raise Undefined(f"{function.__name__}({mp.nstr(to_mpf(arguments[0]), 6)})") from error
        if isinstance(value, mp.mpc) or not mp.isfinite(value):
            raise Undefined(f"{function.__name__}({mp.nstr(to_mpf(arguments[0]), 6)}) is not real and finite")
        return value
    return from_sympy(function(*map(to_sympy, arguments)))


# ---- matrices: tuples of rows ----


def shape(a):
    return len(a), len(a[0])


def matrix(rows, cols, entry):
    return tuple(tuple(entry(i, j) for j in range(cols)) for i in range(rows))


def elementwise(function, *matrices):
    """function of the entries of matrices of one shape."""
    shapes = {shape(m) for m in matrices}
    if len(shapes) > 1:
        raise ValueError(f"entry by entry needs one shape, got {', '.join(map(str, sorted(shapes)))}")
    return tuple(tuple(map(function, *rows)) for rows in zip(*matrices, strict=True))


def add(a, b):
    return elementwise(lambda x, y: x + y, a, b)


def scale(factor, a):
    return tuple(tuple(factor * x for x in row) for row in a)


def transpose(a):
    return tuple(zip(*a, strict=True))


def matmul(a, b):
    if shape(a)[1] != shape(b)[0]:
        raise ValueError(f"a {shape(a)} matrix cannot be multiplied by a {shape(b)} matrix")
    columns = transpose(b)
    return tuple(tuple(sum(x * y for x, y in zip(row, col, strict=True)) for col in columns) for row in a)


def product(factors):
    """The product of matrices; 1×1 ones that do not fit their neighbors act as scalars, as in SymPy."""
    parts = []
    for factor in factors:
        if parts and shape(parts[-1])[1] == shape(factor)[0]:
            parts[-1] = matmul(parts[-1], factor)
        else:
            parts.append(factor)
    scalars = [p[0][0] for p in parts if shape(p) == (1, 1)]
    matrices = [p for p in parts if shape(p) != (1, 1)]
    if len(parts) == 1 or not matrices:
        return reduce(matmul, parts)
    return scale(reduce(lambda x, y: x * y, scalars, 1), reduce(matmul, matrices))


def eliminate(a):
    """Determinant and inverse of a square matrix of numbers by Gauss-Jordan; the inverse is None if singular."""
    n = len(a)
    rows = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(a)]
    largest = max(to_mpf(abs(x)) for row in a for x in row)
    determinant = 1
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: to_mpf(abs(rows[i][k])))
        lead = rows[pivot][k]
        if lead == 0 or (not is_exact(lead) and abs(lead) < largest * mp.mpf(10) ** (10 - DIGITS)):
            return 0, None
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            determinant = -determinant
        determinant *= lead
        rows[k] = [divide(x, lead) for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [x + -rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return determinant, tuple(tuple(row[n:]) for row in rows)


def square(a, what):
    if shape(a)[0] != shape(a)[1]:
        raise ValueError(f"the {what} needs a square matrix, got {shape(a)}")
    return a


def is_symbolic(a):
    return any(isinstance(x, sp.Expr) for row in a for x in row)


def determinant(a):
    square(a, "determinant")
    if is_symbolic(a):
        return sp.Matrix(a).det(method="berkowitz")
    return eliminate(a)[0]


def inverse(a):
    square(a, "inverse")
    if is_symbolic(a):
        explicit = sp.Matrix(a)
        return scale(1 / explicit.det(method="berkowitz"), totuple(explicit.adjugate()))
    result = eliminate(a)[1]
    if result is None:
        raise Undefined("the inverse of a singular matrix")
    return result


def matrix_power(a, exponent):
    square(a, "power")
    if not is_exact(exponent) or exponent != int(exponent):
        if shape(a) == (1, 1):
            return ((power(a[0][0], exponent),),)
        raise NotImplementedError(f"a matrix to the power {exponent}")
    if exponent < 0:
        a, exponent = inverse(a), -exponent
    identity = matrix(len(a), len(a), lambda i, j: int(i == j))
    return reduce(matmul, [a] * int(exponent), identity)


def totuple(explicit):
    return tuple(map(tuple, explicit.tolist()))


# ---- the walk ----


class Evaluation:
    """One walk over an expression at one point; every distinct node is computed once."""

    def __init__(self, values, outer=None):
        self.memo = dict(values)
        self.outer = outer

    def __call__(self, node):
        if node not in self.memo:
            rule = next((RULES[t] for t in type(node).__mro__ if t in RULES), None)
            if rule is None:
                raise NotImplementedError(f"no value is known for {type(node).__name__}: {node}")
            self.memo[node] = rule(self, node)
        return self.memo[node]

    def scalar(self, node):
        """The node's value as a number, also when it is written as a 1×1 matrix."""
        value = self(node)
        if not isinstance(value, tuple):
            return value
        if shape(value) != (1, 1):
            raise ValueError(f"{node} has shape {shape(value)} where a scalar is needed")
        return value[0][0]

    def size(self, node):
        value = self.scalar(node)
        if isinstance(value, sp.Expr) and not value.is_Integer:
            raise ValueError(f"the size {node} is not known")
        return int(value)

    def bound(self, variables, body, arguments):
        """body where the bound variables have these values."""
        inner = Evaluation(zip(variables, arguments, strict=True), outer=self)
        return inner.scalar(body)


def _symbol(ev, node):
    if ev.outer is None:
        raise ValueError(f"no value is given for {node}")
    return ev.outer(node)


def _add(ev, node):
    terms = [ev(a) for a in node.args]
    if not any(isinstance(t, tuple) for t in terms):
        return sum(terms)
    if not node.is_Matrix and any(not isinstance(t, tuple) for t in terms):
        return sum(ev.scalar(a) for a in node.args)
    return reduce(add, terms)


def _mul(ev, node):
    terms = [ev(a) for a in node.args]
    scalars = reduce(lambda x, y: x * y, (t for t in terms if not isinstance(t, tuple)), 1)
    matrices = [t for t in terms if isinstance(t, tuple)]
    return scale(scalars, product(matrices)) if matrices else scalars


def _pow(ev, node):
    base = ev(node.base)
    if isinstance(base, tuple):
        return matrix_power(base, ev.scalar(node.exp))
    if node.base is sp.E:
        return apply(sp.exp, ev.scalar(node.exp))
    return power(base, ev.scalar(node.exp))


def _apply_elementwise(ev, node):
    (variable,), body = node.function.variables, node.function.expr
    return elementwise(lambda x: ev.bound([variable], body, [x]), ev(node.expr))


def _diagonal(ev, node):
    vector = ev(node.args[0])
    if 1 not in shape(vector):
        raise ValueError(f"{node} needs a vector, got {shape(vector)}")
    entries = [x for row in vector for x in row]
    return matrix(len(entries), len(entries), lambda i, j: entries[i] if i == j else 0)


def _kronecker(ev, node):
    def pair(a, b):
        (r, c), (p, q) = shape(a), shape(b)
        return matrix(r * p, c * q, lambda i, j: a[i // p][j // q] * b[i % p][j % q])

    return reduce(pair, map(ev, node.args))


def _entry(ev, node):
    parent, (i, j) = ev(node.parent), (ev.size(node.i), ev.size(node.j))
    if not (0 <= i < shape(parent)[0] and 0 <= j < shape(parent)[1]):
        raise Undefined(f"{node} lies outside a matrix of shape {shape(parent)}")
    return parent[i][j]


def _hadamard_power(ev, node):
    base, exponent = ev(node.base), ev(node.exp)
    if isinstance(base, tuple) and isinstance(exponent, tuple):
        return elementwise(power, base, exponent)
    if isinstance(exponent, tuple):
        return elementwise(lambda e: power(base, e), exponent)
    return elementwise(lambda b: power(b, exponent), base)


def _blocks(ev, node):
    rows = node.blocks.tolist()
    return tuple(tuple(x for part in line for x in part) for row in rows for line in zip(*map(ev, row), strict=True))


def _slice(ev, node):
    rows, cols = (slice(*map(ev.size, part)) for part in (node.rowslice, node.colslice))
    return tuple(row[cols] for row in ev(node.parent)[rows])


def _function_matrix(ev, node):
    def entry(i, j):
        return ev.bound(node.lamda.variables, node.lamda.expr, [i, j])

    return matrix(ev.size(node.rows), ev.size(node.cols), entry)


def _trace(ev, node):
    value = square(ev(node.arg), "trace")
    return sum(value[i][i] for i in range(len(value)))


def _extreme(choose):
    def rule(ev, node):
        values = [ev.scalar(a) for a in node.args]
        if any(isinstance(v, sp.Expr) for v in values):
            return node.func(*map(to_sympy, values))
        return choose(values, key=to_mpf)

    return rule


def _heaviside(ev, node):
    value = ev.scalar(node.args[0])
    if isinstance(value, sp.Expr):
        return sp.Heaviside(value, *node.args[1:])
    return int(value > 0) if value != 0 else ev.scalar(node.args[1])


def _piecewise(ev, node):
    if any(isinstance(ev.scalar(a), sp.Expr) for _, c in node.args for a in c.args):
        return node.func(*((to_sympy(ev.scalar(v)), ev(c)) for v, c in node.args))
    for value, condition in node.args:
        if ev(condition):
            return ev.scalar(value)
    raise Undefined(f"no case of {node} applies")


def _relation(ev, node):
    left, right = ev.scalar(node.lhs), ev.scalar(node.rhs)
    if isinstance(left, sp.Expr) or isinstance(right, sp.Expr):
        return node.func(to_sympy(left), to_sympy(right))
    return bool(node.func(to_sympy(left), to_sympy(right)))


def _boolean(ev, node):
    return bool(node.func(*(sp.sympify(ev(a)) for a in node.args)))


def _function(ev, node):
    if isinstance(node, AppliedUndef):
        raise NotImplementedError(f"{node} has no value: {node.func} is not a known function")
    return apply(node.func, *map(ev.scalar, node.args))


def _sum(ev, node):
    """Finite sums; SymPy's own derivatives contain them."""
    (index, low, high), *rest = reversed(node.limits)
    inner = sp.Sum(node.function, *reversed(rest)) if rest else node.function
    return sum(ev.bound([index], inner, [i]) for i in range(ev.size(low), ev.size(high) + 1))


def _delta(ev, node):
    return int(ev.scalar(node.args[0]) == ev.scalar(node.args[1]))


def _sized(entry):
    return lambda ev, node: matrix(ev.size(node.rows), ev.size(node.cols), entry)


RULES = {
    sp.Symbol: _symbol,
    sp.MatrixSymbol: _symbol,
    sp.Number: lambda ev, node: from_sympy(node),
    sp.NumberSymbol: lambda ev, node: from_sympy(node),
    BooleanTrue: lambda ev, node: True,
    BooleanFalse: lambda ev, node: False,
    sp.Add: _add,
    sp.MatAdd: _add,
    sp.Mul: _mul,
    sp.MatMul: _mul,
    sp.Pow: _pow,
    sp.MatPow: _pow,
    sp.exp: lambda ev, node: apply(sp.exp, ev.scalar(node.exp)),
    sp.Inverse: lambda ev, node: inverse(ev(node.arg)),
    sp.Transpose: lambda ev, node: transpose(ev(node.arg)),
    sp.Trace: _trace,
    sp.Determinant: lambda ev, node: determinant(ev(node.arg)),
    sp.HadamardProduct: lambda ev, node: reduce(lambda a, b: elementwise(lambda x, y: x * y, a, b), map(ev, node.args)),
    sp.HadamardPower: _hadamard_power,
    ElementwiseApplyFunction: _apply_elementwise,
    sp.DiagMatrix: _diagonal,
    DiagonalMatrix: lambda ev, node: elementwise(
        lambda x, e: x * e, ev(node.arg), matrix(*shape(ev(node.arg)), lambda i, j: int(i == j))
    ),
    DiagonalOf: lambda ev, node: tuple((ev(node.arg)[i][i],) for i in range(min(shape(ev(node.arg))))),
    OneMatrix: _sized(lambda i, j: 1),
    ZeroMatrix: _sized(lambda i, j: 0),
    sp.Identity: _sized(lambda i, j: int(i == j)),
    FunctionMatrix: _function_matrix,
    sp.KroneckerProduct: _kronecker,
    sp.BlockMatrix: _blocks,
    MatrixSlice: _slice,
    sp.Adjoint: lambda ev, node: transpose(ev(node.arg)),
    DotProduct: lambda ev, node: sum(
        x * y for x, y in zip(*([x for row in ev(a) for x in row] for a in node.args), strict=True)
    ),
    MatrixElement: _entry,
    MatrixBase: lambda ev, node: tuple(tuple(map(ev.scalar, row)) for row in node.tolist()),
    sp.Max: _extreme(max),
    sp.Min: _extreme(min),
    sp.Heaviside: _heaviside,
    sp.Piecewise: _piecewise,
    Relational: _relation,
    BooleanFunction: _boolean,
    sp.KroneckerDelta: _delta,
    sp.Function: _function,
    sp.Sum: _sum,
}


def sizes_of(values):
    """The sizes that the shapes of the given matrices imply: {n: 3, ...} from {MatrixSymbol("X", n, k): rows}.

    Raises ValueError when a matrix does not have its symbol's shape, or two matrices disagree about a size.
    """
    sizes, later = {}, []
    for symbol, value in values.items():
        if not isinstance(symbol, sp.MatrixSymbol):
            continue
        for declared, actual in zip(symbol.shape, shape(value), strict=True):
            if isinstance(declared, sp.Symbol):
                if sizes.setdefault(declared, actual) != actual:
                    raise ValueError(
                        f"{symbol.name} has {declared} = {actual}, but {declared} = {sizes[declared]} elsewhere"
                    )
            else:
                later.append((symbol, declared, actual))
    for symbol, declared, actual in later:
        if declared.subs(sizes) != actual:
            raise ValueError(f"{symbol.name} needs shape {tuple(symbol.shape)}, got {shape(value)}")
    return sizes


def evaluate(expr, values, sizes=None):
    """The value of a scalar or matrix expression at one point.

    values: {symbol: number}, {MatrixSymbol: rows}; int and Fraction (or SymPy rationals) are kept exact.
    sizes: {size symbol: int} for sizes that no given matrix has.
    Returns a number for a scalar, a tuple of rows for a matrix: int and Fraction where exact, else mpf with
    60 digits. Raises Undefined where there is no real, finite value, ValueError for shapes that do not fit
    or a symbol without a value, NotImplementedError for a node it does not know.
    """
    point = {symbol: _as_value(value) for symbol, value in values.items()}
    return Evaluation({**sizes_of(point), **(sizes or {}), **point})(expression(expr))


def _as_value(value):
    if isinstance(value, MatrixBase):
        value = totuple(value)
    if isinstance(value, (list, tuple)):
        return tuple(tuple(map(_as_number, row)) for row in value)
    return _as_number(value)


def _as_number(value):
    if isinstance(value, sp.Expr):
        return from_sympy(value) if value.is_number else value
    return mp.mpf(value) if isinstance(value, float) else value


def entries(expr, sizes):
    """The expression at these sizes with every entry of every matrix a symbol: rows of SymPy scalars."""
    expr = expression(expr)
    point = {}
    for symbol in expr.atoms(sp.MatrixSymbol):
        point[symbol] = matrix(*(int(size.subs(sizes)) for size in symbol.shape), _entry_symbol(symbol.name))
    scalars = {s: s for s in expr.free_symbols if isinstance(s, sp.Symbol)}
    value = Evaluation({**scalars, **sizes, **point})(expr)
    return value if isinstance(value, tuple) else ((value,),)


def _entry_symbol(name):
    return lambda i, j: sp.Symbol(f"{name}[{i + 1},{j + 1}]", real=True)


def difference_quotient(J, X, direction, point, step=Fraction(1, 10**20)):
    """(J(X + hD) − J(X − hD)) / 2h with h = 1e-20 in 60 digits: the slope of J in a direction to some 35 digits.

    point: {symbol: value} with sizes included; direction: rows of X's shape.
    """

    def along(sign):
        moved = add(point[X], scale(sign * step, direction))
        return Evaluation({**point, X: moved}).scalar(J)

    return to_mpf(divide(along(1) + -along(-1), 2 * step))  # rounded: exact or not, it is no derivative
