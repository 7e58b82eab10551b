"""Arithmetic of numbers and matrices: exact as long as it can be, else with 60 digits, or more where asked for.

A number is an int or a Fraction (exact), an mpf, or a SymPy scalar (an entry kept as a symbol). A matrix is a tuple of
rows.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import mul

import mpmath
import sympy as sp
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from .deadline import look_at_the_clock

DIGITS = 60
mp = mpmath.MPContext()
mp.dps = DIGITS
LARGEST = 10**9  # argument of a function; beyond, its value says nothing
LARGEST_OF_SLOW = 10**4  # the same for functions whose cost grows with the argument
MOST_FACTORS = 1000  # in a power of a matrix
MOST_BITS = 50_000  # of an exact power; beyond, it is rounded


class Undefined(ArithmeticError):
    """The expression has no real, finite value at this point."""


class OutOfReach(Undefined):
    """There may be a value, but it is too large to compute, or too uncertain."""


class computing:
    """``with computing(digits, rounding):`` numbers that are not exact have so many digits, rounded that way.

    rounding: "n" to the nearest, "f" down, "c" up. How far a value moves with it shows how much of it is rounding.
    """

    def __init__(self, digits, rounding="n"):
        self.wanted = digits, rounding

    def __enter__(self):
        self.before = mp.dps, mp._prec_rounding[1]  # mpmath has a public name for the first alone
        mp.dps, mp._prec_rounding[1] = self.wanted

    def __exit__(self, *_):
        mp.dps, mp._prec_rounding[1] = self.before


# ---- numbers ----


def is_exact(number):
    """True for a rational number that was computed without rounding."""
    return isinstance(number, (int, Fraction))


def _at_zero(number, sentence):
    """What to raise where a zero has no value: one left by rounding, as cosh t + sinh t at t = −1000, may be none."""
    return Undefined(sentence) if is_exact(number) else OutOfReach(sentence)


def divide(a, b):
    if not isinstance(b, sp.Expr) and b == 0:
        raise _at_zero(b, "division by zero")
    if is_exact(a) and is_exact(b):
        return Fraction(a) / b
    return (to_mpf(a) if is_exact(a) else a) / b


def power(base, exponent):
    """base ** exponent among the reals; exact when the root is."""
    if isinstance(base, sp.Expr) or isinstance(exponent, sp.Expr):
        return sp.sympify(base) ** sp.sympify(exponent)
    if exponent == int(exponent):
        return _whole_power(base, int(exponent))
    if base < 0:
        raise Undefined("a root of a negative number")
    if base == 0:
        if exponent < 0:
            raise _at_zero(base, "zero to a negative power")
        return 0
    root = _exact_root(base, exponent) if is_exact(base) and is_exact(exponent) else None
    return to_mpf(base) ** to_mpf(exponent) if root is None else root


def _whole_power(base, exponent):
    if abs(exponent) > LARGEST:
        raise OutOfReach("a very large power")
    if exponent < 0:
        return divide(1, _whole_power(base, -exponent))
    if is_exact(base) and exponent * max(base.numerator.bit_length(), base.denominator.bit_length()) > MOST_BITS:
        base = to_mpf(base)
    return base**exponent


def _exact_root(base, exponent):
    """base ** exponent of positive rational numbers if it is rational, else None."""
    roots = [sp.integer_nthroot(part, exponent.denominator) for part in (base.numerator, base.denominator)]
    if not all(exact for _, exact in roots):
        return None
    return _whole_power(Fraction(roots[0][0], roots[1][0]), exponent.numerator)


def to_mpf(number):
    """The number with the digits of the moment; what is rounded already is kept as it is."""
    if isinstance(number, mp.mpf):
        return number
    return mp.mpf(number.numerator) / number.denominator if isinstance(number, Fraction) else mp.mpf(number)


def to_sympy(number):
    """The same number for SymPy."""
    if isinstance(number, sp.Expr):
        return number
    return sp.Rational(number) if is_exact(number) else sp.Float(number, mp.dps)


def from_sympy(number):
    """A SymPy number as Fraction or mpf; Undefined unless it is real and finite."""
    if number.is_Rational:
        return Fraction(int(number.p), int(number.q)) if number.q != 1 else int(number.p)
    value = number.evalf(mp.dps)
    if not (value.is_Float or value.is_Rational) or not value.is_finite:
        raise Undefined(f"{number} is not a real, finite number")
    rounded = mp.mpf(sp.Float(value, mp.dps)._mpf_)
    return rounded * (1 + {"n": 0, "f": -mp.eps, "c": mp.eps}[mp._prec_rounding[1]])  # SymPy rounds to the nearest


FAST = {
    getattr(sp, name): getattr(mp, name)
    for name in "exp log sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh cot sec csc coth erf erfc".split()
}


def apply(function, *arguments):
    """A SymPy function of numbers."""
    if any(isinstance(a, sp.Expr) for a in arguments):
        return function(*map(to_sympy, arguments))
    if function is sp.Abs:
        return abs(arguments[0])
    if function is sp.sign:
        return (arguments[0] > 0) - (arguments[0] < 0)
    if any(abs(a) > (LARGEST if function in FAST else LARGEST_OF_SLOW) for a in arguments):
        raise OutOfReach(f"{function.__name__} of a very large number")
    if function not in FAST:
        return from_sympy(function(*map(to_sympy, arguments)))
    try:
        value = FAST[function](to_mpf(arguments[0]))
    except (ValueError, ZeroDivisionError, OverflowError):
        value = mp.nan
    if isinstance(value, mp.mpc) or not mp.isfinite(value):
        if not is_exact(arguments[0]) and arguments[0] == 0:
            raise OutOfReach(f"{function.__name__} of a zero that may be what rounding left")
        raise Undefined(f"{function.__name__}({mp.nstr(to_mpf(arguments[0]), 6)}) is not real and finite")
    return value


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
    columns, rows = transpose(b), []
    for row in a:
        look_at_the_clock()
        rows.append(tuple(sum(map(mul, row, column)) for column in columns))
    return tuple(rows)


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


def product_of_all(values):
    """The product of numbers and matrices."""
    values = list(values)
    scalars = reduce(mul, (value for value in values if not isinstance(value, tuple)), 1)
    matrices = [value for value in values if isinstance(value, tuple)]
    return scale(scalars, product(matrices)) if matrices else scalars


def kronecker(a, b):
    (rows, columns), (p, q) = shape(a), shape(b)
    return matrix(rows * p, columns * q, lambda i, j: a[i // p][j // q] * b[i % p][j % q])


def by_mpmath(function, *matrices):
    """A function of mpmath's matrices, such as ``mp.sqrtm``, for those of this module."""
    if any(map(is_symbolic, matrices)):
        raise NotImplementedError(f"{function.__name__} of entries that are symbols")
    if any(abs(x) > LARGEST for a in matrices for row in a for x in row):
        raise OutOfReach(f"{function.__name__} of a very large number")
    try:
        result = function(*(mp.matrix([list(map(to_mpf, row)) for row in a]) for a in matrices))
    except (ZeroDivisionError, ValueError, OverflowError, mpmath.libmp.NoConvergence) as error:
        raise Undefined(f"{function.__name__}: {error}") from error
    if not all(isinstance(x, mp.mpf) and mp.isfinite(x) for x in result):
        raise Undefined(f"{function.__name__} has no real, finite value here")
    return totuple(result)


def eliminate(a):
    """Determinant and inverse of a square matrix of numbers by Gauss-Jordan; the inverse is None if singular.

    A pivot that is no larger than the rounding errors of its row counts as zero.
    """
    n = len(a)
    rows = [[*map(to_mpf, row)] + [mp.mpf(i == j) for j in range(n)] for i, row in enumerate(a)]
    error = [max(map(abs, row[:n])) * mp.mpf(10) ** (10 - mp.dps) for row in rows]
    determinant = mp.mpf(1)
    for k in range(n):
        look_at_the_clock()
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        if abs(rows[pivot][k]) <= error[pivot]:
            return mp.mpf(0), None
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            error[k], error[pivot] = error[pivot], error[k]
            determinant = -determinant
        lead = rows[k][k]
        determinant *= lead
        rows[k] = [x / lead for x in rows[k]]
        for i in range(n):
            factor = rows[i][k]
            if i != k and factor != 0:
                error[i] = max(error[i], abs(factor / lead) * error[k])
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return determinant, tuple(tuple(row[n:]) for row in rows)


def _exact_domain_matrix(a):
    """The matrix for SymPy's exact linear algebra, None if one of its entries is no rational number."""
    if not all(is_exact(x) for row in a for x in row):
        return None
    return DomainMatrix([[sp.QQ(x.numerator, x.denominator) for x in row] for row in a], shape(a), sp.QQ)


def _fraction(x):
    return Fraction(int(x.numerator), int(x.denominator))


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
    exact = _exact_domain_matrix(a)
    return eliminate(a)[0] if exact is None else _fraction(exact.det())


def inverse(a):
    square(a, "inverse")
    if is_symbolic(a):
        explicit = sp.Matrix(a)
        return scale(1 / explicit.det(method="berkowitz"), totuple(explicit.adjugate()))
    exact = _exact_domain_matrix(a)
    try:
        result = eliminate(a)[1] if exact is None else elementwise(_fraction, totuple(exact.inv()))
    except DMNonInvertibleMatrixError:
        result = None
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
    if exponent > MOST_FACTORS:
        raise OutOfReach("a very high power of a matrix")
    if exponent == 0:
        return matrix(len(a), len(a), lambda i, j: int(i == j))
    return reduce(matmul, [a] * int(exponent))


def totuple(explicit):
    return tuple(map(tuple, explicit.to_list() if isinstance(explicit, DomainMatrix) else explicit.tolist()))
