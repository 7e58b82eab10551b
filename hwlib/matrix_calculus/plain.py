"""Matrix expressions in the plain notation that `notation.parse` reads back."""

from sympy import Mul, Rational, fraction

from .doors import a_name_table, an_object
from .nodes.entries import summed_entries
from .nodes.linear import squared
from .nodes.record import ATOM, POWER, PRODUCT, SUM
from .nodes.slopes import T
from .registry import record
from .shapes import is_one_by_one
from .words import KNOWN


def write(expr, names=None):
    """The expression in plain notation, which `parse` reads back; names: {subexpression: its name}."""
    return Writer(a_name_table(names, "names")).text(an_object(expr, "expr"))[0]


class Writer:
    """Writes an expression node by node, as the record of each says; a text goes with how tightly it binds."""

    def __init__(self, names):
        self.names = names

    def text(self, node):
        """(text, how tightly its outermost operation binds)."""
        return (self.names[node], ATOM) if node in self.names else record(node).plain(node, self)

    def within(self, node, tightness):
        """The text, in brackets unless it binds at least so tightly."""
        text, binds = self.text(node)
        return text if binds >= tightness else f"({text})"

    def brackets(self, node):
        return f"({self.text(node)[0]})", ATOM

    def call(self, name, *arguments):
        """name(…), without the brackets that an argument of size 1×1 would have of its own."""
        return f"{name}({', '.join(self.text(self._inside_brackets(argument))[0] for argument in arguments)})", ATOM

    def _inside_brackets(self, node):
        bracketed = record(node).is_entry and node not in self.names and is_one_by_one(node.args[0])
        return node.args[0] if bracketed and not squared(node) and not summed_entries(node) else node

    def terms(self, texts):
        """Texts of terms joined by + and -, a positive one first."""
        ordered = sorted(texts, key=lambda text: text.startswith("-"))
        rest = [f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in ordered[1:]]
        return "".join([ordered[0], *rest]), SUM

    def product(self, coefficient, matrices=(), sign_between="*"):
        """The product of a scalar's factors and of matrices, with the denominators of the scalar at the end."""
        above, below = fraction(coefficient)
        sign = "-" if above.could_extract_minus_sign() else ""
        scalars = [factor for factor in Mul.make_args(-above if sign else above) if factor != 1]
        text = sign + (sign_between.join(self.within(factor, POWER) for factor in (*scalars, *matrices)) or "1")
        divided = "/" if sign_between == "*" else " ./ "
        return (text if below == 1 else f"{text}{divided}{self.within(below, POWER)}"), PRODUCT

    def raised(self, base, exponent, operator="^"):
        if operator == "^" and exponent.is_Rational and exponent.q == 2 and squared(base) is not None:
            return f"{self.root(base)[0]}^{exponent.p}", POWER  # (norm(x)^2)^(3/2) is norm(x)^3
        text, binds = self.text(exponent)
        exponent = text if binds == ATOM and not text.startswith("-") else f"({text})"
        return f"{self.within(base, ATOM)}{operator}{exponent}", POWER

    def root(self, node):
        """sqrt(…), of a sum of squares the norm."""
        inside = squared(node)
        return self.call("sqrt", node) if inside is None else self.call("norm", inside)

    def function_of_entries(self, body, matrix):
        """A function of every entry by its name, or else by what is done entry by entry."""
        return self.call(KNOWN[body], matrix) if body in KNOWN else _Entrywise(self, matrix).text(body)

    def function(self, node):
        """A function of scalars by its name."""
        if len(node.args) == 1 and not node.args[0].is_Matrix:
            for pattern, name in KNOWN.items():
                if pattern.func == node.func and pattern.args == (T,):
                    return self.call(name, node.args[0])
        return self.call(type(node).__name__, *node.args)


class _Entrywise(Writer):
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
            return self.product(node, sign_between=" .* ")
        if node.is_Pow and node.exp.could_extract_minus_sign():
            return f"1 ./ {self.within(1 / node, POWER)}", PRODUCT
        if node.is_Pow and node.exp == Rational(1, 2):
            return self.call("sqrt", node.base)
        if node.is_Pow:
            return self.raised(node.base, node.exp, ".^")
        return super().text(node)
