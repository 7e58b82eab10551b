"""Random texts as people type them, each with its meaning as a function of numbers: SymPy has no part in it.

A text is drawn together with its value, operation by operation; how each operation is spelled is drawn too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .values import HALF, ONE, ZERO, each, eliminated, eye, filled, function_power, function_value, inverse, mp

SUM, PRODUCT, POWER, ATOM = range(4)
SYMBOLS = {  # name: shape; sizes that are equal here only where they are declared equal
    "A": ("n", "n"),
    "B": ("n", "n"),
    "S": ("n", "n"),
    "W": ("n", "k"),
    "Z": ("n", "k"),
    "x": ("n", "1"),
    "y": ("n", "1"),
    "z": ("k", "1"),
    "t": ("1", "1"),
    "u": ("1", "1"),
}
DECLARED = "A: n x n, B: n x n, S: n x n symmetric, W: n x k, Z: n x k, x: n, y: n, z: k, t: scalar, u: scalar"
SCALARS = {"t", "u"}


class Text(NamedTuple):
    """A text, its value at a point {name: array}, its shape in names of sizes, and how tightly it binds.

    plain: the spellings used, joined; a scalar's shape is None, a 1×1 product counts as a scalar.
    """

    text: str
    value: Callable
    shape: tuple | None
    binds: int
    spellings: frozenset = frozenset()


class Texts:
    """Draws texts; spelling by spelling can be left out, by name, to find which of them is refused."""

    def __init__(self, random):
        self.random = random

    # ------------------------------------------------------------ small things

    def choice(self, **spellings):
        """(name, spelling) of one of the spellings given by name."""
        return self.random.choice(list(spellings.items()))

    def bracketed(self, part):
        name, form = self.choice(plain="({})", wide="（{}）", left=r"\left({}\right)")
        if self.random.random() < 0.9:
            name, form = "plain", "({})"
        return part._replace(text=form.format(part.text), binds=ATOM, spellings=part.spellings | {f"brackets {name}"})

    def within(self, part, binds):
        return part if part.binds >= binds else self.bracketed(part)

    def space(self):
        return self.random.choice(["", " ", " "])

    # ------------------------------------------------------------ expressions

    def any(self, depth=3):
        shape = self.random.choice([None, None, None, ("n", "n"), ("n", "1"), ("n", "k"), ("k", "1"), ("1", "n")])
        return self.scalar(depth) if shape is None else self.matrix(shape, depth)

    def scalar(self, depth):
        if depth <= 0:
            return self.random.choice([self.number, self.scalar_symbol, self.scalar_symbol])()
        kinds = [
            self.number,
            self.scalar_symbol,
            self.trace,
            self.determinant,
            self.inner_product,
            self.inner_product,
            self.norm,
            self.norm,
            self.total,
            self.sum_of_scalars,
            self.product_of_scalars,
            self.quotient,
            self.power_of_scalar,
            self.function_of_scalar,
            self.negative,
        ]
        return self.random.choice(kinds)(depth - 1)

    def number(self, depth=0):
        value = self.random.choice(["2", "3", "10", "1/2", "0.5", ".5", "1e-3", "2.5", "7"])
        number = mp.mpf(1) / 2 if value == "1/2" else mp.mpf(value)
        spelled = frozenset({f"number {value}"} if value in (".5", "1e-3") else ())
        return Text(value, lambda p: number, None, PRODUCT if "/" in value else ATOM, spelled)

    def scalar_symbol(self, depth=0):
        name = self.random.choice(sorted(SCALARS))
        return Text(name, lambda p: p[name], None, ATOM)

    def square_matrix(self, depth):
        return self.matrix(("n", "n"), depth)

    def trace(self, depth):
        A = self.square_matrix(depth)
        name, form = self.choice(
            tr="tr({})", trace="trace({})", Tr="Tr({})", np="np.trace({})", tex=r"\operatorname{{tr}}({})"
        )
        text = form.format(A.text)
        return Text(text, lambda p: sum(A.value(p).diagonal(), ZERO), None, ATOM, A.spellings | {f"trace {name}"})

    def determinant(self, depth):
        A = self.square_matrix(depth)
        name, form = self.choice(
            det="det({})",
            bars="|{}|",
            np="np.linalg.det({})",
            logdet="log(det({}))",
            logdet2="logdet({})",
            lnbars="ln|{}|",
        )

        def value(p):
            found = eliminated(A.value(p), eye(len(A.value(p))))[0]
            return function_value(_sp().log, found) if name in ("logdet", "logdet2", "lnbars") else found

        return Text(form.format(A.text), value, None, ATOM, A.spellings | {f"determinant {name}"})

    def inner_product(self, depth):
        size = self.random.choice(["n", "n", "k"])
        a, b = self.matrix((size, "1"), depth), self.matrix((size, "1"), depth)

        def value(p):
            return sum((u * v for u, v in zip(a.value(p).flat, b.value(p).flat, strict=True)), ZERO)

        spelled = a.spellings | b.spellings
        draw = self.random.random()
        if draw < 0.5:
            left, right = self.transposed(a), self.within(b, POWER)
            star, sign = self.times()
            text = f"{left.text}{sign}{right.text}"
            return Text(text, value, None, PRODUCT, spelled | left.spellings | right.spellings | {f"product {star}"})
        name, form = self.choice(
            angle="<{}, {}>", tex=r"\langle {}, {} \rangle", dot="dot({}, {})", wide="⟨{}, {}⟩", middle="{} · {}"
        )
        if name == "middle":
            a, b = self.within(a, POWER), self.within(b, POWER)
        text = form.format(a.text, b.text)
        binds = PRODUCT if name == "middle" else ATOM
        return Text(text, value, None, binds, a.spellings | b.spellings | {f"inner product {name}"})

    def norm(self, depth):
        shape = self.random.choice([("n", "1"), ("n", "1"), ("n", "k"), ("n", "n")])
        a = self.matrix(shape, depth)
        forms = {"norm": "norm({})", "bars": "||{}||", "wide": "‖{}‖", "tex": r"\lVert {} \rVert"}
        if shape[1] == "1":
            forms |= {"two": "||{}||_2", "tex two": r"\|{}\|_2", "np": "np.linalg.norm({})", "norm 2": "norm({}, 2)"}
        else:
            forms |= {"F": "||{}||_F", "wide F": "‖{}‖_F"}
        one = shape[1] == "1" and self.random.random() < 0.15
        name, form = (
            ("one", self.random.choice(["norm({}, 1)", "||{}||_1"])) if one else self.random.choice(list(forms.items()))
        )
        squared, sign = self.random.choice([("", ""), ("squared", "^2"), ("squared ²", "²")])

        def value(p):
            if one:
                found = sum((abs(e) for e in a.value(p).flat), ZERO)
            else:
                found = mp.sqrt(sum((e * e for e in a.value(p).flat), ZERO))
            return found * found if squared else found

        spelled = a.spellings | {f"norm {name}"} | ({f"norm {squared}"} if squared else set())
        return Text(form.format(a.text) + sign, value, None, POWER if squared else ATOM, spelled)

    def total(self, depth):
        shape = self.random.choice([("n", "1"), ("n", "k"), ("n", "n"), ("k", "1")])
        a = self.matrix(shape, depth)
        forms = {"sum": "sum({})", "np": "np.sum({})", "mean": "mean({})"}
        name, form = self.random.choice(list(forms.items()))
        if shape[1] == "1" and self.random.random() < 0.3:
            name, inner = "1'", self.within(a, POWER)
            text, binds = f"1'{inner.text}", PRODUCT
            spelled = inner.spellings
        else:
            text, binds, spelled = form.format(a.text), ATOM, a.spellings

        def value(p):
            found = sum(a.value(p).flat, ZERO)
            return found / a.value(p).size if name == "mean" else found

        return Text(text, value, None, binds, spelled | {f"total {name}"})

    def sum_of_scalars(self, depth):
        return self.sum_of(self.scalar(depth), self.scalar(depth))

    def sum_of(self, a, b):
        sign = self.random.choice("++-")
        operation = operator.add if sign == "+" else operator.sub
        name, shown = (sign, sign) if sign == "+" or self.random.random() < 0.8 else ("minus sign", "−")
        right = self.within(b, PRODUCT)
        space = self.space()
        text = f"{a.text}{space}{shown}{space}{right.text}"
        spelled = a.spellings | right.spellings | {f"sum {name}"}
        return Text(text, lambda p: operation(a.value(p), b.value(p)), a.shape, SUM, spelled)

    def times(self):
        name, sign = self.choice(star="*", space=" ", dot=" · ", at=" @ ", cdot=r" \cdot ", cross=" × ")
        if self.random.random() < 0.6:
            return "star", self.random.choice(["*", " * "])
        return name, sign

    def product_of_scalars(self, depth):
        a, b = self.scalar(depth), self.scalar(depth)
        return self.scaled_by(a, b)

    def scaled_by(self, a, b):
        """A scalar times anything."""
        name, sign = self.times()
        if name == "at":
            name, sign = "star", "*"
        left, right = self.within(a, PRODUCT), self.within(b, POWER)
        if right.text[0] in "0123456789.-|" and name != "star":
            name, sign = "star", "*"
        spelled = left.spellings | right.spellings | {f"product {name}"}
        return Text(f"{left.text}{sign}{right.text}", lambda p: b.value(p) * a.value(p), b.shape, PRODUCT, spelled)

    def quotient(self, depth):
        return self.divided(self.scalar(depth), self.scalar(depth))

    def divided(self, a, b):
        def value(p):
            below = b.value(p)
            return a.value(p) * (mp.nan if below == 0 else ONE / below)

        if self.random.random() < 0.3:
            return Text(
                rf"\frac{{{a.text}}}{{{b.text}}}", value, a.shape, ATOM, a.spellings | b.spellings | {r"quotient \frac"}
            )
        left, right = self.within(a, PRODUCT), self.within(b, POWER)
        return Text(f"{left.text}/{right.text}", value, a.shape, PRODUCT, left.spellings | right.spellings)

    def power_of_scalar(self, depth):
        a = self.within(self.scalar(depth), ATOM)
        name, sign, exponent = self.random.choice(
            [
                ("^", "^2", 2),
                ("^", "^3", 3),
                ("**", "**2", 2),
                ("²", "²", 2),
                ("³", "³", 3),
                ("^{}", "^{2}", 2),
                ("^-", "^(-1)", -1),
            ]
        )
        return Text(
            a.text + sign,
            lambda p: function_power(a.value(p), mp.mpf(exponent)),
            None,
            POWER,
            a.spellings | {f"power {name}"},
        )

    def function_of_scalar(self, depth):
        a = self.scalar(depth)
        return self.function(a, lambda f, v: f(v))

    def function(self, a, apply):
        functions = _functions()
        name = self.random.choice(list(functions))
        form, value = functions[name]
        form = self.random.choice(form)
        text = form.format(a.text)
        return Text(text, lambda p: apply(value, a.value(p)), a.shape, ATOM, a.spellings | {f"function {form}"})

    def negative(self, depth):
        return self.negated(self.scalar(depth))

    def negated(self, a):
        inner = self.within(a, PRODUCT)
        return Text(f"-{inner.text}", lambda p: -a.value(p), a.shape, SUM, inner.spellings)

    # ------------------------------------------------------------ matrices

    def matrix(self, shape, depth):
        if depth <= 0:
            return self.leaf(shape)
        kinds = [
            self.leaf,
            self.sum_of_matrices,
            self.sum_of_matrices,
            self.product_of_matrices,
            self.product_of_matrices,
            self.hadamard,
            self.hadamard_quotient,
            self.entrywise_power,
            self.function_of_entries,
            self.scaled_matrix,
            self.scaled_matrix,
            self.divided_matrix,
            self.transposed_matrix,
            self.negative_matrix,
            self.plus_number,
        ]
        if shape == ("n", "n"):
            kinds += [
                self.inverse,
                self.plus_identity,
                self.plus_identity,
                self.times_identity,
                self.matrix_power,
                self.diagonal_matrix,
            ]
        if shape == ("n", "1"):
            kinds += [self.softmax, self.diagonal]
        return self.random.choice(kinds)(shape, depth - 1)

    def leaf(self, shape, depth=0):
        fitting = [name for name, s in SYMBOLS.items() if s == shape and name not in SCALARS]
        turned = [name for name, s in SYMBOLS.items() if s[::-1] == shape and name not in SCALARS]
        if fitting and (not turned or self.random.random() < 0.75):
            name = self.random.choice(fitting)
            return Text(name, lambda p: p[name], shape, ATOM)
        if turned:
            name = self.random.choice(turned)
            return self.transposed(Text(name, lambda p: p[name], shape[::-1], ATOM))
        rows, cols = shape
        return Text(
            f"ones({rows}, {cols})",
            lambda p: filled(_size(p, rows), _size(p, cols), lambda i, j: ONE),
            shape,
            ATOM,
            frozenset({"ones"}),
        )

    def transposed(self, a):
        name, form = self.choice(
            prime="{}'",
            T="{}^T",
            braces="{}^{{T}}",
            dot="{}.T",
            sign="{}ᵀ",
            top=r"{}^\top",
            topsign="{}⊤",
            raisedtop="{}^⊤",
            call="transpose({})",
            curly="{}’",
        )
        if self.random.random() < 0.5:
            name, form = "prime", "{}'"
        inner = a if name == "call" else self.within(a, ATOM)
        shape = None if a.shape is None else a.shape[::-1]
        binds = ATOM if name == "call" else POWER
        return Text(
            form.format(inner.text), lambda p: a.value(p).T, shape, binds, inner.spellings | {f"transpose {name}"}
        )

    def sum_of_matrices(self, shape, depth):
        return self.sum_of(self.matrix(shape, depth), self.matrix(shape, depth))

    def product_of_matrices(self, shape, depth):
        middle = self.random.choice(["n", "n", "k"])
        a, b = self.matrix((shape[0], middle), depth), self.matrix((middle, shape[1]), depth)
        left, right = self.within(a, PRODUCT), self.within(b, POWER)
        name, sign = self.times()
        if name == "dot" and shape[1] == "1" and shape[0] == "1":
            name, sign = "star", "*"
        if left.text.isalpha() and len(left.text) == 1 and right.text[0].isalpha() and self.random.random() < 0.3:
            name, sign = "side by side", ""
        spelled = left.spellings | right.spellings | {f"product {name}"}
        return Text(f"{left.text}{sign}{right.text}", lambda p: a.value(p) @ b.value(p), shape, PRODUCT, spelled)

    def hadamard(self, shape, depth):
        a, b = self.matrix(shape, depth), self.matrix(shape, depth)
        name, sign = self.choice(
            dotstar=" .* ", odot=" ⊙ ", circ=" ∘ ", texodot=r" \odot ", texcirc=r" \circ ", tight=".*"
        )
        left, right = self.within(a, PRODUCT), self.within(b, POWER)
        spelled = left.spellings | right.spellings | {f"hadamard {name}"}
        return Text(f"{left.text}{sign}{right.text}", lambda p: a.value(p) * b.value(p), shape, PRODUCT, spelled)

    def hadamard_quotient(self, shape, depth):
        a, b = self.matrix(shape, depth), self.matrix(shape, depth)
        left, right = self.within(a, PRODUCT), self.within(b, POWER)

        def value(p):
            return each(lambda u, v: mp.nan if v == 0 else u / v, a.value(p), b.value(p))

        return Text(f"{left.text} ./ {right.text}", value, shape, PRODUCT, left.spellings | right.spellings | {"./"})

    def entrywise_power(self, shape, depth):
        a = self.within(self.matrix(shape, depth), ATOM)
        sign, exponent = self.random.choice([(".^2", 2), (".^3", 3), (".^(-1)", -1), (".^{2}", 2)])
        return Text(
            a.text + sign,
            lambda p: each(lambda e: function_power(e, mp.mpf(exponent)), a.value(p)),
            shape,
            POWER,
            a.spellings | {sign},
        )

    def function_of_entries(self, shape, depth):
        return self.function(self.matrix(shape, depth), lambda f, v: each(f, v))

    def scaled_matrix(self, shape, depth):
        return self.scaled_by(self.scalar(depth), self.matrix(shape, depth))

    def divided_matrix(self, shape, depth):
        return self.divided(self.matrix(shape, depth), self.scalar(depth))

    def transposed_matrix(self, shape, depth):
        return self.transposed(self.matrix(shape[::-1], depth))

    def negative_matrix(self, shape, depth):
        return self.negated(self.matrix(shape, depth))

    def plus_number(self, shape, depth):
        """1 - y: a number beside a matrix stands for a matrix of it."""
        number, value = self.random.choice([("1", 1), ("2", 2), ("0.5", mp.mpf(1) / 2)])
        b = self.within(self.matrix(shape, depth), PRODUCT)
        sign = self.random.choice("-+")
        operation = operator.add if sign == "+" else operator.sub
        return Text(
            f"{number} {sign} {b.text}",
            lambda p: operation(mp.mpf(value), b.value(p)),
            shape,
            SUM,
            b.spellings | {"number beside a matrix"},
        )

    def inverse(self, shape, depth):
        name, form = self.choice(
            inv="inv({})",
            minus="{}^-1",
            braces="{}^{{-1}}",
            raised="{}⁻¹",
            np="np.linalg.inv({})",
            word="inverse({})",
            brackets="{}^(-1)",
            transposed="{}^{{-T}}",
        )
        a = self.matrix(shape, depth)
        if "(" not in form.split("{")[0]:
            a = self.within(a, ATOM)

        def value(p):
            found = inverse(a.value(p))
            return found.T if name == "transposed" else found

        return Text(form.format(a.text), value, shape, POWER, a.spellings | {f"inverse {name}"})

    def plus_identity(self, shape, depth):
        a = self.within(self.matrix(shape, depth), PRODUCT)
        name, I = self.choice(I="I", size="I(n)", eye="eye(n)", np="np.eye(n)")  # noqa: E741
        factor, scale = self.random.choice(
            [("", None), ("", None), ("2*", 2), ("t*", "t"), ("2", 2), ("t ", "t"), ("(x'*x)*", "xx")]
        )
        if factor == "2" and name != "I":
            factor = "2*"
        sign = self.random.choice("+-")
        operation = operator.add if sign == "+" else operator.sub

        def value(p):
            number = {None: ONE, 2: mp.mpf(2), "t": p["t"]}.get(scale)
            if number is None:
                number = sum((e * e for e in p["x"].flat), ZERO)
            return operation(a.value(p), eye(len(p["A"])) * number)

        return Text(f"{a.text} {sign} {factor}{I}", value, shape, SUM, a.spellings | {f"identity {name} in a sum"})

    def times_identity(self, shape, depth):
        a = self.within(self.matrix(shape, depth), POWER)
        name, (sign, operation) = self.choice(
            hadamard=(" .* ", operator.mul), product=("*", operator.matmul), circ=(" ∘ ", operator.mul)
        )
        if self.random.random() < 0.5:
            return Text(
                f"{a.text}{sign}I",
                lambda p: operation(a.value(p), eye(len(p["A"]))),
                shape,
                PRODUCT,
                a.spellings | {f"I {name}"},
            )
        return Text(
            f"I{sign}{a.text}",
            lambda p: operation(eye(len(p["A"])), a.value(p)),
            shape,
            PRODUCT,
            a.spellings | {f"I {name}"},
        )

    def matrix_power(self, shape, depth):
        a = self.within(self.matrix(shape, depth), ATOM)
        sign, exponent = self.random.choice([("^2", 2), ("^3", 3), ("²", 2), ("**2", 2), ("^{2}", 2), ("^-2", -2)])

        def value(p):
            base = inverse(a.value(p)) if exponent < 0 else a.value(p)
            found = base
            for _ in range(abs(exponent) - 1):
                found = found @ base
            return found

        return Text(a.text + sign, value, shape, POWER, a.spellings | {f"matrix power {sign}"})

    def diagonal_matrix(self, shape, depth):
        a = self.matrix(("n", "1"), depth)

        def value(p):
            column = a.value(p)
            return filled(len(column), len(column), lambda i, j: column[i, 0] if i == j else ZERO)

        return Text(f"diag({a.text})", value, shape, ATOM, a.spellings | {"diag of a vector"})

    def diagonal(self, shape, depth):
        a = self.matrix(("n", "n"), depth)
        return Text(
            f"diag({a.text})",
            lambda p: a.value(p).diagonal().reshape(-1, 1),
            shape,
            ATOM,
            a.spellings | {"diag of a matrix"},
        )

    def softmax(self, shape, depth):
        a = self.matrix(shape, depth)

        def value(p):
            powers = each(lambda e: function_value(_sp().exp, e), a.value(p))
            return powers / sum(powers.flat, ZERO)

        return Text(f"softmax({a.text})", value, shape, ATOM, a.spellings | {"softmax"})


def _sp():
    import sympy

    return sympy


def _functions():
    """{name: (spellings, function of a number)}."""
    sp = _sp()

    def of(function):
        return lambda e: function_value(function, e)

    return {
        "exp": (["exp({})", r"\exp({})", "np.exp({})"], of(sp.exp)),
        "log": (["log({})", "ln({})", r"\log({})", "np.log({})"], of(sp.log)),
        "sqrt": (["sqrt({})", "√({})", r"\sqrt{{{}}}"], lambda e: function_power(e, HALF)),
        "tanh": (["tanh({})", "np.tanh({})"], of(sp.tanh)),
        "sin": (["sin({})"], of(sp.sin)),
        "cos": (["cos({})"], of(sp.cos)),
        "abs": (["abs({})", "np.abs({})"], of(sp.Abs)),
        "sign": (["sign({})"], of(sp.sign)),
        "relu": (["relu({})", "max(0, {})", "max({}, 0)"], lambda e: e if mp.isnan(e) else max(e, ZERO)),
        "sigmoid": (["sigmoid({})", "σ({})", r"\sigma({})"], lambda e: ONE / (ONE + function_value(sp.exp, -e))),
        "atan": (["atan({})", "arctan({})"], of(sp.atan)),
    }


def _size(point, name):
    return {"n": len(point["A"]), "k": len(point["z"]), "1": 1}[name]


def value_of(text, point):
    """The meaning of a text at a point, as an array."""
    found = text.value(point)
    return found if isinstance(found, np.ndarray) else filled(1, 1, lambda i, j: found)


def random_point(random, n=None, k=None):
    """{name: array or number} for the declared names."""
    sizes = {"n": n or random.randint(1, 4), "k": k or random.randint(1, 4), "1": 1}
    point = {}
    for name, (rows, cols) in SYMBOLS.items():
        found = filled(
            sizes[rows], sizes[cols], lambda i, j: mp.mpf(random.randint(-40, 40) or 1) / random.choice((7, 11, 13))
        )
        if name == "S":
            found = (found + found.T) / 2
        point[name] = found[0, 0] if name in SCALARS else found
    return point
