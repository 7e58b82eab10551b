"""Nodes without arguments that change: symbols, matrices of ones, zeros and numbers, and parts of matrices."""

from sympy import (
    Adjoint,
    BlockMatrix,
    FunctionMatrix,
    Identity,
    KroneckerDelta,
    Lambda,
    MatrixSymbol,
    Mul,
    Number,
    NumberSymbol,
    OneMatrix,
    S,
    Symbol,
    ZeroMatrix,
    srepr,
)
from sympy.matrices.expressions.slice import MatrixSlice
from sympy.matrices.matrixbase import MatrixBase

from .. import arithmetic
from ..registry import register
from ..shapes import is_assumed_symmetric, same_size, transposed
from ..terms import DELTA, ZERO, Leaf, digest
from ..writing import unit_matrix
from .record import ATOM, PRODUCT, Record
from .scalars import only_as_indices


@register(Number, NumberSymbol)
class Numbers(Record):
    def plain(self, node, writer):
        return str(node), PRODUCT if node.is_Number and not (node.is_Integer and node >= 0) else ATOM

    def evaluate(self, node, ev):
        return arithmetic.from_sympy(node)


@register(Symbol)
class Symbols(Record):
    def evaluate(self, node, ev):
        return ev.given(node)

    def scalar_form(self, node, reader, env, indices):
        leaf = Leaf(f"{node.name}{_assumptions(node)}", "symbol", positive=bool(node.is_positive))
        return reader.leaf_form(leaf, ())


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


@register(MatrixSymbol)
class MatrixSymbols(Record):
    def plain(self, node, writer):
        return node.name, ATOM

    def latex(self, node, printer):
        return printer.matrix_symbol(node.name)

    def evaluate(self, node, ev):
        return ev.given(node)

    def form(self, node, reader):
        return reader.symbol(node, f"{node.name}{node.shape}")

    def is_symmetric(self, node):
        return is_assumed_symmetric(node)


@register(Identity)
class Identities(Record):
    word = "I"

    def plain(self, node, writer):
        return writer.call(self.word, node.rows)

    def latex(self, node, printer):
        return f"I_{{{printer.text(node.rows)}}}" if printer.sizes else "I"

    def numpy(self, node, program):
        return f"numpy.eye({program.scalar(node.rows)})"

    def evaluate(self, node, ev):
        return arithmetic.matrix(ev.size(node.rows), ev.size(node.cols), lambda i, j: int(i == j))

    def called(self, reader, rows, cols=None):
        if cols is not None and cols != rows:
            raise ValueError(f"I({rows}, {cols}) is not square: I needs one size")
        return Identity(reader.whole(rows, self.word))

    def form(self, node, reader):
        shape = reader.shaped(node)
        if shape.rows == (ZERO,):
            return reader.number(S.One, shape)
        return reader.leaf_form(DELTA, ("r0", "c0"), shape.rows, shape.cols, shape.sizes)

    def is_symmetric(self, node):
        return True


@register(OneMatrix)
class Ones(Record):
    word = "ones"

    def plain(self, node, writer):
        return writer.call(self.word, *node.shape)

    def latex(self, node, printer):
        column, row = printer.ones(node.rows), rf"{printer.ones(node.cols)}^\top"
        return column if node.cols == 1 else row if node.rows == 1 else f"{column} {row}"

    def is_operation(self, node):
        return node.cols != 1

    def numpy(self, node, program):
        return program.filled("ones", node)

    def evaluate(self, node, ev):
        return arithmetic.matrix(ev.size(node.rows), ev.size(node.cols), lambda i, j: 1)

    def called(self, reader, rows, cols=S.One):
        return OneMatrix(reader.whole(rows, self.word), reader.whole(cols, self.word))

    def form(self, node, reader):
        return reader.number(S.One, reader.shaped(node))

    def is_symmetric(self, node):
        return same_size(*node.shape)

    def transposed(self, node):
        return OneMatrix(node.cols, node.rows)

    def gain(self, node):
        return 0


@register(ZeroMatrix)
class Zeros(Record):
    word = "zeros"

    def plain(self, node, writer):
        return writer.call(self.word, *node.shape)

    def latex(self, node, printer):
        return "0"

    def numpy(self, node, program):
        return program.filled("zeros", node)

    def evaluate(self, node, ev):
        return arithmetic.matrix(ev.size(node.rows), ev.size(node.cols), lambda i, j: 0)

    def called(self, reader, rows, cols=S.One):
        return ZeroMatrix(reader.whole(rows, self.word), reader.whole(cols, self.word))

    def form(self, node, reader):
        return reader.shaped(node)

    def transposed(self, node):
        return ZeroMatrix(node.cols, node.rows)

    def gain(self, node):
        return 0


@register(FunctionMatrix)
class EntryFormulas(Record):
    word = "unit"

    def plain(self, node, writer):
        """unit(n, k, i, j): a single one at row i and column j."""
        deltas = Mul.make_args(node.lamda.expr)
        places = [
            {*delta.args} - {variable}
            for variable in node.lamda.variables
            for delta in deltas
            if isinstance(delta, KroneckerDelta) and variable in delta.args
        ]
        if len(deltas) != 2 or len(places) != 2:
            return str(node), ATOM
        return writer.call(self.word, *node.shape, *(place.pop() + 1 for place in places))

    def numpy(self, node, program):
        row, column = program.fresh("r"), program.fresh("c")
        body = program.scalar(node.lamda.expr, dict(zip(node.lamda.variables, (row, column), strict=True)))
        size = f"({program.scalar(node.rows)}, {program.scalar(node.cols)})"
        return f"numpy.fromfunction(lambda {row}, {column}: 0.0 * {row} + {body}, {size}, dtype=int)"

    def evaluate(self, node, ev):
        variables, body = node.lamda.variables, node.lamda.expr
        return arithmetic.matrix(ev.size(node.rows), ev.size(node.cols), lambda i, j: ev.bound(variables, body, [i, j]))

    def called(self, reader, rows, cols, i, j):
        rows, cols, i, j = (reader.whole(number, self.word) for number in (rows, cols, i, j))
        return unit_matrix(rows, cols, i - 1, j - 1)

    def latex(self, node, printer):
        return printer.as_usual(node)

    def form(self, node, reader):
        shape, variables = reader.shaped(node), node.lamda.signature
        only_as_indices(node.lamda.expr, variables)
        places = dict(zip(variables, (*shape.rows, *shape.cols), strict=True))
        return shape.with_terms_of(reader.scalar(node.lamda.expr, {}, places))

    def transposed(self, node):
        (row, column), body = node.lamda.signature, node.lamda.expr
        return FunctionMatrix(node.cols, node.rows, Lambda((column, row), body))

    def gain(self, node):
        return 0


@register(MatrixBase)
class MatricesOfNumbers(Record):
    def numpy(self, node, program):
        return f"numpy.array({program.rows(node.tolist())}, dtype=float)"

    def evaluate(self, node, ev):
        return tuple(tuple(map(ev.scalar, row)) for row in node.tolist())

    def form(self, node, reader):
        return reader.symbol(node, digest(srepr(node)))

    def transposed(self, node):
        return node.T

    def gain(self, node):
        return 0


@register(BlockMatrix)
class Blocks(Record):
    def numpy(self, node, program):
        return f"numpy.block({program.rows(node.blocks.tolist())})"

    def evaluate(self, node, ev):
        rows = node.blocks.tolist()
        return tuple(sum(line, ()) for row in rows for line in zip(*map(ev, row), strict=True))


@register(MatrixSlice)
class Slices(Record):
    def numpy(self, node, program):
        parts = [":".join(map(program.scalar, part)) for part in (node.rowslice, node.colslice)]
        return f"{program.code(node.parent)}[{', '.join(parts)}]"

    def evaluate(self, node, ev):
        rows, columns = (slice(*map(ev.size, part)) for part in (node.rowslice, node.colslice))
        return tuple(row[columns] for row in ev(node.parent)[rows])


@register(Adjoint)
class Adjoints(Record):
    """The transpose of what is real."""

    def numpy(self, node, program):
        return f"{program.code(node.arg)}.T"

    def evaluate(self, node, ev):
        return arithmetic.transpose(ev(node.arg))

    def form(self, node, reader):
        return reader.transposed(reader.form(node.arg))

    def simplified(self, node):
        return transposed(node.arg)
