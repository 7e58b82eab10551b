"""What comes in from outside: at every door a wrong argument is a sentence with its name, what it got and needs."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Identity, MatrixSymbol, Symbol, Trace

from hwlib.matrix_calculus import check, derive, gradient, hessian, jacobian, same, to_numpy
from hwlib.matrix_calculus.notation import parse, read, write
from hwlib.matrix_calculus.tex import latex

n, m = sp.symbols("n m", integer=True, positive=True)
x, y, r = MatrixSymbol("x", n, 1), MatrixSymbol("y", n, 1), MatrixSymbol("r", 1, n)
A, X = MatrixSymbol("A", n, n), MatrixSymbol("X", m, n)
t = Symbol("t", real=True)
J, f = x.T * A * x, A * x
scaled = to_numpy(t * f, [t, A, x])
SECONDS = 0.05  # for the judge, on what is to be refused before it begins


class Hostile:
    """An object that fails at whatever is done with it."""

    def fail(self, *args):
        raise RuntimeError("hostile")

    __repr__ = __str__ = __iter__ = __len__ = __bool__ = __float__ = __eq__ = _sympy_ = fail
    __hash__ = object.__hash__


class Endless:
    """A sequence without an end, as a matrix symbol is one."""

    def __getitem__(self, position):
        return t

    def __repr__(self):
        return "endless"


# {door: (the call with the argument that is tried, its name in the error)}
EXPRESSIONS = {
    "gradient": (lambda v: gradient(v, x), "J"),
    "derive": (lambda v: derive(v, x), "J"),
    "hessian": (lambda v: hessian(v, x), "J"),
    "jacobian": (lambda v: jacobian(v, x), "f"),
    "check": (lambda v: check(v, x, x, seconds=SECONDS), "J"),
    "claim": (lambda v: check(J, x, v, seconds=SECONDS), "claimed"),
    "left": (lambda v: same(v, x, seconds=SECONDS), "left"),
    "right": (lambda v: same(x, v, seconds=SECONDS), "right"),
    "to_numpy": (lambda v: to_numpy(v, [x, A, t]), "expr"),
}
TEXTS_OUT = {
    "latex": (latex, "expr"),
    "write": (write, "expr"),
}
SYMBOLS = {
    "gradient": (lambda v: gradient(J, v), "X"),
    "derive": (lambda v: derive(J, v), "X"),
    "derive, several": (lambda v: derive(J, (x, v)), "a member of X"),
    "hessian": (lambda v: hessian(J, v), "x"),
    "jacobian": (lambda v: jacobian(f, v), "x"),
    "check": (lambda v: check(J, v, x, seconds=SECONDS), "X"),
}
SYMMETRIC = {
    "gradient": (lambda v: gradient(J, A, symmetric=v), "symmetric"),
    "derive": (lambda v: derive(J, A, symmetric=v), "symmetric"),
    "check": (lambda v: check(J, A, A, symmetric=v, seconds=SECONDS), "symmetric"),
}
NAMES = {
    "derive": (lambda v: derive(J, x, names=v), "names"),
    "check": (lambda v: check(J, x, x, names=v, seconds=SECONDS), "names"),
    "write": (lambda v: write(x, v), "names"),
}
TIMES = {
    "check": (lambda v: check(J, x, x, seconds=v), "seconds"),
    "same": (lambda v: same(x, x, seconds=v), "seconds"),
}
TEXTS = {
    "parse": (lambda v: parse(v, {"x": x}), "text"),
    "read": (read, "text"),
}
SCOPES = {
    "parse": (lambda v: parse("1", v), "scope"),
    "read": (lambda v: read("q: n", v), "scope"),
}
VARIABLES = {"parse": (lambda v: parse("1", {"x": x}, v), "variable")}
LISTS = {"to_numpy": (lambda v: to_numpy(J, v), "symbols")}
ARRAYS = {
    "number": (lambda v: scaled(v, np.eye(2), np.ones((2, 1))), "t"),
    "matrix": (lambda v: scaled(1.0, v, np.ones((2, 1))), "A"),
}
DOORS = [EXPRESSIONS, TEXTS_OUT, SYMBOLS, SYMMETRIC, NAMES, TIMES, TEXTS, SCOPES, VARIABLES, LISTS, ARRAYS]

EXPRESSION, SYMBOL = "{} must be a SymPy expression, got {}", "{} must be a MatrixSymbol, got {}"
ANY_VARIABLE = "{} must be a MatrixSymbol or a real Symbol, {}"
FLAG = "{} must be True, False or the symmetric matrix symbols, got {}"
TABLE = "{} must be a dictionary {{expression: its name}} or {{name: expression}}, got {}"
TIME, TEXT = "{} must be a positive number, got {}", "{} must be a str, got {}"
FINITE = "{} must have real, finite values, but contains {}"

NO_EXPRESSION = [
    ("x'*x", '"x\'*x" of type str; notation.parse reads text'),
    (None, "None of type NoneType"),
    ([x], "[x] of type list"),
    ({}, "{} of type dict"),
    (object, "<class 'object'> of type type"),
    (Hostile(), "an object of type Hostile"),
    (sp.Eq(t, 1), "Eq(t, 1) of type Equality"),
    (sp.true, "True of type BooleanTrue"),
    (sp.Lambda(t, t + 1), "Lambda(t, t + 1) of type Lambda"),
    (sp.Tuple(t, t), "(t, t) of type Tuple"),
    (sp.Function("f"), "f of type UndefinedFunction"),
]
CASES = [
    *[(door, v, EXPRESSION, got) for door in (EXPRESSIONS, TEXTS_OUT) for v, got in NO_EXPRESSION],
    *[
        (EXPRESSIONS, v, FINITE, got)
        for v, got in [
            (sp.nan, "nan"),
            (t + sp.oo, "oo"),
            (sp.zoo, "zoo"),
            (-sp.oo + t, "-oo"),
            (sp.Matrix([[t, sp.nan]]), "nan"),
            (sp.I * t, "I"),
            (float("nan"), "nan"),
            (complex(1, 2), "I"),
        ]
    ],
    (EXPRESSIONS, sp.Symbol("q", commutative=False), "{} must be made of matrices and real scalars, but {}", "q"),
    *[
        (SYMBOLS, v, ANY_VARIABLE, got)
        for v, got in [
            ("x", "got 'x' of type str; notation.parse reads text"),
            (None, "got None of type NoneType"),
            (n, "but n is a whole number"),
            (Symbol("q"), "but q is not declared real"),
            (2 * x, "got 2*x of type MatMul"),
            (x[0, 0], "got x[0, 0] of type MatrixElement"),
            (np.eye(2), "got array"),
            (Hostile(), "got an object of type Hostile"),
        ]
    ],
    *[
        (SYMMETRIC, v, FLAG, got)
        for v, got in [
            ("yes", "'yes' of type str"),
            (1, "1 of type int"),
            (None, "None of type NoneType"),
            (A, "A of type MatrixSymbol"),
            (Endless(), "endless of type Endless"),
            (Hostile(), "an object of type Hostile"),
        ]
    ],
    (SYMMETRIC, [t], "a member of {} must be a MatrixSymbol, got {}", "t of type Symbol"),
    (SYMMETRIC, (A, "S"), "a member of {} must be a MatrixSymbol, got {}", "'S' of type str"),
    (SYMMETRIC, [X], "a {} matrix must be square, but X is {}", "(m, n)"),
    *[
        (NAMES, v, TABLE, got)
        for v, got in [
            ("y", "'y' of type str"),
            ([x], "[x] of type list"),
            (x, "x of type MatrixSymbol"),
            ({"y": 3}, "the item 'y' of type str: 3 of type int"),
            ({"y": "z"}, "the item 'y' of type str: 'z' of type str"),
            ({3: x}, "the item 3 of type int: x of type MatrixSymbol"),
            ({"": f}, "the item '' of type str: A*x of type MatMul"),
            (Hostile(), "an object of type Hostile"),
        ]
    ],
    (NAMES, {MatrixSymbol("u", m, 1): f}, "{}: u is (m, 1), but A*x is {}", "(n, 1)"),
    *[
        (TIMES, v, TIME, got)
        for v, got in [
            (0, "0 of type int"),
            (-1, "-1 of type int"),
            (float("inf"), "inf of type float"),
            (float("nan"), "nan of type float"),
            ("10", "'10' of type str"),
            (True, "True of type bool"),
            (None, "None of type NoneType"),
            (Hostile(), "an object of type Hostile"),
        ]
    ],
    *[
        (TEXTS, v, TEXT, got)
        for v, got in [
            (x, "x of type MatrixSymbol"),
            (None, "None of type NoneType"),
            (b"x", "b'x' of type bytes"),
            (3, "3 of type int"),
            (Hostile(), "an object of type Hostile"),
        ]
    ],
    *[
        (SCOPES, v, "{} must be a dictionary {{name: SymPy expression}}, got {}", got)
        for v, got in [("x", "'x' of type str"), ([x], "[x] of type list"), (Hostile(), "an object of type Hostile")]
    ],
    (SCOPES, {"x": "y"}, "{}['x'] must be a SymPy expression, got {}", "'y' of type str"),
    (SCOPES, {"x": None}, "{}['x'] must be a SymPy expression, got {}", "None of type NoneType"),
    (SCOPES, {"x": sp.nan}, "{}['x'] must have real, finite values, but contains {}", "nan"),
    (SCOPES, {x: x}, "a key of {} must be a str, got {}", "x of type MatrixSymbol"),
    *[
        (VARIABLES, v, ANY_VARIABLE, got)
        for v, got in [("x", "got 'x' of type str"), (n, "but n is a whole number"), (0, "got 0 of type")]
    ],
    *[
        (LISTS, v, "{} must be MatrixSymbols and Symbols, got {}", got)
        for v, got in [
            ("xA", "'xA' of type str"),
            (None, "None of type NoneType"),
            ([x, 2 * A], "2*A of type MatMul"),
            (Endless(), "endless of type Endless"),
            (Hostile(), "an object of type Hostile"),
        ]
    ],
    (LISTS, {x}, "{} must be MatrixSymbols and Symbols, got {} of type set", "{x}"),
    (LISTS, [x, A, x], "{} must be different, but {} stands there twice", "x"),
    (LISTS, [x], "{} lacks {}, which the expression uses", "A"),
]


def each(cases):
    """(call, argument, the sentence begun) for each door of each group."""
    for group, v, sentence, got in cases:
        for door, (call, name) in group.items():
            yield pytest.param(call, v, sentence.format(name, got), id=f"{door}-{name}-{got[:20]}")


@pytest.mark.parametrize(("call", "value", "sentence"), list(each(CASES)))
def test_a_wrong_argument_is_named_with_what_it_got_and_needs(call, value, sentence):
    with pytest.raises(ValueError) as caught:
        call(value)
    assert sentence in str(caught.value)


def test_there_are_at_least_150_such_cases():
    assert len(list(each(CASES))) >= 150


SHAPES = [
    (lambda: gradient(f, x), "J must be a scalar or 1×1, but has shape (n, 1)"),
    (lambda: derive(f, x), "J must be a scalar or 1×1, but has shape (n, 1)"),
    (lambda: hessian(f, x), "J must be a scalar or 1×1, but has shape (n, 1)"),
    (lambda: check(f, x, x), "J must be a scalar or 1×1, but has shape (n, 1)"),
    (lambda: gradient(sp.Matrix([[1, 2]]), x), "J must be a scalar or 1×1, but has shape (1, 2)"),
    (lambda: jacobian(A, x), "f must be a column, but has shape (n, n)"),
    (lambda: jacobian(f, r), "x must be a column, but has shape (1, n)"),
    (lambda: hessian(J, x, "y"), "y must be a MatrixSymbol or a real Symbol, got 'y'"),
    (lambda: hessian(J, x, A), "y must be a column, but has shape (n, n)"),
    (lambda: hessian(Trace(A), A), "x must be a column, but has shape (n, n)"),
    (lambda: gradient(Trace(X), X), "Trace: X is (m, n), but must be square"),
    (lambda: gradient(J, x, symmetric=True), "a symmetric matrix must be square, but x is (n, 1)"),
    (lambda: derive(J, (x, A), symmetric=True), "a symmetric matrix must be square, but x is (n, 1)"),
    (lambda: check(J, x, x, symmetric=True), "a symmetric matrix must be square, but x is (n, 1)"),
    (lambda: derive(J, ()), "X must be a variable or several different ones, got ()"),
    (lambda: derive(J, (x, x)), "X must be a variable or several different ones, got (x, x)"),
    (lambda: derive(J, x, names={"u": t}), "names: needs matrix expressions, but t is a scalar"),
    (lambda: derive(J, x, names={"u": y}), "names: u occurs nowhere in the derivation"),
    (lambda: derive(J, x, names={"x": f}), "names: x is defined by itself"),
    (lambda: gradient(sp.MatAdd(x, y).T * sp.MatMul(X, x), x), "cannot agree"),
    (lambda: scaled(1.0, np.eye(2)), "3 arrays are needed (t, A, x), got 2"),
    (lambda: scaled(1.0, np.eye(2), np.ones((3, 1))), "x needs shape (n, 1) with n = 2, got (3, 1)"),
    (lambda: scaled(1.0, np.eye(2), np.ones(2)), "x needs shape (n, 1), got (2,)"),
    (lambda: scaled("1", np.eye(2), np.ones((2, 1))), "t needs real numbers, got '1' of type str"),
    (lambda: scaled(None, np.eye(2), np.ones((2, 1))), "t needs real numbers, got None of type NoneType"),
    (lambda: scaled(1j, np.eye(2), np.ones((2, 1))), "t needs real numbers, got 1j of type complex"),
    (lambda: scaled(1.0, np.eye(2) * 1j, np.ones((2, 1))), "A needs real numbers, got array"),
    (lambda: scaled(1.0, np.eye(2).astype(str), np.ones((2, 1))), "A needs real numbers, got array"),
    (lambda: scaled(1.0, np.eye(2).astype(object), np.ones((2, 1))), "A needs real numbers, got array"),
    (lambda: scaled(1.0, [[1, 0], [0, 1]], np.ones((2, 1))), "A needs shape (n, n), got ()"),
]


@pytest.mark.parametrize(("call", "sentence"), SHAPES, ids=[sentence[:60] for _, sentence in SHAPES])
def test_a_wrong_shape_is_named(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


# ---- anything at any door ----

THINGS = [
    *[v for _, v, *_ in CASES],
    *[x, y, r, A, X, t, J, f, n, 1, 0, -1, 1.5, Decimal(1), Fraction(1, 2), np.float64(1.5), np.ones((2, 1)), range(3)],
    *[sp.Matrix([[1, 2]]), sp.Array([1, 2]), Identity(n), sp.BlockMatrix([[A, A]]), sp.S.EmptySet, sp.Interval(0, 1)],
    *[sp.Integral(t, t), sp.Limit(t, t, 0), sp.Subs(t, t, 1), sp.Derivative(sp.Function("g")(t), t), sp.Wild("w")],
    *[sp.Piecewise((t, t > 0), (0, True)), sp.KroneckerDelta(n, m), sp.Poly(t, t), sp.Sum(t, (t, 1, n)), lambda: 0],
    *[sp.Symbol("c"), sp.Dummy(), sp.O(t), sp.Q.symmetric(A), MatrixSymbol("B", 0, 2), MatrixSymbol("C", n, n + m)],
]
CALLS = [call for group in DOORS for call, _ in group.values()]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(CALLS), st.sampled_from(THINGS))
def test_nothing_at_a_door_ends_in_another_exception(call, thing):
    try:
        call(thing)
    except (ValueError, NotImplementedError) as error:
        assert str(error)
