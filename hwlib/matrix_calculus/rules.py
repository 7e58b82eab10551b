"""The whole of matrix calculus as a table: one node type, one rule, one line of mathematics.

A rule gets a node Y and its adjoint Ȳ, the matrix for which dJ = tr(Ȳᵀ dY) + …, and yields the adjoint that each
argument of Y receives. An adjoint has the shape of what it belongs to. The first line of each docstring is the
mathematics of the rule; the table in the book is made from these lines. What a rule of several arguments yields is
a function without arguments, called at once and only for the arguments that lead to X.
"""

# ruff: noqa: B023, E501  the lambdas are called at once; a rule's mathematics stands on one line
from sympy import (
    Abs,
    Add,
    BlockMatrix,
    Derivative,
    Determinant,
    DiagMatrix,
    DiracDelta,
    Dummy,
    Expr,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    Matrix,
    MatrixSymbol,
    Mul,
    OneMatrix,
    Pow,
    S,
    Subs,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    cancel,
    exp,
    log,
    sign,
    solve_linear_system,
    symbols,
    trigsimp,
)
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.cache import cacheit
from sympy.core.function import Application, AppliedUndef
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.functions.elementary.trigonometric import TrigonometricFunction
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice

from .writing import (
    diagonal,
    hadamard,
    hadamard_power,
    inverse,
    is_one_by_one,
    power,
    product,
    same_size,
    scaled,
    shape,
    split,
    total,
    trace,
    transposed,
    unit_matrix,
)

RULES = {}


def rule(title, *node_types):
    """Register a function, under its title, as the rule of these node types."""

    def register(function):
        function.title = title
        for node_type in node_types:
            RULES[node_type] = function
        return function

    return register


# ---------------------------------------------------------------- linear nodes


@rule("sum", MatAdd, Add)
def a_sum(node, adjoint):
    r"""$Y = A + B$ | $dY = dA + dB$ | $\bar A = \bar Y,\; \bar B = \bar Y$"""
    for term in node.args:
        yield term, adjoint


@rule("product", MatMul)
def a_product(node, adjoint):
    r"""$Y = A B$ | $dY = dA\, B + A\, dB$ | $\bar A = \bar Y B^\top,\; \bar B = A^\top \bar Y$"""
    args = node.args
    for position, factor in enumerate(args):
        before, after = args[:position], args[position + 1 :]
        if factor.is_Matrix:
            yield factor, lambda: product(*_all_transposed(before), adjoint, *_all_transposed(after))
        else:
            yield factor, lambda: inner(adjoint, product(*before, *after))


def _all_transposed(factors):
    return [transposed(factor) if factor.is_Matrix else factor for factor in reversed(factors)]


def inner(left, right):
    """tr(leftᵀ right) as a scalar."""
    return trace(product(transposed(left), right))


@rule("transpose", Transpose)
def a_transpose(node, adjoint):
    r"""$Y = A^\top$ | $dY = dA^\top$ | $\bar A = \bar Y^\top$"""
    yield node.arg, transposed(adjoint)


@rule("trace", Trace)
def a_trace(node, adjoint):
    r"""$s = \operatorname{tr} A$ | $ds = \operatorname{tr} dA$ | $\bar A = \bar s\, I$"""
    yield node.arg, scaled(adjoint, Identity(node.arg.rows))


@rule("dot product", DotProduct)
def a_dot_product(node, adjoint):
    r"""$s = a \cdot b$ | $ds = da \cdot b + a \cdot db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"""
    left, right = node.args
    for vector, other in ((left, right), (right, left)):
        yield vector, scaled(adjoint, other if shape(other) == shape(vector) else transposed(other))


@rule("entry", MatrixElement)
def an_entry(node, adjoint):
    r"""$s = A_{ij}$ | $ds = dA_{ij}$ | $\bar A = \bar s\, e_i e_j^\top$"""
    matrix, i, j = node.args
    yield matrix, scaled(adjoint, unit_matrix(*matrix.shape, i, j))


@rule("diagonal matrix", DiagMatrix)
def a_diagonal_matrix(node, adjoint):
    r"""$Y = \operatorname{diag}(a)$ | $dY = \operatorname{diag}(da)$ | $\bar a = \text{diagonal of } \bar Y$"""
    column = diagonal(adjoint)
    yield node.args[0], column if node.args[0].cols == 1 else transposed(column)


@rule("diagonal", DiagonalOf)
def a_diagonal(node, adjoint):
    r"""$y = \text{diagonal of } A$ | $dy = \text{diagonal of } dA$ | $\bar A = \operatorname{diag}(\bar y)$"""
    coefficient, column = split(adjoint)
    if isinstance(column, OneMatrix):
        yield node.args[0], scaled(coefficient, Identity(node.args[0].rows))
    else:
        yield node.args[0], scaled(coefficient, DiagMatrix(column))


@rule("diagonal part", DiagonalMatrix)
def a_diagonal_part(node, adjoint):
    r"""$Y = I \odot A$ | $dY = I \odot dA$ | $\bar A = I \odot \bar Y$"""
    yield node.args[0], hadamard(Identity(node.rows), adjoint)


@rule("Kronecker product", KroneckerProduct)
def a_kronecker_product(node, adjoint):
    r"""$Y = A \otimes B$ | $dY = dA \otimes B + A \otimes dB$ | $\bar A = \operatorname{tr}(D^\top B)\, C$ for $\bar Y = C \otimes D$"""
    for coefficient, blocks in _kronecker_terms(adjoint, node):
        for position, factor in enumerate(node.args):
            yield (
                factor,
                lambda: scaled(
                    Mul(
                        coefficient,
                        *[
                            inner(block, arg)
                            for k, (block, arg) in enumerate(zip(blocks, node.args, strict=True))
                            if k != position
                        ],
                    ),
                    blocks[position],
                ),
            )


def _kronecker_terms(adjoint, node):
    """(coefficient, blocks shaped as the arguments of node) of each term of an adjoint that is a sum of C ⊗ D."""
    coefficient, core = split(adjoint)
    if isinstance(core, MatAdd):
        for term in core.args:
            for inner_coefficient, blocks in _kronecker_terms(term, node):
                yield coefficient * inner_coefficient, blocks
        return
    if isinstance(core, ZeroMatrix):
        return
    blocks = _kronecker_blocks(core, [arg.shape for arg in node.args])
    if blocks is None:
        raise NotImplementedError(
            f"KroneckerProduct: {node} outside a trace of Kronecker products (its adjoint is {adjoint})"
        )
    yield coefficient, blocks


def _kronecker_blocks(matrix, shapes):
    """The factors C, D, … of these shapes with matrix = C ⊗ D ⊗ …, or None."""
    if isinstance(matrix, Identity):
        return [Identity(rows) for rows, _ in shapes] if all(same_size(*pair) for pair in shapes) else None
    if isinstance(matrix, OneMatrix):
        return [OneMatrix(*pair) for pair in shapes]
    if isinstance(matrix, KroneckerProduct):
        fits = len(matrix.args) == len(shapes) and all(
            same_size(arg.rows, rows) and same_size(arg.cols, columns)
            for arg, (rows, columns) in zip(matrix.args, shapes, strict=True)
        )
        return list(matrix.args) if fits else None
    if isinstance(matrix, Transpose):
        blocks = _kronecker_blocks(matrix.arg, [(columns, rows) for rows, columns in shapes])
        return blocks and [transposed(block) for block in blocks]
    if isinstance(matrix, Inverse):
        blocks = _kronecker_blocks(matrix.arg, shapes)
        return blocks and [inverse(block) for block in blocks]
    if isinstance(matrix, MatPow):
        blocks = _kronecker_blocks(matrix.base, shapes)
        return blocks and [power(block, matrix.exp) for block in blocks]
    if isinstance(matrix, MatMul):
        return _kronecker_blocks_of_product(matrix.args, shapes)
    return None


def _kronecker_blocks_of_product(factors, shapes):
    """(A ⊗ B)(C ⊗ D) = AC ⊗ BD, read from the left where the inner sizes are known."""
    columns, blocks = [rows for rows, _ in shapes], []
    for factor in factors:
        kronecker = _core_kronecker(factor)
        inner_shapes = (
            [arg.shape for arg in kronecker.args] if kronecker is not None else [(rows, rows) for rows in columns]
        )
        if isinstance(factor, Transpose):
            inner_shapes = [(c, r) for r, c in inner_shapes]
        if len(inner_shapes) != len(columns) or not all(map(same_size, columns, [r for r, _ in inner_shapes])):
            return None
        part = _kronecker_blocks(factor, inner_shapes)
        if part is None:
            return None
        blocks, columns = [*blocks, part], [c for _, c in inner_shapes]
    if not all(map(same_size, columns, [c for _, c in shapes])):
        return None
    return [product(*parts) for parts in zip(*blocks, strict=True)]


def _core_kronecker(matrix):
    while isinstance(matrix, (Transpose, Inverse, MatPow)):
        matrix = matrix.args[0]
    return matrix if isinstance(matrix, KroneckerProduct) else None


# ---------------------------------------------------------------- powers, inverses, determinants


@rule("inverse", Inverse)
def an_inverse(node, adjoint):
    r"""$Y = A^{-1}$ | $dY = -Y\, dA\, Y$ | $\bar A = -Y^\top \bar Y\, Y^\top$"""
    back = transposed(node)
    yield node.arg, product(-1, back, adjoint, back)


@rule("determinant", Determinant)
def a_determinant(node, adjoint):
    r"""$s = \det A$ | $ds = s \operatorname{tr}(A^{-1} dA)$ | $\bar A = \bar s\, s\, A^{-\top}$"""
    yield node.arg, scaled(adjoint * node, inverse(transposed(node.arg)))


@rule("power", MatPow)
def a_power(node, adjoint):
    r"""$Y = A^k$ | $dY = \sum_{r=0}^{k-1} A^r\, dA\, A^{k-1-r}$ | $\bar A = \sum_{r=0}^{k-1} (A^\top)^r\, \bar Y\, (A^\top)^{k-1-r}$"""
    base, exponent = node.args
    back = transposed(base)
    if _commutes(adjoint, back):
        yield base, product(exponent, adjoint, power(back, exponent - 1))
    elif exponent.is_Integer:
        yield (
            base,
            total(*[product(power(back, r), adjoint, power(back, exponent - 1 - r)) for r in range(int(exponent))]),
        )
    elif exponent.is_number or exponent.is_integer is False:
        raise NotImplementedError(f"MatPow: the power {node} of a matrix, with an exponent that is not an integer")
    else:  # the upper right block of [[Aᵀ, Ȳ], [0, Aᵀ]]ᵏ is that sum
        n = base.rows
        blocks = BlockMatrix([[back, adjoint], [ZeroMatrix(n, n), back]])
        yield base, MatrixSlice(MatPow(blocks, exponent), (0, n, 1), (n, 2 * n, 1))


def _commutes(matrix, base):
    """Whether a matrix is, by its form, a polynomial in base and its inverse."""
    if is_one_by_one(matrix):
        return True
    core = split(matrix)[1]
    if isinstance(core, Identity) or core == base:
        return True
    if isinstance(core, (MatMul, MatAdd)):
        return all(_commutes(arg, base) for arg in core.args if arg.is_Matrix)
    if isinstance(core, (Inverse, MatPow)):
        return _commutes(core.args[0], base)
    return False


# ---------------------------------------------------------------- element by element


@rule("Hadamard product", HadamardProduct)
def a_hadamard_product(node, adjoint):
    r"""$Y = A \odot B$ | $dY = dA \odot B + A \odot dB$ | $\bar A = \bar Y \odot B,\; \bar B = \bar Y \odot A$"""
    for position, factor in enumerate(node.args):
        yield factor, lambda: hadamard(adjoint, *node.args[:position], *node.args[position + 1 :])


@rule("Hadamard power", HadamardPower)
def a_hadamard_power(node, adjoint):
    r"""$Y = A^{\odot p}$ | $dY = p\, A^{\odot (p-1)} \odot dA$ | $\bar A = p\, \bar Y \odot A^{\odot (p-1)}$"""
    base, exponent = node.args
    one = OneMatrix(*shape(node)) if exponent.is_Matrix else 1
    less = hadamard_power(base, exponent - 1) if one == 1 else HadamardPower(base, total(exponent, scaled(-1, one)))
    if base.is_Matrix:
        yield (
            base,
            lambda: (
                hadamard(adjoint, exponent, less) if exponent.is_Matrix else scaled(exponent, hadamard(adjoint, less))
            ),
        )
        yield exponent, lambda: _sum_if_scalar(hadamard(adjoint, node, applied(log, base)), exponent)
    else:
        yield base, lambda: inner(adjoint, hadamard(exponent, less))
        yield exponent, lambda: scaled(log(base), hadamard(adjoint, node))


def _sum_if_scalar(matrix, argument):
    return matrix if argument.is_Matrix else inner(OneMatrix(*shape(matrix)), matrix)


@rule("function of every entry", ElementwiseApplyFunction)
def a_function_of_entries(node, adjoint):
    r"""$Y = \varphi(A)$ | $dY = \varphi'(A) \odot dA$ | $\bar A = \bar Y \odot \varphi'(A)$"""
    yield node.expr, hadamard(adjoint, slope(node))


# The variable of every function the engine writes; no symbol of a user equals it.
T = Symbol("t", real=True, polar=False)
Y = Dummy("y", real=True)
_E = Dummy("E", positive=True)


def applied(function, matrix):
    """A function of every entry, always with the same Lambda for the same function."""
    return ElementwiseApplyFunction(Lambda(T, function(T)), matrix)


def slope(node):
    """φ'(A) of Y = φ(A), written through Y where that is a polynomial: y∘(1 − y), 1 − y∘y, y."""
    return elementwise(slope_body(node.function(T)), {T: node.expr, Y: node}, shape(node))


@cacheit
def slope_body(value):
    """φ'(t) as an expression in T and, where that is shorter, Y = φ(t)."""
    plain = derivative(value, T)
    if not plain.has(T):
        return plain
    if plain.has(TrigonometricFunction):
        plain = min(plain, trigsimp(plain), key=lambda body: body.count_ops())
    return _through_value(value, plain) or plain.subs(T / Abs(T), sign(T))


def derivative(expr, variable):
    """SymPy's derivative beside kinks and jumps, with sign(u) as u/|u|, so that sign(u)/|u| becomes 1/u."""
    result = expr.diff(variable).replace(sign, lambda u: u / Abs(u)).replace(DiracDelta, lambda *args: S.Zero)
    if result.has(Derivative) and not expr.has(AppliedUndef, Derivative):
        raise NotImplementedError(f"{type(expr).__name__}: SymPy has no derivative of {expr}")
    return result


def _through_value(value, plain):
    """a + b y + c y² if φ' = a + b φ + c φ² for all t, else None."""
    if plain == value:
        return Y
    value, plain = _in_exponentials(value), _in_exponentials(plain)
    if value is None or plain is None:
        return None
    points = [(value.subs(_E, k), plain.subs(_E, k)) for k in (2, 3, 5)]
    system = Matrix([[1, v, v**2, p] for v, p in points])
    unknowns = symbols("a b c")
    solution = solve_linear_system(system, *unknowns)
    if not solution or len(solution) < 3:
        return None
    a, b, c = (solution[unknown] for unknown in unknowns)
    if cancel(a + b * value + c * value**2 - plain) != 0:
        return None
    return b * Y * (1 - Y) if a == 0 and b == -c else a + Y * (b + c * Y) if a == 0 else a + b * Y + c * Y**2


def _in_exponentials(expr):
    """expr as a rational function of E = exp(t), or None."""
    if not expr.has(exp, HyperbolicFunction):
        return None
    rewritten = expr.rewrite(exp).replace(
        lambda e: isinstance(e, exp) and (e.args[0] / T).is_Integer, lambda e: _E ** (e.args[0] / T)
    )
    return cancel(rewritten) if not rewritten.has(T) and rewritten.is_rational_function(_E) else None


def elementwise(body, matrices, size):
    """The matrix whose entries are body of the entries of the given matrices."""
    if body in matrices:
        return matrices[body]
    if not body.has(*matrices):
        return scaled(body, OneMatrix(*size))
    if body.is_Pow and body.base in matrices and not body.exp.has(*matrices):
        return hadamard_power(matrices[body.base], body.exp)
    coefficient, rest = body.as_independent(*matrices, as_Add=False)
    factors = sorted(Mul.make_args(rest), key=lambda factor: factor.count_ops())  # y∘(1 − y)
    if body.is_Mul and (Y in body.free_symbols or len(factors) == 1):
        return scaled(coefficient, hadamard(*[elementwise(factor, matrices, size) for factor in factors]))
    if body.is_Add and (Y in body.free_symbols or body.is_polynomial(T)):
        return total(*[elementwise(term, matrices, size) for term in body.args])
    return ElementwiseApplyFunction(Lambda(T, body), matrices[T])


# ---------------------------------------------------------------- scalars


@rule("product of scalars", Mul)
def a_scalar_product(node, adjoint):
    r"""$s = a\, b$ | $ds = b\, da + a\, db$ | $\bar a = \bar s\, b,\; \bar b = \bar s\, a$"""
    for position, factor in enumerate(node.args):
        yield factor, lambda: Mul(adjoint, *node.args[:position], *node.args[position + 1 :])


@rule("function of scalars")
def a_scalar_function(node, adjoint):
    r"""$s = f(a, b)$ | $ds = f_a\, da + f_b\, db$ | $\bar a = \bar s\, f_a,\; \bar b = \bar s\, f_b$"""
    atoms = matrix_scalars(node)
    stand_ins = {atom: Dummy(f"a{k}", real=True) for k, atom in enumerate(atoms)}
    back = {stand_in: atom for atom, stand_in in stand_ins.items()}
    body = node.xreplace(stand_ins)
    for atom, stand_in in stand_ins.items():
        yield atom, lambda: adjoint * _put_back(derivative(body, stand_in), back)


def _put_back(expr, back):
    """The stand-ins of an expression replaced; a derivative of an unknown function is taken at them."""
    if not expr.has(Derivative):
        return expr.xreplace(back)
    inside = [symbol for symbol in back if expr.has(symbol)]
    return Subs(expr, inside, [back[symbol] for symbol in inside])


MATRIX_SCALARS = (Trace, Determinant, MatrixElement, DotProduct)


def matrix_scalars(node):
    """The traces, determinants, entries … that a scalar expression is a function of."""
    if isinstance(node, MATRIX_SCALARS):
        return [node]
    if isinstance(node, (ExprWithLimits, Derivative, Subs, Lambda)):
        if node.atoms(MatrixSymbol):
            raise NotImplementedError(f"{type(node).__name__}: no rule for {node}")
        return []
    return list(dict.fromkeys(atom for arg in node.args for atom in matrix_scalars(arg)))


def softmax_parts(node):
    """(U, W) if the node is a softmax of U as exp(U) over its sums along rows, W = 11ᵀ on the right, or columns."""
    if not isinstance(node, HadamardProduct) or len(node.args) != 2:
        return None
    for exponential, sums in (node.args, node.args[::-1]):
        if (
            isinstance(exponential, ElementwiseApplyFunction)
            and exponential.function(T) == exp(T)
            and isinstance(sums, HadamardPower)
            and sums.exp == -1
            and isinstance(sums.base, MatMul)
            and len(sums.base.args) == 2
            and exponential in sums.base.args
        ):
            ones = sums.base.args[1] if sums.base.args[0] == exponential else sums.base.args[0]
            if isinstance(ones, OneMatrix) and same_size(*ones.shape):
                return exponential.expr, (lambda M: product(M, ones)) if sums.base.args[1] == ones else (
                    lambda M: product(ones, M)
                )
    return None


@rule("softmax")
def a_softmax(node, adjoint, value=None):
    r"""$S = \operatorname{softmax}(U)$ | $dS = S \odot (dU - (S \odot dU)\, 1 1^\top)$ | $\bar U = S \odot (\bar S - (\bar S \odot S)\, 1 1^\top)$"""
    inside, sums = softmax_parts(node)
    value = value or node  # or a name that stands for it
    yield inside, total(hadamard(adjoint, value), scaled(-1, hadamard(value, sums(hadamard(adjoint, value)))))


@rule("logarithm of softmax")
def a_log_softmax(node, adjoint):
    r"""$L = \log\operatorname{softmax}(U)$ | $dL = dU - (S \odot dU)\, 1 1^\top$ | $\bar U = \bar L - S \odot (\bar L\, 1 1^\top)$"""
    inside, sums = softmax_parts(node.expr)
    yield inside, total(adjoint, scaled(-1, hadamard(node.expr, sums(adjoint))))


def composite(node):
    """(rule, arguments) of a node that is one of the functions with a rule of their own, else None."""
    if isinstance(node, ElementwiseApplyFunction) and node.function(T) == log(T) and softmax_parts(node.expr):
        return a_log_softmax, [softmax_parts(node.expr)[0]]
    if softmax_parts(node):
        return a_softmax, [softmax_parts(node)[0]]
    return None


def rule_of(node):
    """The rule of a node; NotImplementedError names a node that has none."""
    known = composite(node)
    if known:
        return known[0]
    found = RULES.get(type(node))
    if found is None and isinstance(node, (Pow, Application)) and not node.is_Matrix:
        return a_scalar_function
    if found is None:
        raise NotImplementedError(f"{type(node).__name__}: no rule for {node}")
    return found


def arguments_of(node):
    """The nodes to which a rule passes an adjoint on."""
    known = composite(node)
    if known:
        return known[1]
    if isinstance(node, (Pow, Application)) and not node.is_Matrix and type(node) not in RULES:
        return matrix_scalars(node)
    return [arg for arg in node.args if isinstance(arg, Expr) and not isinstance(arg, Lambda)]
