"""Equations that a question may use: y'1 = 1, X'X = I, AB = BA. What they say, and points at which they hold.

A point is made to satisfy them exactly, in rational numbers: where an equation is linear in one of its symbols by
solving it for that symbol, an orthonormal X by Cayley's transform (I − K)(I + K)⁻¹ of a skew K, a projection as
U(V'U)⁻¹V'. Nothing is moved to where an equation holds only about.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp
from sympy.assumptions.assume import AppliedPredicate

from .arithmetic import Undefined, divide, inverse, is_exact, matmul, matrix, shape, transpose
from .conditions import Condition
from .doors import told
from .gradient import understood
from .notation import write
from .shapes import is_symmetric, same_size, transposed
from .values import Evaluation
from .writing import entry, hadamard, product, total
from .writing import inverse as inverted

MOST_ROUNDS = 5  # of replacing
MOST_UNKNOWNS = 100  # entries of a matrix that an equation is solved for
TRIES = 3  # of what may fail by chance, as an inverse
NEEDS = "assuming takes equations, sympy.Eq(left, right) or (left, right), and Q.symmetric(A), got "


class Hypotheses:
    """Equations between expressions, and the symbols that are symmetric. Without any it is false."""

    def __init__(self, given=()):
        self.pairs, self.symmetric = [], []
        for item in _listed(given):
            if isinstance(item, AppliedPredicate) and item.function == sp.Q.symmetric:
                self.symmetric.append(item.arg)
                continue
            left, right = _sides(item)
            symbol = _declared_symmetric(left, right)
            if symbol is None:
                self.pairs.append((left, right))
            else:
                self.symmetric.append(symbol)
        self.differences = [_difference(left, right) for left, right in self.pairs]

    def __bool__(self):
        return bool(self.pairs)

    def __str__(self):
        return " and ".join(f"{_side(left)} = {_side(right)}" for left, right in self.pairs)

    @property
    def conditions(self):
        """What a proof may use: each difference is zero, and for a square X also XX' = I and X⁻¹ = X' with X'X = I."""
        found = list(self.differences)
        for difference in self.differences:
            X = _orthonormal(difference)
            if X is not None and same_size(*X.shape):
                core = X.arg if isinstance(X, sp.Transpose) else X
                found.append(total(product(core, transposed(core)), product(-1, sp.Identity(X.rows))))
                found.append(total(product(transposed(core), core), product(-1, sp.Identity(X.rows))))
                found.append(total(inverted(core), product(-1, transposed(core))))
        return frozenset(Condition("zero", difference) for difference in found)

    def shortened(self, expr):
        """The expression with every left side replaced by the right one where it stands in products and traces."""
        for _ in range(MOST_ROUNDS):
            shorter = _Shortened(self.pairs)(expr)
            if shorter == expr:
                break
            expr = shorter
        return expr

    # ---- points ----

    def hold(self, point):
        """Whether all equations hold at a point."""
        try:
            return not any(any(row) for row in self._residuals(self.differences, point))
        except Undefined:
            return False

    def settle(self, point, draw):
        """The point changed so that all equations hold; None if none of the ways known here leads there."""
        if self.hold(point):
            return point
        settled, solved = point.copied(), {}
        for difference in self.differences:
            if not self._settle_one(settled, difference, solved, draw):
                return None
        return settled if self.hold(settled) else None

    def _settle_one(self, point, difference, solved, draw):
        X = _orthonormal(difference) or _idempotent(difference)
        if X is not None:
            core = X.arg if isinstance(X, sp.Transpose) else X
            make = orthonormal if _orthonormal(difference) is not None else projection
            value = make(*shape(_rows(point[core]))[:: -1 if core is not X else 1], draw, is_symmetric(core))
            if value is None:
                return False
            point[core] = transpose(value) if core is not X else value
            solved.setdefault(core, []).append(difference)
            return True
        symbols = sorted(difference.free_symbols & point.keys(), key=lambda s: (s in solved, str(s)))
        for symbol in symbols:
            if isinstance(point[symbol], int) and not isinstance(symbol, sp.MatrixSymbol) and symbol.is_integer:
                continue
            value = _solution([*solved.get(symbol, []), difference], symbol, point, draw)
            if value is not None:
                point[symbol] = value
                solved.setdefault(symbol, []).append(difference)
                return True
        return False

    @staticmethod
    def _residuals(differences, point):
        return [row for difference in differences for row in _rows(Evaluation(point)(difference))]


def _side(expr):
    """A side of an equation in plain notation, a scalar product without the brackets that it has elsewhere."""
    text = write(expr)
    alone = isinstance(expr, sp.Trace) and text[0] == "(" and text[-1] == ")"
    return text[1:-1] if alone else text


def _listed(given):
    if isinstance(given, (str, sp.Basic)):
        given = [given]
    try:
        return list(given)
    except TypeError:
        raise ValueError(NEEDS + told(given)) from None


def _sides(item):
    if isinstance(item, sp.Equality):
        return item.args
    if isinstance(item, (tuple, list)) and len(item) == 2:
        left, right = (sp.sympify(side, strict=True) if not isinstance(side, str) else side for side in item)
        if all(isinstance(side, sp.Expr) for side in (left, right)):
            return left, right
    raise ValueError(NEEDS + told(item))


def _declared_symmetric(left, right):
    """A of A' = A, which is the declaration that A is symmetric; else None."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, sp.Transpose) and one.arg == other and isinstance(other, sp.MatrixSymbol):
            return other
    return None


def _difference(left, right):
    """left − right as an expression that the hypothesis says is zero; a root's equation is squared."""
    left, right = understood(left), understood(right)
    if right == 0 and left.is_Matrix:
        return left
    if left.is_Matrix != right.is_Matrix:
        left, right = (entry(side) if side.is_Matrix else side for side in (left, right))
    if left.is_Matrix:
        if not all(map(same_size, left.shape, right.shape)):
            raise ValueError(f"assuming: {write(left)} is {left.shape}, but {write(right)} is {right.shape}")
        return total(left, product(-1, right))
    if isinstance(left, sp.Pow) and left.exp == sp.Rational(1, 2) and right.is_nonnegative:
        left, right = left.base, right**2
    return left - right


def _orthonormal(difference):
    """X, or a transposed symbol, of X'X = I or x'x = 1; else None."""
    left = None
    if isinstance(difference, sp.Add) and len(difference.args) == 2 and -1 in difference.args:
        (scalar,) = (arg for arg in difference.args if arg != -1)
        left = scalar.arg if isinstance(scalar, sp.Trace) and scalar.arg.shape == (1, 1) else None
    elif isinstance(difference, sp.MatAdd) and len(difference.args) == 2:
        rest = [arg for arg in difference.args if arg != product(-1, sp.Identity(difference.rows))]
        left = rest[0] if len(rest) == 1 else None
    if not isinstance(left, sp.MatMul) or len(left.args) != 2:
        return None
    first, second = left.args
    core = second.arg if isinstance(second, sp.Transpose) else second
    return second if transposed(first) == second and isinstance(core, sp.MatrixSymbol) else None


def _idempotent(difference):
    """A of AA = A, else None."""
    if not isinstance(difference, sp.MatAdd):
        return None
    for symbol in difference.atoms(sp.MatrixSymbol):
        squares = (sp.MatMul(symbol, symbol), sp.MatPow(symbol, 2))
        if any({*difference.args} == {square, product(-1, symbol)} for square in squares):
            return symbol
    return None


# ---- expressions ----


class _Shortened:
    """One walk that puts right sides in the place of left ones, in chains of factors and alone."""

    def __init__(self, pairs):
        self.chains, self.known = [], {}
        for left, right in pairs:
            left, right = (as_matrix(understood(side)) for side in (left, right))
            self.chains.append((_factors(left)[1], right))
            self.chains.append((_factors(transposed(left))[1], transposed(right)))

    def __call__(self, node):
        if node not in self.known:
            self.known[node] = self._new(node)
        return self.known[node]

    def _new(self, node):
        if not node.args or isinstance(node, (sp.MatrixSymbol, sp.OneMatrix, sp.Identity, sp.ZeroMatrix, sp.Lambda)):
            return self._replaced([node]) or node if node.is_Matrix else node
        args = [self(arg) if isinstance(arg, sp.Expr) else arg for arg in node.args]
        if isinstance(node, sp.MatMul):
            scalar, factors = _factors(product(*args))
            return product(scalar, self._replaced(factors) or product(*factors))
        if isinstance(node, sp.Trace) and node.arg.shape == (1, 1):
            return entry(args[0])
        builder = next((build for kind, build in _BUILT.items() if isinstance(node, kind)), None)
        if args == list(node.args):
            new = node
        else:
            new = builder(*(arg for arg in args if arg.is_Matrix)) if builder else node.func(*args)
        return self._replaced([new]) or new if new.is_Matrix else new

    def _replaced(self, factors):
        """The product with the first chain that stands in it replaced, or None."""
        for chain, right in self.chains:
            for start in range(len(factors) - len(chain) + 1):
                if factors[start : start + len(chain)] == chain:
                    return product(*factors[:start], right, *factors[start + len(chain) :])
        return None


_BUILT = {
    sp.MatAdd: total,
    sp.HadamardProduct: hadamard,
    sp.Transpose: transposed,
    sp.Inverse: inverted,
}


def as_matrix(expr):
    """A scalar as a 1×1 matrix."""
    return expr if expr.is_Matrix else product(expr, sp.Identity(1))


def _factors(expr):
    """(scalar, factors) of a matrix; a trace of a 1×1 product as that product, ones of two sizes as column and row."""
    scalar, factors = (expr if isinstance(expr, sp.MatMul) else sp.MatMul(expr)).as_coeff_matrices()
    traces = [f for f in sp.Mul.make_args(scalar) if isinstance(f, sp.Trace) and f.arg.shape == (1, 1)]
    if traces and factors == [sp.Identity(1)]:
        scalar, factors = scalar / traces[0], _factors(traces[0].arg)[1]
    found = []
    for factor in factors:
        if isinstance(factor, sp.MatPow) and factor.exp.is_Integer and factor.exp > 0:
            found += [factor.base] * int(factor.exp)
        elif isinstance(factor, sp.OneMatrix) and 1 not in factor.shape:
            found += [sp.OneMatrix(factor.rows, 1), sp.OneMatrix(1, factor.cols)]
        else:
            found.append(factor)
    return scalar, found


# ---- values ----


def _rows(value):
    return value if isinstance(value, tuple) else ((value,),)


def _number(draw):
    return Fraction(draw.randint(-9, 9), draw.choice((1, 2, 3)))


def orthonormal(rows, cols, draw, symmetric=False):
    """A random rational matrix with orthonormal columns; None if there are more columns than rows."""
    if cols > rows or symmetric:
        return None
    skew = {(i, j): _number(draw) for i in range(rows) for j in range(i)}
    K = matrix(rows, rows, lambda i, j: skew.get((i, j), 0) - skew.get((j, i), 0))
    unit = matrix(rows, rows, lambda i, j: int(i == j))
    left = matrix(rows, rows, lambda i, j: unit[i][j] - K[i][j])
    Q = matmul(left, inverse(matrix(rows, rows, lambda i, j: unit[i][j] + K[i][j])))
    sign = [draw.choice((1, -1)) for _ in range(cols)]  # else no point has det X < 0
    return matrix(rows, cols, lambda i, j: sign[j] * Q[i][j])


def projection(rows, cols, draw, symmetric=False):
    """A random rational projection of random rank, symmetric if that is asked for."""
    rank = draw.randint(1, rows)
    for _ in range(TRIES):
        U, V = (matrix(rows, rank, lambda i, j: _number(draw)) for _ in range(2))
        V = U if symmetric else V
        try:
            return matmul(matmul(U, inverse(matmul(transpose(V), U))), transpose(V))
        except Undefined:
            continue
    return None


def _solution(differences, symbol, point, draw):
    """A value of the symbol, near the one it has, at which linear equations in it hold; None if they are not, or none.

    The unknown that solves an equation is drawn, so that it is not always the same entry that gives way.
    """
    here = _rows(point[symbol])
    rows, cols = shape(here)
    mirrored = isinstance(symbol, sp.MatrixSymbol) and is_symmetric(symbol)
    places = [(i, j) for i in range(rows) for j in range(cols) if not mirrored or i <= j]
    if len(places) > MOST_UNKNOWNS:
        return None
    draw.shuffle(places)

    def moved(changes):
        changes = {**changes, **{(j, i): x for (i, j), x in changes.items()}} if mirrored else changes
        value = matrix(rows, cols, lambda i, j: here[i][j] + changes.get((i, j), 0))
        return value if isinstance(symbol, sp.MatrixSymbol) else value[0][0]

    def residual(changes):
        at = point.copied()
        at[symbol] = moved(changes)
        return [x for row in Hypotheses._residuals(differences, at) for x in row]

    try:
        start = residual({})
        columns = [[a - b for a, b in zip(residual({place: 1}), start, strict=True)] for place in places]
        probe = {place: _number(draw) for place in places}
        linear = [s + sum(probe[p] * c[k] for p, c in zip(places, columns, strict=True)) for k, s in enumerate(start)]
        if not all(map(is_exact, start)) or linear != residual(probe):
            return None
    except Undefined:
        return None
    system = [[*(column[k] for column in columns), -start[k]] for k in range(len(start))]
    solved = _eliminated(system, len(places))
    return None if solved is None else moved(dict(zip(places, solved, strict=True)))


def _eliminated(system, unknowns):
    """One solution of linear equations, with zero for what is free; None if there is none."""
    rows, pivots = [list(row) for row in system], []
    for k in range(unknowns):
        lead = next((i for i in range(len(pivots), len(rows)) if rows[i][k] != 0), None)
        if lead is None:
            continue
        at = len(pivots)
        rows[at], rows[lead] = rows[lead], rows[at]
        rows[at] = [divide(x, rows[at][k]) for x in rows[at]]
        for i, row in enumerate(rows):
            if i != at and row[k] != 0:
                rows[i] = [x - row[k] * y for x, y in zip(row, rows[at], strict=True)]
        pivots.append(k)
    if any(row[-1] != 0 for row in rows[len(pivots) :]):
        return None
    values = [Fraction(0)] * unknowns
    for row, k in zip(rows, pivots, strict=False):
        values[k] = row[-1]
    return values
