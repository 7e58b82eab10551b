"""Every node of an expression read into a form: one short function a node type."""

from sympy import (
    Abs,
    Add,
    Adjoint,
    Basic,
    Determinant,
    DiagMatrix,
    Expr,
    FunctionMatrix,
    HadamardPower,
    HadamardProduct,
    Heaviside,
    Identity,
    Inverse,
    KroneckerDelta,
    KroneckerProduct,
    Lambda,
    MatAdd,
    MatMul,
    MatPow,
    MatrixSymbol,
    Max,
    Min,
    Mul,
    OneMatrix,
    Piecewise,
    Pow,
    S,
    Sum,
    Symbol,
    Trace,
    Transpose,
    ZeroMatrix,
    cos,
    cot,
    csc,
    exp,
    log,
    sec,
    sign,
    sin,
    srepr,
    tan,
)
from sympy.core.relational import GreaterThan, LessThan, StrictGreaterThan, StrictLessThan
from sympy.functions.elementary.hyperbolic import HyperbolicFunction
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.dotproduct import DotProduct
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.matrixbase import MatrixBase

from .determinants import read_determinant
from .doors import shown
from .functions import Functions
from .inverses import oriented, read_inverse, read_power
from .nodes.slopes import T
from .signs import above, choose, modulus, step
from .signs import sign as sign_of
from .terms import DELTA, ZERO, Form, Leaf, as_scalar, digest, largest, rename
from .writing import is_symmetric, same_size


class Reader(Functions):
    """Reads expressions into forms; one reader for all that is compared."""

    def __init__(self, deadline=None, most_terms=None):
        """most_terms: of a matrix inside an expression that is still written out; a longer one gets a name."""
        super().__init__(deadline)
        self.most_terms, self.has_named = most_terms, False

    def form(self, expr):
        """The form of an expression; what stands in it is read first, however deep it is."""
        for node in postorder(expr, self.known):
            if node is expr or getattr(node, "is_Matrix", False) and isinstance(node, Expr):
                if self.most_terms is not None:
                    self.steps = 0  # what is long gets a name, so that each node is a task of its own
                form = self.read(node)
                self.known[node] = form if node is expr or not node.is_Matrix else self.named(form)
        return self.known[expr]

    def named(self, form):
        """The form itself, or if it is long a leaf: equal forms get the same, and a transpose the same turned."""
        if self.most_terms is None or len(form.terms) <= self.most_terms or len(form.rows) > 1 or len(form.cols) > 1:
            return form
        self.has_named = True
        if form.rows == (ZERO,) or form.cols == (ZERO,):
            text, slots, symmetric = form.text(), (*form.rows, *form.cols), False
        else:
            text, _, slots, symmetric = oriented(self, form)
        leaf = Leaf(f"({digest(text)})", "symbol", symmetric=symmetric)
        return self.leaf_form(leaf, slots, form.rows, form.cols, form.sizes)

    def read(self, expr):
        if not expr.is_Matrix:
            return self.scalar(expr, {}, {})
        reader = _READERS.get(type(expr))
        if reader is not None:
            return reader(self, expr)
        if isinstance(expr, MatrixBase):
            return self.symbol(expr, digest(srepr(expr)))
        return self.symbol(expr, self.opaque_text(expr))

    def opaque_text(self, expr):
        """A name for a node that the form does not look into: its type, and the forms of its arguments."""
        parts = [
            self.form(arg).text() if isinstance(arg, Expr) and not arg.is_Atom else srepr(arg) for arg in expr.args
        ]
        return f"{type(expr).__name__}({digest('|'.join(parts))})"

    def symbol(self, expr, text):
        rows, cols = self.free_indices(expr.shape)
        leaf = Leaf(text, "symbol", symmetric=is_symmetric(expr) and not isinstance(rows[0], tuple))
        return self.leaf_form(leaf, (*rows, *cols), rows, cols, tuple((n,) for n in expr.shape))

    # -------------------------------------------------------- scalars and entries

    def scalar(self, expr, env, indices):
        """The form of a scalar expression whose symbols may stand for forms (env) or for indices."""
        if expr in env:
            return env[expr]
        if expr.is_number and not expr.has(MatrixElement):
            return self.number(expr)
        handler = next((h for t, h in _SCALARS if isinstance(expr, t)), None)
        if handler is not None:
            return handler(self, expr, env, indices)
        if isinstance(expr, Symbol):
            leaf = Leaf(f"{expr.name}{_assumptions(expr)}", "symbol", positive=bool(expr.is_positive))
            return self.leaf_form(leaf, ())
        if getattr(expr, "is_Matrix", False):
            return self.form(expr)
        if not isinstance(expr, Expr):
            raise NotImplementedError(f"normal_form: {type(expr).__name__} {shown(expr)}")
        if expr.has(*env) and not expr.is_Function:  # a derivative of an unknown function, say
            if len(env) != 1:
                raise NotImplementedError(f"normal_form: {type(expr).__name__} {shown(expr)}")
            ((symbol, form),) = env.items()
            return self.function(srepr(expr.subs(symbol, T)), [form])
        if not expr.args:
            return self.leaf_form(Leaf(srepr(expr), "symbol"), ())
        return self.function(str(expr.func), [self.scalar(arg, env, indices) for arg in expr.args])


def _assumptions(symbol):
    """A name for the assumptions of a symbol that differ from the usual ones."""
    given = {key: value for key, value in symbol.assumptions0.items() if key != "commutative"}
    return (
        ""
        if not given
        else "'"
        + digest(str(sorted(given.items())))[:4]
        + (str(symbol.dummy_index) if hasattr(symbol, "dummy_index") else "")
    )


# ---------------------------------------------------------------- scalar nodes


def _add(reader, expr, env, indices):
    return reader.add(*[reader.scalar(arg, env, indices) for arg in expr.args])


def _mul(reader, expr, env, indices):
    forms = [reader.scalar(arg, env, indices) for arg in expr.args]
    like = largest(forms)
    return reader.times(*forms, rows=like.rows, cols=like.cols, sizes=like.sizes)


def _pow(reader, expr, env, indices):
    base, exponent = expr.args
    if exponent.has(*env, *_MATRIX_NODES) if env else exponent.has(*_MATRIX_NODES):
        logarithm = reader.logarithm(reader.scalar(base, env, indices))
        return reader.exponential(reader.times(reader.scalar(exponent, env, indices), logarithm))
    return reader.power(reader.scalar(base, env, indices), exponent)


def _exp(reader, expr, env, indices):
    return reader.exponential(reader.scalar(expr.args[0], env, indices))


def _log(reader, expr, env, indices):
    return reader.logarithm(reader.scalar(expr.args[0], env, indices))


def _in_other_functions(target):
    return lambda reader, expr, env, indices: reader.scalar(target(expr), env, indices)


def _heaviside(reader, expr, env, indices):
    form = reader.scalar(expr.args[0], env, indices)
    at_zero = expr.args[1] if len(expr.args) > 1 else S.Half
    result = step(reader, form)
    if at_zero == S.Half:
        return result
    sign = sign_of(reader, form)
    gap = reader.add(reader.number(S.One, form), reader.scale(S.NegativeOne, reader.times(sign, sign)))
    return reader.add(result, reader.scale(at_zero - S.Half, gap))


def _sign(reader, expr, env, indices):
    return sign_of(reader, reader.scalar(expr.args[0], env, indices))


def _absolute(reader, expr, env, indices):
    return modulus(reader, reader.scalar(expr.args[0], env, indices))


def _circular(sine):
    return lambda reader, expr, env, indices: reader.circular(reader.scalar(expr.args[0], env, indices), sine)


def _maximum(reader, expr, env, indices):
    forms = [reader.scalar(arg, env, indices) for arg in expr.args]
    best, least = forms[0], isinstance(expr, Min)
    for form in forms[1:]:
        larger, smaller = (form, best) if least else (best, form)
        best = choose(reader, step(reader, reader.add(larger, reader.scale(S.NegativeOne, smaller))), best, form)
    return best


def _piecewise(reader, expr, env, indices):
    result = None
    for value, condition in reversed(expr.args):
        form = reader.scalar(value, env, indices)
        if condition == True:  # noqa: E712  SymPy's own true
            result = form
        elif result is not None and isinstance(condition, (StrictGreaterThan, GreaterThan, StrictLessThan, LessThan)):
            strict = isinstance(condition, (StrictGreaterThan, StrictLessThan))
            difference = reader.scalar(condition.gts - condition.lts, env, indices)
            result = choose(reader, above(reader, difference, strict), form, result)
        else:
            raise NotImplementedError(f"normal_form: Piecewise with the condition {condition}")
    return result


def _trace(reader, expr, env, indices):
    form = reader.form(expr.arg)
    if form.rows == (ZERO,):
        return as_scalar(form)
    names, summed = {}, []
    if len(form.rows) != len(form.cols):
        raise NotImplementedError("normal_form: Kronecker products of different splits")
    for i, j, size in zip(form.rows, form.cols, form.sizes[0], strict=True):
        k = reader.new_sum(size)
        summed.append(k)
        names.update({i: k, j: k})
    return reader.make((), (), reader.contracted(reader.with_indices(form, names), summed))


def _entry(reader, expr, env, indices):
    matrix, *places = expr.args
    form = reader.form(matrix)
    names = {}
    for slots, sizes, place in ((form.rows, form.sizes[0], places[0]), (form.cols, form.sizes[1], places[1])):
        index = indices.get(place, ("=", place))
        if place not in indices and place.has(*indices):
            raise NotImplementedError(f"normal_form: an index of {shown(expr)} is an expression in a summed one")
        if isinstance(index, str) and (len(slots) != 1 or not same_size(reader.size_of[index], sizes[0])):
            raise NotImplementedError(f"normal_form: a sum over a part of the indices in {shown(expr)}")
        if len(slots) != 1:
            raise NotImplementedError("normal_form: an entry of a Kronecker product")
        if isinstance(slots[0], str):
            names[slots[0]] = index
    return reader.make((), (), reader.with_indices(form, names))


def _sum(reader, expr, env, indices):
    """A sum over all values of an index of entries."""
    inner, names = dict(indices), {}
    for symbol, low, high in expr.limits:
        if low != 0:
            raise NotImplementedError(f"normal_form: a sum that does not start at 0 in {shown(expr)}")
        inner[symbol] = f"s{next(reader.fresh)}"
        names[inner[symbol]] = reader.new_sum(high + 1)
        reader.size_of[inner[symbol]] = high + 1
    _only_as_indices(expr.function, inner)
    body = reader.scalar(expr.function, env, inner)
    terms = [(c, rename(factors, names)) for c, factors in body.terms.values()]
    return reader.make((), (), reader.contracted(terms, list(names.values())))


def _only_as_indices(node, indices):
    """NotImplementedError if a summed symbol stands anywhere but as an index of an entry."""
    if isinstance(node, MatrixElement):
        node = node.args[0]
    elif isinstance(node, KroneckerDelta):
        return
    if node in indices:
        raise NotImplementedError(f"normal_form: the summed index {node} outside of entries")
    for arg in node.args:
        _only_as_indices(arg, indices)


def _kronecker_delta(reader, expr, env, indices):
    slots = tuple(indices.get(arg, ("=", arg)) for arg in expr.args)
    return reader.leaf_form(DELTA, slots)


def _dot_product(reader, expr, env, indices):
    left, right = (arg if arg.cols == 1 else Transpose(arg) for arg in expr.args)
    return as_scalar(reader.form(MatMul(Transpose(left), right)))


_MATRIX_NODES = (Trace, Determinant, MatrixElement, DotProduct, Sum)

_SCALARS = [
    (Add, _add),
    (Mul, _mul),
    (exp, _exp),
    (Pow, _pow),
    (log, _log),
    (Trace, _trace),
    (Determinant, read_determinant),
    (MatrixElement, _entry),
    (DotProduct, _dot_product),
    (Sum, _sum),
    (KroneckerDelta, _kronecker_delta),
    (sign, _sign),
    (sin, _circular(True)),
    (cos, _circular(False)),
    (Abs, _absolute),
    (Heaviside, _heaviside),
    ((Max, Min), _maximum),
    (Piecewise, _piecewise),
    (HyperbolicFunction, _in_other_functions(lambda e: e.rewrite(exp))),
    (tan, _in_other_functions(lambda e: sin(e.args[0]) / cos(e.args[0]))),
    (cot, _in_other_functions(lambda e: cos(e.args[0]) / sin(e.args[0]))),
    (sec, _in_other_functions(lambda e: 1 / cos(e.args[0]))),
    (csc, _in_other_functions(lambda e: 1 / sin(e.args[0]))),
]


# ---------------------------------------------------------------- matrix nodes


def _product(reader, expr):
    scalars = [reader.scalar(arg, {}, {}) for arg in expr.args if not arg.is_Matrix]
    matrices = [reader.form(arg) for arg in expr.args if arg.is_Matrix]
    result = matrices[0]
    for form in matrices[1:]:
        result = reader.matrix_product(result, form)
    if not scalars:
        return result
    return reader.times(*scalars, result, rows=result.rows, cols=result.cols, sizes=result.sizes)


def _sum_of_matrices(reader, expr):
    return reader.add(*reader.aligned([reader.form(arg) for arg in expr.args]))


def _transpose(reader, expr):
    form = reader.form(expr.arg)
    names = {index: index.replace("r", "?") for index in form.rows if isinstance(index, str)}
    names.update({index: index.replace("c", "r") for index in form.cols if isinstance(index, str)})
    back = {new: new.replace("?", "c") for new in names.values() if new.startswith("?")}
    terms = [(c, rename(rename(factors, names), back)) for c, factors in form.terms.values()]
    rows = tuple(index.replace("c", "r") if isinstance(index, str) else index for index in form.cols)
    cols = tuple(index.replace("r", "c") if isinstance(index, str) else index for index in form.rows)
    return reader.make(rows, cols, terms, form.sizes[::-1])


def shaped(reader, expr):
    rows, cols = reader.free_indices(expr.shape)
    return Form(rows, cols, {}, tuple((n,) for n in expr.shape))


def _identity(reader, expr):
    shape = shaped(reader, expr)
    if shape.rows == (ZERO,):
        return reader.number(S.One, shape)
    return reader.leaf_form(DELTA, ("r0", "c0"), shape.rows, shape.cols, shape.sizes)


def _ones(reader, expr):
    return reader.number(S.One, shaped(reader, expr))


def _hadamard(reader, expr):
    forms = reader.aligned([reader.form(arg) for arg in expr.args])
    return reader.times(*forms, rows=forms[0].rows, cols=forms[0].cols, sizes=forms[0].sizes)


def _hadamard_power(reader, expr):
    base, exponent = expr.args
    while isinstance(base, HadamardPower) and base.exp.is_Integer and exponent.is_Integer:
        base, exponent = base.base, base.exp * exponent
    if not exponent.is_Matrix and not exponent.has(*_MATRIX_NODES):
        return reader.power(reader.form(base), exponent)
    forms = [reader.form(arg) if arg.is_Matrix else reader.scalar(arg, {}, {}) for arg in (base, exponent)]
    if base.is_Matrix and exponent.is_Matrix:
        forms = reader.aligned(forms)
    return reader.exponential(reader.times(forms[1], reader.logarithm(forms[0])))


def _applied(reader, expr):
    return _like(reader.form(expr.expr), reader.scalar(expr.function(T), {T: reader.form(expr.expr)}, {}))


def _like(shape, form):
    return Form(shape.rows, shape.cols, form.terms, shape.sizes)


def _diagonal_matrix(reader, expr):
    vector = reader.form(expr.args[0] if expr.args[0].cols == 1 else Transpose(expr.args[0]))
    shape = shaped(reader, expr)
    if shape.rows == (ZERO,):
        return vector
    terms = [(c, factors + [(DELTA, ("r0", "c0"), S.One)]) for c, factors in vector.terms.values()]
    return reader.make(shape.rows, shape.cols, terms, shape.sizes)


def _diagonal_of(reader, expr):
    form = reader.form(expr.args[0])
    if len(form.rows) > 1 or len(form.cols) > 1:
        raise NotImplementedError("normal_form: the diagonal of a Kronecker product")
    return reader.make(form.rows, (ZERO,), reader.with_indices(form, {"c0": "r0"}), (form.sizes[0], (S.One,)))


def _diagonal_part(reader, expr):
    return reader.form(HadamardProduct(Identity(expr.rows), expr.args[0]))


def _kronecker(reader, expr):
    forms = [reader.form(arg) for arg in expr.args]
    terms, sides = [(S.One, [])], ([], [])
    for form in forms:
        names = {}
        for side, own, sizes, letter in (
            (sides[0], form.rows, form.sizes[0], "r"),
            (sides[1], form.cols, form.sizes[1], "c"),
        ):
            for index, size in zip(own, sizes, strict=True):
                if isinstance(index, str):
                    names[index] = f"{letter}{len(side)}"
                    side.append((names[index], size))
        terms = [(c * d, factors + more) for c, factors in terms for d, more in reader.with_indices(form, names)]
    rows, cols = (tuple(index for index, _ in side) or (ZERO,) for side in sides)
    sizes = tuple(tuple(size for _, size in side) or (S.One,) for side in sides)
    return reader.make(rows, cols, terms, sizes)


def _function_matrix(reader, expr):
    shape = shaped(reader, expr)
    row, column = expr.lamda.signature
    _only_as_indices(expr.lamda.expr, (row, column))
    form = reader.scalar(expr.lamda.expr, {}, {row: shape.rows[0], column: shape.cols[0]})
    return _like(shape, form)


_READERS = {
    MatMul: _product,
    MatAdd: _sum_of_matrices,
    Transpose: _transpose,
    Adjoint: _transpose,
    Identity: _identity,
    OneMatrix: _ones,
    ZeroMatrix: shaped,
    MatrixSymbol: lambda reader, expr: reader.symbol(expr, f"{expr.name}{expr.shape}"),
    HadamardProduct: _hadamard,
    HadamardPower: _hadamard_power,
    ElementwiseApplyFunction: _applied,
    DiagMatrix: _diagonal_matrix,
    DiagonalOf: _diagonal_of,
    DiagonalMatrix: _diagonal_part,
    KroneckerProduct: _kronecker,
    FunctionMatrix: _function_matrix,
    Inverse: read_inverse,
    MatPow: read_power,
}


def postorder(expr, known=()):
    """The nodes of an expression that are not known, arguments first, each once; a Lambda is one node."""
    found, waiting = {}, [] if expr in known else [expr]
    while waiting:
        node = waiting[-1]
        args = () if isinstance(node, Lambda) else node.args
        left = [a for a in args if isinstance(a, Basic) and a not in found and a not in known]
        if left:
            waiting += left
        else:
            found[waiting.pop()] = None
    return list(found)
