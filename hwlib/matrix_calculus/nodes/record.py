"""What the engine knows about a kind of node, in one record."""

from sympy import Basic, Expr, Lambda, MatAdd, MatrixSymbol, S, Symbol, Transpose, ZeroMatrix

from ..doors import shown
from ..registry import record, register
from ..shapes import alike, gain_inside, shape, transposed_if_shorter
from ..writing import total

SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly the outermost operation of a text binds


@register(Basic)
class Record:
    """One kind of node Y of the arguments A, B, …; subclass it and `register` it for the type of the node.

    title is the name of its rule, mathematics the row of the rule table: ``node | differential | adjoints``.
    word is its function in plain notation, command the one in LaTeX, code the one in NumPy or SciPy.
    """

    title = mathematics = word = command = code = ""
    of_matrices = False  # whether it is a scalar that is a function of matrices, as a trace is
    is_entry = False  # whether a scalar node stands for a 1×1 matrix, its argument, where that is one

    # ---- the calculus

    def arguments(self, node):
        """The arguments that may depend on X: the changes of Y come from theirs."""
        return [arg for arg in node.args if isinstance(arg, Expr) and not isinstance(arg, Lambda)]

    def differential(self, node, k, change, value):
        """The part of dY that comes from the change of argument k, linear in it. value is Y, or a name for it."""
        raise NotImplementedError(f"{type(node).__name__}: no rule for {shown(node)}")

    def adjoint(self, node, k, adjoint, value):
        """What argument k receives where Y has the adjoint Ȳ, dJ = tr(Ȳᵀ dY) + …: the transpose of `differential`."""
        return _transposed(node, k, self.differential, adjoint, value)

    def sum_of_changes(self, parts):
        """dY of a matrix as the sum of the parts from its arguments, as the product rule leaves it."""
        distinct = len(set(map(alike, parts))) == len(parts) > 1
        return MatAdd(*parts) if distinct else total(*parts)

    def reason(self, node):
        """The rule that a line of a derivation names when it takes the differential of this node."""
        return self.title

    # ---- its shape

    is_entry_by_entry = False  # whether its transpose is the same node of the transposed arguments

    def shape(self, node):
        return node.shape if node.is_Matrix else (S.One, S.One)

    def check(self, node):
        """ValueError if the shapes of the arguments do not fit; SymPy itself compares integers only."""

    def simplified(self, node):
        """The node as the engine wants to see it, its arguments being so already."""
        return node

    def is_symmetric(self, node):
        """Whether a matrix, larger than 1×1, equals its transpose for all values of its symbols."""
        return False

    def transposed(self, node):
        """The transpose of a matrix that is not symmetric."""
        return transposed_if_shorter(node) if self.is_entry_by_entry else Transpose(node)

    def gain(self, node):
        """The number of nodes saved when the transpose is written inside."""
        return gain_inside(arg for arg in node.args if arg.is_Matrix) if self.is_entry_by_entry else -1

    # ---- its normal form: equal forms are equal for all sizes

    def form(self, node, reader):
        """The `terms.Form` of a matrix; reader is a `read.Reader`. What says nothing is a name for equal arguments."""
        return reader.opaque(node)

    def scalar_form(self, node, reader, env, indices):
        """The form of a scalar, whose symbols may stand for forms (env) or for summed indices."""
        return reader.opaque_scalar(node, env, indices)

    # ---- its value

    needs_all = False  # whether the value asks for those of all arguments; they are then computed first

    def evaluate(self, node, ev):
        """The value of the node: a number, or a matrix as a tuple of rows. ev is a `values.Evaluation`."""
        raise NotImplementedError(f"no value is known for {type(node).__name__}")

    # ---- the faces

    def called(self, reader, *arguments):
        """The node of a call of its word in a text; reader is a `meaning.Reader`, which knows sizes and messages."""
        return self.types[0](*arguments)

    def plain(self, node, writer):
        """(text in plain notation, how tightly it binds); writer is `plain.Writer`."""
        return writer.call(self.word, *self.arguments(node)) if self.word else (str(node), ATOM)

    def latex(self, node, printer):
        """The node in LaTeX; printer is `tex.Printer`."""
        command = self.command or self.word and rf"\operatorname{{{self.word}}}"
        return printer.call(command, *self.arguments(node)) if command else printer.as_usual(node)

    def is_operation(self, node):
        """Whether LaTeX shows an operator, so that a power or an entry of it needs brackets."""
        return False

    def numpy(self, node, program):
        """The node in Python, a 2-D array or a number; program is `numpy_code.Program`."""
        if self.code:
            return program.call(self.code, *self.arguments(node))
        if node.is_Matrix:
            raise NotImplementedError(f"no NumPy code is known for {type(node).__name__}: {shown(node)}")
        return program.scalar(node)


class Multilinear(Record):
    """A node that is linear in each of its arguments, so that the product rule is its differential.

    Its adjoint, the transpose of that linear map, is written out.
    """

    def build(self, *args):
        """The node of these arguments in its short form."""
        raise NotImplementedError

    def differential(self, node, k, change, value):
        return self.build(*node.args[:k], change, *node.args[k + 1 :])


def arguments(node):
    """The arguments of a node that may depend on X, of any node."""
    return record(node).arguments(node)


# ---------------------------------------------------------------- the transpose of a differential


def _transposed(node, k, differential, adjoint, value):
    """The adjoint of argument k: the linear nodes between dY and the change of that argument, transposed one by one."""
    argument = arguments(node)[k]
    change = MatrixSymbol("change_", *shape(argument)) if argument.is_Matrix else Symbol("change_", real=True)
    old = {value, node, *node.args, *(part for arg in node.args for part in arg.args)}

    def changes(expr):
        return expr == change or expr not in old and any(map(changes, expr.args))

    def passed(expr, received):
        if expr == change:
            return received
        linear = record(expr)
        parts = [
            passed(part, linear.adjoint(expr, place, received, expr))
            for place, part in enumerate(linear.arguments(expr))
            if changes(part)
        ]
        if parts:
            return total(*reversed(parts)) if argument.is_Matrix else sum(parts)
        return ZeroMatrix(*shape(argument)) if argument.is_Matrix else S.Zero

    return passed(differential(node, k, change, value), adjoint)
