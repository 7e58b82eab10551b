"""From a matrix expression to a NumPy function that computes nothing twice.

The function is written as text, a line for every part that occurs more than once, and the reader can see it.
NumPy itself is imported when the function is first called.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections import Counter
from functools import reduce
from itertools import chain, count

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.diagonal import DiagonalOf
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.expressions.special import OneMatrix, ZeroMatrix
from sympy.printing.numpy import NumPyPrinter

from .writing import expression, transposed

FLIPPED = (sp.MatMul, sp.MatAdd, sp.HadamardProduct, sp.HadamardPower, ElementwiseApplyFunction)


def to_numpy(expr, symbols):
    """A NumPy function of the arrays that the symbols stand for, in their order.

    expr: scalar or matrix expression; symbols: MatrixSymbols and scalar Symbols, every one that expr needs.
    The function takes 2-D arrays of the symbols' shapes, and numbers for scalars; it returns a float or a
    2-D array. Its text is its `.source`. Raises NotImplementedError for a node or a function that NumPy
    lacks, ValueError for a symbol left out; the function raises ValueError for an array of another shape.
    """
    expr, symbols = expression(expr), list(symbols)
    sizes = {size for symbol in symbols for size in getattr(symbol, "shape", ())}
    missing = expr.free_symbols - set(symbols) - sizes
    if missing:
        raise ValueError(f"symbols lacks {', '.join(sorted(map(str, missing)))}, which the expression uses")
    source = _Program(expr, symbols).source()
    scope = {}

    def function(*arrays):
        import numpy

        if not scope:
            scope["np"] = numpy
            exec(compile(source, "<to_numpy>", "exec"), scope)
        return scope["formula"](*_at_the_door(symbols, arrays))

    function.source = source
    function.__doc__ = source
    return function


def _at_the_door(symbols, arrays):
    if len(arrays) != len(symbols):
        names = ", ".join(str(s) for s in symbols)
        raise ValueError(f"{len(symbols)} arrays are needed ({names}), got {len(arrays)}")
    sizes = {}
    for symbol, array in zip(symbols, arrays, strict=True):
        declared, actual = getattr(symbol, "shape", ()), getattr(array, "shape", ())
        if len(declared) != len(actual):
            raise ValueError(f"{symbol} needs shape {declared}, got {actual}")
        for size, length in zip(declared, actual, strict=True):
            expected = sizes.setdefault(size, length) if size.is_Symbol else size.subs(sizes)
            if expected != length:
                raise ValueError(f"{symbol} needs shape {declared} with {size} = {expected}, got {actual}")
    whole = [getattr(a, "dtype", None) is not None and a.dtype.kind in "iub" for a in arrays]
    return [a.astype(float) if w else a for a, w in zip(arrays, whole, strict=True)]


class _Scalars(NumPyPrinter):
    """Scalar functions as NumPy writes them; they work entry by entry on arrays as they are."""

    def __init__(self):
        super().__init__({"allow_unknown_functions": False})

    def _two_by_two(self, function, expr):
        return reduce(lambda a, b: f"numpy.{function}({a}, {b})", map(self._print, expr.args))

    def _print_Max(self, expr):
        return self._two_by_two("maximum", expr)

    def _print_Min(self, expr):
        return self._two_by_two("minimum", expr)

    def _print_Heaviside(self, expr):
        return self._two_by_two("heaviside", expr)

    def _print_Pow(self, expr, rational=False):
        if expr.exp == -1:
            return f"(1 / ({self._print(expr.base)}))"
        return super()._print_Pow(expr, rational=rational)

    def _print_Piecewise(self, expr):
        text = "numpy.nan"
        for value, condition in reversed(expr.args):
            value, is_last = self._print(value), condition is sp.true
            text = value if is_last else f"numpy.where({self._print(condition)}, {value}, {text})"
        return text

    def _print_KroneckerDelta(self, expr):
        return f"(1.0 * numpy.equal({self._print(expr.args[0])}, {self._print(expr.args[1])}))"

    def _print(self, expr, **kwargs):
        if isinstance(expr, sp.Function) and not hasattr(_Scalars, f"_print_{type(expr).__name__}"):
            return super()._print(self._in_known_functions(expr), **kwargs)
        if self.known_functions.get(type(expr).__name__, "").startswith("math."):  # takes no arrays
            self._in_known_functions(expr)
        return super()._print(expr, **kwargs)

    def _in_known_functions(self, expr):
        """cot as 1/tan, sec as 1/cos, …; NotImplementedError for what NumPy cannot compute."""
        for target in (sp.tan, sp.cos, sp.sin, sp.tanh, sp.cosh, sp.sinh):
            other = expr.rewrite(target)
            if not other.has(type(expr)) and all(
                hasattr(NumPyPrinter, f"_print_{type(f).__name__}") for f in other.atoms(sp.Function)
            ):
                return other
        raise NotImplementedError(f"NumPy has no function for {type(expr).__name__}: {expr}")


class _Program:
    """The text of the function, line by line. A matrix and its transpose are one part, named once."""

    def __init__(self, expr, symbols):
        self.lines, self.names, self.taken = [], {}, {"np", "numpy"}
        self.flipped, self.weights = {}, {}
        self.printer = _Scalars()
        for symbol in symbols:
            self.names[symbol] = self.fresh(symbol.name)
        self.arguments = [self.names[s] for s in symbols]
        for symbol in symbols:
            for axis, size in enumerate(getattr(symbol, "shape", ())):
                if size.is_Symbol and size not in self.names:
                    self.names[size] = self.fresh(size.name)
                    self.lines.append(f"{self.names[size]} = {self.names[symbol]}.shape[{axis}]")
        self.uses = Counter()
        self.count(expr)
        result = self.code(expr)
        self.lines.append(f"return {result if expr.is_Matrix else f'float({result})'}")

    def source(self):
        lines = [
            line
            for i, line in enumerate(self.lines)
            if ".shape[" not in line
            or any(re.search(rf"\b{line.split(' =')[0]}\b", later) for later in self.lines[i + 1 :])
        ]
        text = f"def formula({', '.join(self.arguments)}):\n    " + "\n    ".join(lines)
        return ast.unparse(ast.parse(text)).replace("numpy.", "np.")

    def fresh(self, name):
        name = name if name.isidentifier() and not keyword.iskeyword(name) else "v"
        chosen = next(c for c in chain([name], (f"{name}{i}" for i in count(1))) if c not in self.taken)
        self.taken.add(chosen)
        return chosen

    def flip(self, node):
        """The node's transpose where that is the simpler of the two, else None."""
        if node not in self.flipped:
            other = transposed(node) if node.is_Matrix and isinstance(node, FLIPPED) else node
            simpler = not isinstance(other, sp.Transpose) and self.transposes(other) < self.transposes(node)
            self.flipped[node] = other if simpler else None
        return self.flipped[node]

    def transposes(self, node):
        """How many transposes the node would take if it were written out."""
        if node not in self.weights:
            self.weights[node] = isinstance(node, sp.Transpose) + sum(map(self.transposes, node.args))
        return self.weights[node]

    def count(self, node):
        self.uses[node] += 1
        if self.uses[node] == 1:
            children = node.args if self.flip(node) is None else [self.flip(node)]
            for child in children:
                self.count(child)

    def code(self, node):
        """Python text for the node: a 2-D array for a matrix, else a number."""
        if node in self.names:
            return self.names[node]
        if self.flip(node) is not None:
            return f"{self.code(self.flip(node))}.T"
        rule = next((NUMPY[t] for t in type(node).__mro__ if t in NUMPY), None)
        if rule is None and node.is_Matrix:
            raise NotImplementedError(f"no NumPy code is known for {type(node).__name__}: {node}")
        text = f"({rule(self, node) if rule else self.scalar(node)})"
        return self.name(node, text) if self.uses[node] > 1 and node.args else text

    def name(self, node, text):
        self.names[node] = self.fresh("t")
        self.lines.append(f"{self.names[node]} = {text}")
        return self.names[node]

    def number(self, node):
        """The node as a number, also when it is a 1×1 matrix."""
        return f"{self.code(node)}[0, 0]" if node.is_Matrix else self.code(node)

    def scalar(self, node, bound=None):
        """A scalar expression around matrix parts; bound: {variable: name of an array}."""
        parts = {s: sp.Symbol(name) for s, name in self.names.items() if isinstance(s, sp.Symbol)}
        parts.update({variable: sp.Symbol(name) for variable, name in (bound or {}).items()})
        walk = sp.preorder_traversal(node)
        for part in walk:
            shared = part is not node and self.uses[part] > 1 and part.args and not part.is_Number
            inner = part.is_Matrix or isinstance(part, (sp.Trace, sp.Determinant, MatrixElement))
            if (inner or shared) and not (bound and part.has(*bound)):
                walk.skip()
                parts[part] = sp.Symbol(self.number(part))
        return self.printer.doprint(node.xreplace(parts))

    def product(self, factors):
        """A matrix product, cut where the inner size is 1, so that no needless n×n matrix arises."""
        pieces = [[factors[0]]]
        for left, right in zip(factors, factors[1:], strict=False):
            if left.cols == 1 and right.rows == 1:
                pieces.append([right])
            else:
                pieces[-1].append(right)
        text, last = self.piece(pieces[0]), pieces[0]
        for piece in pieces[1:]:
            shape = f"({self.scalar(factors[0].rows)}, {self.scalar(piece[-1].cols)})"
            if _is_ones(piece):
                text = f"numpy.broadcast_to({text}, {shape})"
            elif _is_ones(last):
                text = f"numpy.broadcast_to({self.piece(piece)}, {shape})"
            else:
                text = f"({text} @ {self.piece(piece)})"
            last = piece
        return text

    def piece(self, factors):
        """A product without inner sizes of 1: from the right if that keeps a column, else from the left."""
        from_right = factors[-1].cols == 1
        first, *rest = reversed(factors) if from_right else factors
        text = self.code(first)
        if rest and isinstance(first, OneMatrix):
            text = f"{self.code(rest.pop(0))}.sum(axis={int(from_right)}, keepdims=True)"
        for factor in rest:
            text = self.times(factor, text, from_right)
        return text

    def times(self, factor, text, on_the_left):
        if isinstance(factor, sp.DiagMatrix):
            (vector,) = factor.args
            return f"({self.code(vector)}{'' if (vector.cols == 1) == on_the_left else '.T'} * {text})"
        if isinstance(factor, sp.Inverse) and on_the_left and self.uses[factor] == 1:
            return f"numpy.linalg.solve({self.code(factor.arg)}, {text})"
        return f"({self.code(factor)} @ {text})" if on_the_left else f"({text} @ {self.code(factor)})"

    def thin(self, node):
        """The text of a column or row that broadcasting repeats, for a node that only repeats it; else None."""
        if node in self.names:
            return None
        if isinstance(node, OneMatrix):
            return "1"
        if isinstance(node, sp.HadamardPower):
            base = self.thin(node.base)
            return base and f"({base} ** {self.number(node.exp)})"
        if isinstance(node, sp.MatMul):
            scalar, factors = node.as_coeff_matrices()
            *factors, last = [part for f in factors for part in _split_ones(f)]
            factor = "" if scalar == 1 else f"{self.code(scalar)} * "
            if isinstance(last, OneMatrix) and not factors:
                return self.code(scalar)
            if _is_ones([last]) and last.rows == 1 and factors[-1].cols == 1:
                return f"({factor}{self.product(factors)})"
            if _is_ones(factors[:1]) and factors[0].cols == 1 and [*factors, last][1].rows == 1:
                return f"({factor}{self.product([*factors, last][1:])})"
        return None

    def alongside(self, nodes):
        """Texts of terms or factors of one shape; at least one is written in full."""
        thin = [self.thin(node) for node in nodes]
        if None not in thin:
            thin[0] = None
        return [self.code(node) if text is None else text for node, text in zip(nodes, thin, strict=True)]


def _is_ones(factors):
    return len(factors) == 1 and isinstance(factors[0], OneMatrix)


def _split_ones(node):
    """1 (m, n) as column times row."""
    if isinstance(node, OneMatrix) and 1 not in node.shape:
        return [OneMatrix(node.rows, 1), OneMatrix(1, node.cols)]
    return [node]


def _add(program, node):
    terms = sorted(node.args, key=lambda term: term.as_coeff_mmul()[0].could_extract_minus_sign())
    signs = [-1 if term.as_coeff_mmul()[0].could_extract_minus_sign() else 1 for term in terms]
    first, *rest = program.alongside([s * term if s < 0 else term for s, term in zip(signs, terms, strict=True)])
    first = f"-{first}" if signs[0] < 0 else first
    return first + "".join(f" {'-' if s < 0 else '+'} {t}" for s, t in zip(signs[1:], rest, strict=True))


def _hadamard(program, node):
    below = [f for f in node.args if isinstance(f, sp.HadamardPower) and f.exp == -1 and f not in program.names]
    above = [f for f in node.args if f not in below]
    texts = program.alongside([*above, *(f.base for f in below)])
    over, under = texts[: len(above)], texts[len(above) :]
    return " * ".join(over or ["1"]) + "".join(f" / {text}" for text in under)


def _power(program, node):
    base, exponent = program.code(node.base), program.number(node.exp)
    return f"1 / {base}" if node.exp == -1 else f"{base} ** {exponent}"


def _product(program, node):
    scalar, factors = node.as_coeff_matrices()
    runs = []
    for factor in (part for f in factors for part in _split_ones(f)):
        if runs and runs[-1][-1].cols == factor.rows:
            runs[-1].append(factor)
        else:
            runs.append([factor])
    loose = [run for run in runs if len(runs) > 1 and run[0].rows == run[-1].cols == 1]  # 1×1 acts as a scalar
    kept = [factor for run in runs if run not in loose for factor in run]
    texts = [f"{program.product(run)}[0, 0]" for run in loose] + [program.product(kept)]
    if scalar not in (1, -1):
        texts.insert(0, program.code(scalar))
    return ("-" if scalar == -1 else "") + " * ".join(texts)


def _trace(program, node):
    if node.arg.shape == (1, 1):
        return program.number(node.arg)
    if isinstance(node.arg, sp.MatMul) and node.arg not in program.names:
        scalar, (first, *rest) = node.arg.as_coeff_matrices()
        if rest:
            factor = "" if scalar == 1 else f"{program.code(scalar)} * "
            return f"{factor}numpy.einsum('ij,ji->', {program.code(first)}, {program.product(rest)})"
    return f"numpy.trace({program.code(node.arg)})"


def _elementwise(program, node):
    (variable,), body = node.function.variables, node.function.expr
    argument = program.code(node.expr)
    if not argument.isidentifier():
        argument = program.name(node.expr, argument) if body.count(variable) > 1 else argument
    return program.scalar(body, {variable: argument})


def _matrix_power(program, node):
    if node.base.shape == (1, 1):
        return _power(program, node)
    return f"numpy.linalg.matrix_power({program.code(node.base)}, {program.number(node.exp)})"


def _entry_by_entry(program, node):
    row, col = program.fresh("r"), program.fresh("c")
    body = program.scalar(node.lamda.expr, dict(zip(node.lamda.variables, (row, col), strict=True)))
    shape = f"({program.scalar(node.rows)}, {program.scalar(node.cols)})"
    return f"numpy.fromfunction(lambda {row}, {col}: 0 * {row} + {body}, {shape})"


def _slice(program, node):
    parts = [":".join(program.scalar(end) for end in part) for part in (node.rowslice, node.colslice)]
    return f"{program.code(node.parent)}[{', '.join(parts)}]"


def _blocks(program, node):
    rows = (f"[{', '.join(map(program.code, row))}]" for row in node.blocks.tolist())
    return f"numpy.block([{', '.join(rows)}])"


def _filled(function):
    return lambda program, node: f"numpy.{function}(({program.scalar(node.rows)}, {program.scalar(node.cols)}))"


def _call(function):
    return lambda program, node: f"numpy.{function}({program.code(node.args[0])})"


NUMPY = {
    sp.MatAdd: _add,
    sp.MatMul: _product,
    sp.MatPow: _matrix_power,
    sp.HadamardProduct: _hadamard,
    sp.HadamardPower: _power,
    sp.Inverse: _call("linalg.inv"),
    sp.Transpose: lambda program, node: f"{program.code(node.arg)}.T",
    ElementwiseApplyFunction: _elementwise,
    sp.DiagMatrix: lambda program, node: f"numpy.diag({program.code(node.args[0])}.ravel())",
    DiagonalOf: lambda program, node: f"numpy.diag({program.code(node.arg)}).reshape(-1, 1)",
    sp.FunctionMatrix: _entry_by_entry,
    sp.BlockMatrix: _blocks,
    MatrixSlice: _slice,
    sp.KroneckerProduct: lambda program, node: reduce(
        lambda a, b: f"numpy.kron({a}, {b})", map(program.code, node.args)
    ),
    OneMatrix: _filled("ones"),
    ZeroMatrix: _filled("zeros"),
    sp.Identity: lambda program, node: f"numpy.eye({program.scalar(node.rows)})",
    sp.Trace: _trace,
    sp.Determinant: _call("linalg.det"),
    MatrixElement: lambda program, node: (
        f"{program.code(node.parent)}[{program.scalar(node.i)}, {program.scalar(node.j)}]"
    ),
}
