"""Matrix expressions in the plain notation that `notation.parse` reads back."""

from itertools import permutations

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalMatrix, DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix

from .nodes.entrywise import softmax_parts
from .nodes.slopes import T
from .words import KNOWN, factors, flip, softmax
from .writing import expression, is_one_by_one, split

SUM, PRODUCT, POWER, ATOM = range(4)


def write(expr, names=None):
    """The expression in plain notation, which `parse` reads back; names: {subexpression: its name}."""
    return _Writer(names or {}).text(expression(expr))[0]


class _Writer:
    def __init__(self, names):
        self.names = names

    def text(self, node):
        """(text, how tightly its outermost operation binds)."""
        if node in self.names:
            return self.names[node], ATOM
        rule = next((WRITERS[t] for t in type(node).__mro__ if t in WRITERS), None)
        return rule(self, node) if rule else (str(node), ATOM)

    def within(self, node, tightness):
        """The text, in brackets unless it binds at least so tightly."""
        text, binds = self.text(node)
        return text if binds >= tightness else f"({text})"

    def call(self, name, *arguments):
        plain = [
            a.args[0]
            if isinstance(a, (sp.Trace, MatrixElement))
            and is_one_by_one(a.args[0])
            and a not in self.names
            and not _squared(a)
            and not _total(a)
            else a
            for a in arguments
        ]
        return f"{name}({', '.join(self.text(a)[0] for a in plain)})", ATOM

    def terms(self, texts):
        """Texts of terms joined by + and -, a positive one first."""
        ordered = sorted(texts, key=lambda text: text.startswith("-"))
        rest = [f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in ordered[1:]]
        return "".join([ordered[0], *rest]), SUM


def _write_sum(writer, node):
    return writer.terms([writer.within(term, PRODUCT) for term in node.as_ordered_terms()])


def _write_matrix_sum(writer, node):
    terms = [(split(term), term) for term in node.args]
    full = any(not isinstance(core, (OneMatrix, sp.Identity)) for (_, core), _ in terms)
    return writer.terms(
        [
            writer.within(c, PRODUCT) if full and isinstance(core, OneMatrix) else writer.within(term, PRODUCT)
            for (c, core), term in terms
        ]
    )


def _write_product(writer, node):
    coefficient, core = split(node) if node.is_Matrix else (node, None)
    above, below = sp.fraction(coefficient)
    sign = "-" if above.could_extract_minus_sign() else ""
    above = -above if sign else above
    texts = [writer.within(f, POWER) for f in sp.Mul.make_args(above) if f != 1]
    texts += [writer.within(f, POWER) for f in factors(core)] if core is not None else []
    text = sign + ("*".join(texts) or "1")
    return (text if below == 1 else f"{text}/{writer.within(below, POWER)}"), PRODUCT


def _write_power(writer, node):
    if node.exp == sp.Rational(1, 2):
        return _write_root(writer, node.base)
    if not node.base.is_Matrix and node.exp.could_extract_minus_sign():
        return f"1/{writer.within(1 / node, POWER)}", PRODUCT
    return f"{writer.within(node.base, ATOM)}^{_write_exponent(writer, node.exp)}", POWER


def _write_root(writer, base):
    return writer.call("norm", _squared(base)) if _squared(base) else writer.call("sqrt", base)


def _squared(node):
    """A of tr(AᵀA), for which people write the norm; else None."""
    if isinstance(node, sp.Trace) and isinstance(node.arg, sp.MatMul) and len(node.arg.args) == 2:
        left, right = node.arg.args
        return right if left == flip(right) else None
    return None


def _total(node):
    """A of 1ᵀA1, the sum of all entries; else None."""
    if not isinstance(node, MatrixElement) or not isinstance(node.parent, sp.MatMul):
        return None
    inner = [f for f in node.parent.args if not isinstance(f, OneMatrix)]
    ones = len(node.parent.args) - len(inner)
    return inner[0] if len(inner) == 1 and ones == 2 - inner[0].shape.count(1) else None


def _write_trace(writer, node):
    if _squared(node) and (is_one_by_one(node.arg) or not isinstance(_squared(node), sp.MatrixSymbol)):
        return f"{writer.call('norm', _squared(node))[0]}^2", POWER
    if is_one_by_one(node.arg):
        return f"({writer.text(node.arg)[0]})", ATOM
    return writer.call("tr", node.arg)


def _write_exponent(writer, exponent):
    text, binds = writer.text(exponent)
    return text if binds == ATOM and not text.startswith("-") else f"({text})"


def _write_hadamard(writer, node):
    args, texts = list(node.args), []
    for first, second in permutations(node.args, 2):
        parts = softmax_parts(sp.HadamardProduct(first, second))
        if parts and first in args and second in args and softmax(None, parts[0]).args == (first, second):
            texts.append(writer.call("softmax", parts[0])[0])
            args = [f for f in args if f not in (first, second)]
    below = [f for f in args if isinstance(f, sp.HadamardPower) and f.exp == -1 and f not in writer.names]
    texts += [writer.within(f, POWER) for f in args if f not in below]
    text = " .* ".join(texts) or "1"
    text += "".join(f" ./ {writer.within(f.base, POWER)}" for f in below)
    return text, ATOM if len(texts) == 1 and not args else PRODUCT


def _write_hadamard_power(writer, node):
    if node.exp == -1:
        return f"1 ./ {writer.within(node.base, POWER)}", PRODUCT
    return f"{writer.within(node.base, ATOM)}.^{_write_exponent(writer, node.exp)}", POWER


def _write_elementwise(writer, node):
    body = node.function(T)
    if body in KNOWN:
        return writer.call(KNOWN[body], node.expr)
    return _Entrywise(writer, node.expr).text(body)


class _Entrywise(_Writer):
    """A scalar function written with entry-by-entry operators, its variable being a matrix."""

    def __init__(self, writer, argument):
        super().__init__({})
        self.writer, self.argument = writer, argument

    def text(self, node):
        if node == T:
            return self.writer.text(self.argument)
        if node in KNOWN and node.has(T):
            return f"{KNOWN[node]}({self.writer.text(self.argument)[0]})", ATOM
        if not node.has(T):
            return self.writer.text(node)
        if node.is_Mul:
            above, below = sp.fraction(node)
            sign = "-" if above.could_extract_minus_sign() else ""
            texts = [self.within(f, POWER) for f in sp.Mul.make_args(-above if sign else above)]
            text = sign + " .* ".join(texts)
            return (text if below == 1 else f"{text} ./ {self.within(below, POWER)}"), PRODUCT
        if node.is_Pow and node.exp.could_extract_minus_sign():
            return f"1 ./ {self.within(1 / node, POWER)}", PRODUCT
        if node.is_Pow and node.exp == sp.Rational(1, 2):
            return self.call("sqrt", node.base)
        if node.is_Pow:
            return f"{self.within(node.base, ATOM)}.^{_write_exponent(self, node.exp)}", POWER
        return super().text(node)


def _write_function(writer, node):
    if len(node.args) == 1 and not node.args[0].is_Matrix:
        for pattern, name in KNOWN.items():
            if pattern.func == node.func and pattern.args == (T,):
                return writer.call(name, node.args[0])
    return writer.call(type(node).__name__, *node.args)


def _write_entry(writer, node):
    if _total(node):
        return writer.call("sum", _total(node))
    if is_one_by_one(node.parent):
        return f"({writer.text(node.parent)[0]})", ATOM
    return f"{writer.within(node.parent, ATOM)}[{writer.text(node.i + 1)[0]},{writer.text(node.j + 1)[0]}]", ATOM


def _write_function_matrix(writer, node):
    """unit(n, k, i, j): a single one at row i and column j."""
    deltas = sp.Mul.make_args(node.lamda.expr)
    places = [
        {*delta.args} - {variable}
        for variable in node.lamda.variables
        for delta in deltas
        if isinstance(delta, sp.KroneckerDelta) and variable in delta.args
    ]
    if len(deltas) != 2 or len(places) != 2:
        return str(node), ATOM
    return writer.call("unit", *node.shape, *(place.pop() + 1 for place in places))


def _write_max(writer, node):
    if len(node.args) == 2 and sp.S.Zero in node.args:
        return writer.call("relu", next(a for a in node.args if a != 0))
    return writer.call("max", *node.args)


WRITERS = {
    sp.MatrixSymbol: lambda writer, node: (node.name, ATOM),
    sp.Number: lambda writer, node: (str(node), ATOM if node.is_Integer and node >= 0 else PRODUCT),
    sp.MatAdd: _write_matrix_sum,
    sp.Add: _write_sum,
    sp.Mul: _write_product,
    sp.MatMul: _write_product,
    sp.Pow: _write_power,
    sp.MatPow: _write_power,
    sp.exp: lambda writer, node: writer.call("exp", node.exp),
    sp.Inverse: lambda writer, node: writer.call("inv", node.arg),
    sp.Transpose: lambda writer, node: (f"{writer.within(node.arg, ATOM)}'", POWER),
    sp.Trace: _write_trace,
    sp.Determinant: lambda writer, node: writer.call("det", node.arg),
    sp.HadamardProduct: _write_hadamard,
    sp.HadamardPower: _write_hadamard_power,
    ElementwiseApplyFunction: _write_elementwise,
    sp.DiagMatrix: lambda writer, node: writer.call("diag", node.args[0]),
    DiagonalOf: lambda writer, node: writer.call("diag", node.arg),
    DiagonalMatrix: lambda writer, node: (f"I({node.rows}) .* {writer.within(node.arg, POWER)}", PRODUCT),
    OneMatrix: lambda writer, node: writer.call("ones", *node.shape),
    ZeroMatrix: lambda writer, node: writer.call("zeros", *node.shape),
    sp.Identity: lambda writer, node: writer.call("I", node.rows),
    sp.KroneckerProduct: lambda writer, node: writer.call("kron", *node.args),
    MatrixElement: _write_entry,
    sp.FunctionMatrix: _write_function_matrix,
    sp.Max: _write_max,
    sp.Min: lambda writer, node: writer.call("min", *node.args),
    sp.Heaviside: lambda writer, node: writer.call("step", node.args[0]),
    sp.Function: _write_function,
}
