"""Rewriting of SymPy trees: `kept` keeps the value wherever the tree has one, `broken` most often does not."""

from __future__ import annotations

import sympy as sp
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    MatAdd,
    MatMul,
    MatPow,
    OneMatrix,
    Rational,
    Trace,
    Transpose,
)
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf

from .expressions import NOT_BUILT, T, applied

# ---------------------------------------------------------------- one node, written otherwise


def _split(node):
    """(scalars, matrices) of a product."""
    return [a for a in node.args if not a.is_Matrix], [a for a in node.args if a.is_Matrix]


def _sum_rules(node, random):
    yield node.func(*random.sample(node.args, len(node.args)))
    if isinstance(node, MatAdd):
        yield Transpose(MatAdd(*[Transpose(term) for term in node.args]))


def _product_rules(node, random):
    scalars, matrices = _split(node)
    if matrices:
        yield MatMul(*scalars, Transpose(MatMul(*[Transpose(a) for a in reversed(matrices)])))
        place = random.randrange(len(matrices) + 1)
        size = matrices[place].rows if place < len(matrices) else matrices[-1].cols
        yield MatMul(*scalars, *matrices[:place], Identity(size), *matrices[place:])
    for place, factor in enumerate(matrices):
        if isinstance(factor, MatAdd):
            yield MatAdd(*[MatMul(*scalars, *matrices[:place], t, *matrices[place + 1 :]) for t in factor.args])
        if isinstance(factor, DiagMatrix) and place + 1 < len(matrices) and matrices[place + 1].shape[1] == 1:
            column = factor.args[0]
            if column.shape == matrices[place + 1].shape:
                entrywise = HadamardProduct(column, matrices[place + 1])
                yield MatMul(*scalars, *matrices[:place], entrywise, *matrices[place + 2 :])
    if len(matrices) > 2:
        cut = random.randrange(1, len(matrices) - 1)
        yield MatMul(*scalars, *matrices[:cut], MatMul(*matrices[cut:]))


def _hadamard_rules(node, random):
    yield HadamardProduct(*random.sample(node.args, len(node.args)))
    for place, factor in enumerate(node.args):
        rest = node.args[:place] + node.args[place + 1 :]
        if isinstance(factor, MatAdd):
            yield MatAdd(*[HadamardProduct(term, *rest) for term in factor.args])
        if isinstance(factor, MatMul) and len(rest) == 1:
            scalars, matrices = _split(factor)
            if len(matrices) == 2 and matrices[0].shape[1] == 1:  # a bᵀ ∘ A = diag(a) A diag(b)
                yield MatMul(*scalars, DiagMatrix(matrices[0]), rest[0], DiagMatrix(Transpose(matrices[1])))
    if len(set(node.args)) < len(node.args):
        one = next(a for a in node.args if node.args.count(a) > 1)
        rest = [a for a in node.args if a != one]
        power = HadamardPower(one, node.args.count(one))
        yield HadamardProduct(power, *rest) if rest else power


def _hadamard_power_rules(node, random):
    base, exponent = node.args
    if exponent.is_Integer and exponent >= 2 and base.is_Matrix:
        yield HadamardProduct(*[base] * int(exponent))
        yield applied(lambda t: t**exponent, base)
    if exponent == -1 and base.is_Matrix:
        yield applied(lambda t: 1 / t, base)


def _trace_rules(node, random):
    yield Trace(Transpose(node.arg))
    if isinstance(node.arg, MatMul):
        scalars, matrices = _split(node.arg)
        if len(matrices) > 1:
            cut = random.randrange(1, len(matrices))
            yield Trace(MatMul(*scalars, *matrices[cut:], *matrices[:cut]))
        if len(matrices) == 2:
            left, right = Transpose(matrices[0]), matrices[1]
            ones = OneMatrix(1, left.shape[0]), OneMatrix(left.shape[1], 1)
            yield sp.Mul(*scalars, Trace(MatMul(ones[0], HadamardProduct(left, right), ones[1])))
    if isinstance(node.arg, MatAdd):
        yield sp.Add(*[Trace(term) for term in node.arg.args])


def _transpose_rules(node, random):
    if isinstance(node.arg, Inverse):
        yield Inverse(Transpose(node.arg.arg))
    if isinstance(node.arg, (MatAdd, HadamardProduct)):
        yield node.arg.func(*[Transpose(a) for a in node.arg.args])
    if isinstance(node.arg, ElementwiseApplyFunction):
        yield ElementwiseApplyFunction(node.arg.function, Transpose(node.arg.expr))


def _inverse_rules(node, random):
    yield Transpose(Inverse(Transpose(node.arg)))
    yield MatMul(Rational(1, 2), Inverse(MatMul(Rational(1, 2), node.arg)))
    if isinstance(node.arg, MatAdd) and len(node.arg.args) == 2:
        rest = [t for t in node.arg.args if not isinstance(t, Identity)]
        if len(rest) == 1 and isinstance(rest[0], MatMul):
            scalars, matrices = _split(rest[0])
            if not scalars and len(matrices) == 2:  # (I + UV)⁻¹ = I − U (I + VU)⁻¹ V
                U, V = matrices
                inner = Inverse(MatAdd(Identity(V.shape[0]), MatMul(V, U)))
                yield MatAdd(Identity(U.shape[0]), MatMul(-1, U, inner, V))


def _determinant_rules(node, random):
    yield Determinant(Transpose(node.arg))
    if isinstance(node.arg, MatMul):
        scalars, matrices = _split(node.arg)
        if not scalars and all(a.rows == a.cols for a in matrices):
            yield sp.Mul(*[Determinant(a) for a in matrices])
    if isinstance(node.arg, MatAdd) and len(node.arg.args) == 2:
        rest = [t for t in node.arg.args if not isinstance(t, Identity)]
        if len(rest) == 1 and isinstance(rest[0], MatMul) and len(rest[0].args) == 2 and not _split(rest[0])[0]:
            U, V = rest[0].args
            yield Determinant(MatAdd(Identity(V.shape[0]), MatMul(V, U)))


def _diagonal_rules(node, random):
    if isinstance(node.arg, MatMul):
        scalars, matrices = _split(node.arg)
        if not scalars and len(matrices) == 2:
            yield MatMul(HadamardProduct(matrices[0], Transpose(matrices[1])), OneMatrix(matrices[0].shape[1], 1))


SIGMOID = 1 / (1 + sp.exp(-T))
FORMS = [  # functions of entries with the same values wherever the first has one
    (SIGMOID, sp.exp(T) / (1 + sp.exp(T)), (1 + sp.tanh(T / 2)) / 2, 1 - 1 / (1 + sp.exp(T))),
    (sp.Max(0, T), (T + sp.Abs(T)) / 2, sp.Piecewise((T, T > 0), (0, True)), sp.Abs(T) - sp.Max(0, -T)),
    (sp.Heaviside(T), (1 + sp.sign(T)) / 2, 1 - sp.Heaviside(-T)),
    (sp.sign(T), 2 * sp.Heaviside(T) - 1, sp.Heaviside(T) - sp.Heaviside(-T)),
    (sp.Abs(T), sp.Max(T, -T), T * sp.sign(T), sp.sqrt(T**2), sp.Max(0, T) + sp.Max(0, -T)),
    (sp.tanh(T), sp.sinh(T) / sp.cosh(T), (sp.exp(2 * T) - 1) / (sp.exp(2 * T) + 1), 2 / (1 + sp.exp(-2 * T)) - 1),
    (sp.cosh(T), (sp.exp(T) + sp.exp(-T)) / 2),
    (sp.sinh(T), (sp.exp(T) - sp.exp(-T)) / 2),
    (sp.sin(T), 2 * sp.sin(T / 2) * sp.cos(T / 2)),
    (sp.cos(T), 1 - 2 * sp.sin(T / 2) ** 2, 2 * sp.cos(T / 2) ** 2 - 1),
    (sp.log(1 + sp.exp(T)), T + sp.log(1 + sp.exp(-T)), -sp.log(1 / (1 + sp.exp(T)))),
    (SIGMOID * (1 - SIGMOID), sp.exp(-T) / (1 + sp.exp(-T)) ** 2, 1 / (2 + 2 * sp.cosh(T))),
    (1 - sp.tanh(T) ** 2, 1 / sp.cosh(T) ** 2),
    (T**3 - T, T * (T - 1) * (T + 1)),
    (sp.exp(T), sp.exp(T / 2) ** 2, sp.sinh(T) + sp.cosh(T), 1 / sp.exp(-T)),
    (sp.sqrt(1 + T**2), (1 + T**2) / sp.sqrt(1 + T**2)),
    (T**2, sp.Abs(T) ** 2, sp.Max(T, -T) ** 2),
]
SAME = {form: forms for forms in FORMS for form in forms}


def _function_rules(node, random):
    body = node.function(T)
    for form in SAME.get(body, ()):
        if form != body:
            yield applied(lambda t, form=form: form.subs(T, t), node.expr)
    if body.is_Add and not body.has(sp.Piecewise):
        yield MatAdd(*[applied(lambda t, term=term: term.subs(T, t), node.expr) for term in body.args])
    if body.is_Mul:
        yield HadamardProduct(*[applied(lambda t, f=f: f.subs(T, t), node.expr) for f in body.args])


def _any_matrix_rules(node, random):
    yield Transpose(Transpose(node))
    yield MatAdd(node, node, MatMul(-1, node))
    yield HadamardProduct(OneMatrix(*node.shape), node)
    yield MatMul(Rational(1, 3), MatAdd(node, node, node))
    if node.shape[1] == 1 and node.shape[0] != 1:
        yield MatMul(DiagMatrix(node), OneMatrix(node.shape[0], 1))
        yield DiagonalOf(DiagMatrix(node))


def _power_rules(node, random):
    if node.exp.is_Integer and node.exp > 1:
        yield MatMul(*[node.base] * int(node.exp))
    yield Transpose(MatPow(Transpose(node.base), node.exp))


RULES = {
    MatAdd: _sum_rules,
    sp.Add: _sum_rules,
    MatMul: _product_rules,
    HadamardProduct: _hadamard_rules,
    HadamardPower: _hadamard_power_rules,
    Trace: _trace_rules,
    Transpose: _transpose_rules,
    Inverse: _inverse_rules,
    Determinant: _determinant_rules,
    DiagonalOf: _diagonal_rules,
    ElementwiseApplyFunction: _function_rules,
    MatPow: _power_rules,
}


def kept(expr, random, times=1):
    """The expression with so many of its nodes written otherwise; its value is the same wherever it has one."""
    for _ in range(times):
        expr = _changed(expr, random, _rules_here)
    return expr


def _rules_here(node, random):
    rule = RULES.get(type(node))
    found = list(rule(node, random)) if rule else []
    if node.is_Matrix and (not found or random.random() < 0.15):
        found += list(_any_matrix_rules(node, random))
    return found


def _changed(expr, random, rules):
    """The expression with one node replaced by what the rules offer for it, at the places in random order."""
    places = [node for node in dict.fromkeys(_nodes(expr))]
    for node in random.sample(places, len(places)):
        offers = [offer for offer in _built(rules(node, random)) if offer != node]
        if offers:
            changed = _replaced(expr, node, random.choice(offers))
            if changed is not None:
                return changed
    return expr


def _built(offers):
    """The offers that SymPy builds; it refuses some of its own trees."""
    iterator = iter(offers)
    while True:
        try:
            yield next(iterator)
        except StopIteration:
            return
        except NOT_BUILT:
            return


def _nodes(expr):
    """The nodes of a tree that stand for matrices or scalars, outside functions of entries and exponents."""
    if not isinstance(expr, sp.Expr) or isinstance(expr, sp.Lambda):
        return
    yield expr
    if isinstance(expr, (sp.MatrixSymbol, OneMatrix, Identity, sp.ZeroMatrix, sp.Symbol)):
        return
    inside = [expr.expr] if isinstance(expr, ElementwiseApplyFunction) else expr.args
    if isinstance(expr, (MatPow, HadamardPower, sp.Pow)):
        inside = expr.args[:1]
    for arg in inside:
        yield from _nodes(arg)


def _replaced(expr, node, other):
    try:
        return expr.xreplace({node: other})
    except NOT_BUILT:
        return None


# ---------------------------------------------------------------- one node, changed


def broken(expr, random, symbols=()):
    """(kind, expression) with one slip somewhere; now and then it changes nothing."""
    kinds = list(SLIPS)
    for kind in random.sample(kinds, len(kinds)):
        changed = _changed(expr, random, lambda node, r, kind=kind: SLIPS[kind](node, r, symbols))
        if changed != expr:
            return kind, changed
    return "nothing", expr


def _dropped(node, random, symbols):
    if isinstance(node, (MatAdd, sp.Add, HadamardProduct)):
        place = random.randrange(len(node.args))
        rest = node.args[:place] + node.args[place + 1 :]
        yield rest[0] if len(rest) == 1 else node.func(*rest)


def _sign(node, random, symbols):
    if isinstance(node, (MatAdd, sp.Add)):
        place = random.randrange(len(node.args))
        yield node.func(*[-a if k == place else a for k, a in enumerate(node.args)])


def _factor(node, random, symbols):
    yield MatMul(2, node) if node.is_Matrix else 2 * node


def _transposed(node, random, symbols):
    if node.is_Matrix and node.rows == node.cols and node.rows != 1:
        yield Transpose(node)


def _swapped(node, random, symbols):
    if isinstance(node, sp.MatrixSymbol):
        yield from (other for other in symbols if other != node and other.shape == node.shape)


def _order(node, random, symbols):
    if isinstance(node, MatMul):
        scalars, matrices = _split(node)
        for k in range(len(matrices) - 1):
            if matrices[k].rows == matrices[k].cols == matrices[k + 1].rows == matrices[k + 1].cols:
                order = [*matrices[:k], matrices[k + 1], matrices[k], *matrices[k + 2 :]]
                yield MatMul(*scalars, *order)


def _entrywise(node, random, symbols):
    if isinstance(node, MatMul):
        scalars, matrices = _split(node)
        if len(matrices) == 2 and matrices[0].shape == matrices[1].shape:
            yield MatMul(*scalars, HadamardProduct(*matrices))


def _exponent(node, random, symbols):
    if isinstance(node, (HadamardPower, MatPow)):
        yield node.func(node.args[0], node.args[1] + 1)
    elif isinstance(node, sp.Pow) and not node.base.is_number:
        yield node.base ** (node.exp + 1)


def _size(node, random, symbols):
    if isinstance(node, (Trace,)):
        yield node + 1
    if isinstance(node, OneMatrix) and node.rows != 1:
        yield MatMul(node.rows, node)


def _another_function(node, random, symbols):
    if isinstance(node, ElementwiseApplyFunction):
        body = node.function(T)
        yield applied(lambda t: body.subs(T, -t), node.expr)
        yield applied(lambda t: body.subs(T, t) + t**2, node.expr)


def _uninverted(node, random, symbols):
    if isinstance(node, Inverse):
        yield node.arg
    if isinstance(node, sp.Abs):
        yield node.args[0]


SLIPS = {
    "a term or factor dropped": _dropped,
    "a sign": _sign,
    "a factor": _factor,
    "a transpose": _transposed,
    "another symbol": _swapped,
    "another order": _order,
    "entry by entry": _entrywise,
    "an exponent": _exponent,
    "a size": _size,
    "another function": _another_function,
    "an inverse dropped": _uninverted,
}
