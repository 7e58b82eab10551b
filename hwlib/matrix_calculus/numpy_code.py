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
from numbers import Real

import sympy as sp
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.matrices.expressions.special import OneMatrix
from sympy.printing.numpy import NumPyPrinter

from .doors import an_expression, shown, some_symbols, told
from .indices import matrix_form
from .registry import record
from .shapes import is_one_by_one, same_size, shape, transposed
from .sharing import children, free_symbols, one_object, postorder

NESTED = 25  # levels in one line; Python's parser stops at some ninety
FLIPPED = (sp.MatMul, sp.MatAdd, sp.HadamardProduct, sp.HadamardPower, ElementwiseApplyFunction)


def to_numpy(expr, symbols):
    """A NumPy function of the arrays that the symbols stand for, in their order.

    expr: scalar or matrix expression; symbols: MatrixSymbols and scalar Symbols, every one that expr needs.
    The function takes 2-D arrays of the symbols' shapes, and numbers for scalars; it returns a float or a
    2-D array. Its text is its `.source`. Raises NotImplementedError for a node or a function that NumPy
    lacks, ValueError for a symbol left out; the function raises ValueError for an array of another shape.
    """
    expr, symbols = one_object(an_expression(expr, "expr")), some_symbols(symbols, "symbols")
    sizes = {size for symbol in symbols for size in getattr(symbol, "shape", ())}
    missing = free_symbols(expr) - set(symbols) - sizes
    if missing:
        raise ValueError(f"symbols lacks {', '.join(sorted(map(str, missing)))}, which the expression uses")
    source = Program(expr, symbols).source()
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
    return [_real(symbol, array) for symbol, array in zip(symbols, arrays, strict=True)]


def _real(symbol, array):
    """An array of whole numbers as real ones; a size stays whole. ValueError for what holds no real numbers."""
    kind = array.dtype.kind if hasattr(array, "dtype") else ""
    if not (kind in "biuf" if kind else isinstance(array, Real)):
        raise ValueError(f"{symbol} needs real numbers, got {told(array)}" + (f" with {array.dtype}" if kind else ""))
    return array.astype(float) if kind and kind in "iub" and not getattr(symbol, "is_integer", False) else array


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
        raise NotImplementedError(f"NumPy has no function for {type(expr).__name__}: {shown(expr)}")


class Program:
    """The text of the function, line by line. A matrix and its transpose are one part, named once."""

    def __init__(self, expr, symbols):
        self.lines, self.names, self.taken, self.libraries = [], {}, {"np", "numpy", "scipy"}, set()
        self.flipped, self.weights = {}, {}
        self.printer = _Scalars()
        for symbol in symbols:
            self.names[symbol] = self.fresh(symbol.name)
        self.arguments = [self.names[s] for s in symbols]
        for symbol in symbols:
            for axis, size in enumerate(getattr(symbol, "shape", ())):
                if size.is_Symbol and size not in self.names:
                    self.names[size] = self.fresh(size.name)
                    self.line(self.names[size], f"{self.names[symbol]}.shape[{axis}]")
        self.uses = self.counted(expr)
        self.write_deep_parts(expr)
        result = self.code(expr)
        self.line("return", result if expr.is_Matrix else f"float({result})")

    def line(self, name, text):
        self.lines.append((name, text))

    def source(self):
        """The lines that lead to the result."""
        kept, needed = [], ""
        for name, text in reversed(self.lines):
            if name == "return" or re.search(rf"\b{name}\b", needed):
                kept.insert(0, f"return {text}" if name == "return" else f"{name} = {text}")
                needed += f" {text}"
        text = f"def formula({', '.join(self.arguments)}):\n    " + "\n    ".join(kept)
        imports = "".join(f"import {library}\n" for library in sorted(self.libraries))
        return ast.unparse(ast.parse(imports + text)).replace("numpy.", "np.")

    def fresh(self, name):
        name = name if name.isidentifier() and not keyword.iskeyword(name) else "v"
        chosen = next(c for c in chain([name], (f"{name}{i}" for i in count(1))) if c not in self.taken)
        self.taken.add(chosen)
        return chosen

    def flip(self, node):
        """The node's transpose where that is the simpler of the two, else None."""
        if node not in self.flipped:
            other = one_object(transposed(node)) if node.is_Matrix and isinstance(node, FLIPPED) else node
            simpler = not isinstance(other, sp.Transpose) and self.transposes(other) < self.transposes(node)
            self.flipped[node] = other if simpler else None
        return self.flipped[node]

    def transposes(self, node):
        """How many transposes the node would take if it were written out."""
        for part in postorder(node, lambda part: () if part in self.weights else children(part)):
            if part not in self.weights:
                inside = sum(self.weights[child] for child in children(part))
                self.weights[part] = isinstance(part, sp.Transpose) + inside
        return self.weights[node]

    def below(self, node):
        """The nodes that the text of a node is made of."""
        if isinstance(node, sp.Expr) and self.flip(node) is not None:
            return [self.flip(node)]
        return children(node)

    def counted(self, expr):
        """How often each node is used, the users being counted once."""
        return Counter([expr, *(child for node in postorder(expr, self.below) for child in self.below(node))])

    def write_deep_parts(self, expr):
        """A line for what is nested so deep that neither Python nor a reader could follow it in one."""
        depth = {}
        for node in postorder(expr, self.below):
            depth[node] = 1 + max((depth[child] for child in self.below(node)), default=0)
            if depth[node] > NESTED and isinstance(node, sp.Expr):
                text = self.code(node)
                if node not in self.names:
                    self.name(node, text)
                depth[node] = 0

    def code(self, node):
        """Python text for the node: a 2-D array for a matrix, else a number."""
        if node in self.names:
            return self.names[node]
        if self.flip(node) is not None:
            return f"{self.code(self.flip(node))}.T"
        text = f"({record(node).numpy(node, self)})"
        return self.name(node, text) if self.uses[node] > 1 and node.args else text

    def name(self, node, text):
        self.names[node] = self.fresh("t")
        self.line(self.names[node], text)
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
            shared = part is not node and (self.uses[part] > 1 or part in self.names) and part.args
            inner = part.is_Matrix or record(part).of_matrices or isinstance(part, sp.Sum)
            if bound and part.has(*bound):
                if inner:
                    walk.skip()
                    parts[part] = sp.Symbol(self.entry(part, bound))
            elif inner or shared:
                walk.skip()
                parts[part] = sp.Symbol(self.number(part))
        return self.printer.doprint(node.xreplace(parts))

    def entry(self, part, bound):
        """The entry of a matrix at indices that change."""
        if not isinstance(part, MatrixElement) or part.parent.has(*bound):
            raise NotImplementedError(f"no NumPy code is known for {type(part).__name__} of changing indices: {part}")
        return f"{self.code(part.parent)}[{self.scalar(part.i, bound)}, {self.scalar(part.j, bound)}]"

    # ---- for the records ----

    def call(self, function, *arguments, **options):
        """A call of a function of NumPy, or of a library that the text then imports."""
        library = function.rpartition(".")[0]
        if not library.startswith("numpy"):
            self.libraries.add(library)
        texts = [*map(self.code, arguments), *(f"{name}={value}" for name, value in options.items())]
        return f"{function}({', '.join(texts)})"

    def filled(self, function, node):
        return f"numpy.{function}(({self.scalar(node.rows)}, {self.scalar(node.cols)}))"

    def rows(self, rows):
        texts = [f"[{', '.join(map(self.code, row))}]" for row in rows]
        return f"[{', '.join(texts)}]"

    def power(self, base, exponent):
        return f"1 / {self.code(base)}" if exponent == -1 else f"{self.code(base)} ** {self.number(exponent)}"

    def sum_over_entries(self, node):
        return self.code(matrix_form(node))

    def function_of_entries(self, node):
        (variable,), body = node.function.variables, node.function.expr
        argument = self.code(node.expr)
        if not argument.isidentifier():
            argument = self.name(node.expr, argument) if body.count(variable) > 1 else argument
        return self.scalar(body, {variable: argument})

    def trace_of_product(self, matrix):
        """The trace of a product as the sum that it is, without the last product; None for what is none."""
        if not isinstance(matrix, sp.MatMul) or matrix in self.names:
            return None
        scalar, (first, *rest) = matrix.as_coeff_matrices()
        if not rest:
            return None
        factor = "" if scalar == 1 else f"{self.code(scalar)} * "
        return f"{factor}numpy.einsum('ij,ji->', {self.code(first)}, {self.product(_without_units(rest))})"

    def scaled_product(self, node):
        """A product of scalars and matrices; what is 1×1 among them acts as a scalar."""
        scalar, factors = node.as_coeff_matrices()
        runs = []
        for factor in _without_units([part for f in factors for part in _split_ones(f)]):
            if runs and same_size(_columns(runs[-1][-1]), _rows(factor)):
                runs[-1].append(factor)
            else:
                runs.append([factor])
        loose = [
            run for run in runs if len(runs) > 1 and same_size(_rows(run[0]), 1) and same_size(_columns(run[-1]), 1)
        ]
        kept = [factor for run in runs if run not in loose for factor in run]
        texts = [f"{self.product(run)}[0, 0]" for run in loose] + [self.product(kept)]
        if scalar not in (1, -1):
            texts.insert(0, self.code(scalar))
        return ("-" if scalar == -1 else "") + " * ".join(texts)

    # ---- products ----

    def product(self, factors):
        """A matrix product, cut where the inner size is 1, so that no needless n×n matrix arises."""
        pieces = []
        for factor in factors:
            if pieces and not same_size(_rows(factor), 1):
                pieces[-1].append(factor)
            else:
                pieces.append([factor])
        if len(pieces) == 1:
            return self.piece(factors)
        size = f"({self.scalar(_rows(factors[0]))}, {self.scalar(_columns(factors[-1]))})"  # of a column times a row
        if _is_ones(pieces[-1]):
            return f"numpy.broadcast_to({self.joined(pieces[:-1])}, {size})"
        if _is_ones(pieces[0]):
            return f"numpy.broadcast_to({self.joined(pieces[1:])}, {size})"
        return self.joined(pieces)

    def joined(self, pieces):
        return reduce(lambda text, piece: f"({text} @ {piece})", map(self.piece, pieces))

    def piece(self, factors):
        """A product without inner sizes of 1: from the right if that keeps a column, else from the left."""
        from_right = same_size(_columns(factors[-1]), 1)
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
            return f"({self.code(vector)}{'' if same_size(_columns(vector), 1) == on_the_left else '.T'} * {text})"
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
            base = None if node.exp.is_Matrix else self.thin(node.base)
            return base and f"({base} ** {self.number(node.exp)})"
        if isinstance(node, sp.MatMul):
            scalar, factors = node.as_coeff_matrices()
            *factors, last = _without_units([part for f in factors for part in _split_ones(f)])
            factor = "" if scalar == 1 else f"{self.code(scalar)} * "
            if isinstance(last, OneMatrix) and not factors:
                return self.code(scalar)
            if _is_ones([last]) and last.rows == 1 and _columns(factors[-1]) == 1:
                return f"({factor}{self.product(factors)})"
            if _is_ones(factors[:1]) and factors[0].cols == 1 and _rows([*factors, last][1]) == 1:
                return f"({factor}{self.product([*factors, last][1:])})"
        return None

    def alongside(self, nodes):
        """Texts of terms or factors of one shape; at least one is written in full."""
        thin = [self.thin(node) for node in nodes]
        if None not in thin:
            thin[0] = None
        return [self.code(node) if text is None else text for node, text in zip(nodes, thin, strict=True)]


def _rows(matrix):
    return shape(matrix)[0]


def _columns(matrix):
    return shape(matrix)[1]


def _is_ones(factors):
    return len(factors) == 1 and isinstance(factors[0], OneMatrix)


def _split_ones(node):
    """1 (m, n) as column times row."""
    if isinstance(node, OneMatrix) and 1 not in node.shape:
        return [OneMatrix(node.rows, 1), OneMatrix(1, node.cols)]
    return [node]


def _without_units(factors):
    """The factors of a product without the ones of shape 1×1 among them."""
    kept = [factor for factor in factors if not (isinstance(factor, OneMatrix) and is_one_by_one(factor))]
    return kept or factors[:1]
