"""Bad input of every kind: nothing but ValueError and NotImplementedError comes out, with a sentence."""

from __future__ import annotations

from hwlib.matrix_calculus import gradient, hessian, jacobian
from hwlib.matrix_calculus.derivation import derive
from hwlib.matrix_calculus.judge import check, same
from hwlib.matrix_calculus.notation import parse, read
from hwlib.matrix_calculus.numpy_code import to_numpy

from .answers import Answer, asked
from .code import given, python
from .expressions import drawn
from .texts import DECLARED, Texts

CHARACTERS = "()[]{}|'^.*/+-=,:;<>∈_ \n\\#%&~\"0123456789AxWtIn²⁻ᵀ‖·×√σ∂é漢😀\t\0"
WORDS = [
    "inv",
    "det",
    "tr",
    "norm",
    "sum",
    "I",
    "ones",
    "diag",
    "softmax",
    "log",
    "exp",
    "kron",
    "A",
    "x",
    "W",
    "t",
    "(",
    ")",
]
THINGS = [  # the code of what is no fitting argument, or not always one
    *("None", "0", "1.5", "'x'", "''", "b'x'", "[]", "{}", "()", "True", "object()", "lambda t: t"),
    *("S.NaN", "oo", "I", "EmptySet", "Matrix([[0, 0], [0, 0]])", "Symbol('q')", "Function('f')(Symbol('q'))"),
    *("Symbol('x') > 1", "M('A', 2, 3)", "M('A', 0, 0)"),
]


def ask(random):
    """One round: a damaged text, a soup of words, damaged declarations, and wrong things as arguments."""
    scope = read(DECLARED)
    text = Texts(random).any(2).text
    for name, bad in (
        ("damaged text", _damaged(random, text)),
        (
            "soup",
            "".join(random.choice(WORDS) + random.choice(["", " ", "*", "("]) for _ in range(random.randint(1, 9))),
        ),
        ("characters", "".join(random.choice(CHARACTERS) for _ in range(random.randint(0, 12)))),
    ):
        yield _nothing_else(name, lambda bad=bad: parse(bad, scope), f"parse({bad!r}, read(DECLARED))")
    bad = _damaged(random, DECLARED + "\nJ = norm(A*x - y)^2")
    yield _nothing_else("damaged declarations", lambda: read(bad), f"read({bad!r})")
    yield _argued(random)


def _argued(random):
    """A call with things as arguments that may not fit."""
    call = random.choice([gradient, derive, check, same, jacobian, hessian, to_numpy])
    J, X = map(python, drawn(random, 2))
    arguments = ", ".join(random.choice([*THINGS, J, X, J]) for _ in range(3 if call is check else 2))
    things = given(f"({arguments})")
    return _nothing_else(f"arguments of {call.__name__}", lambda: call(*things), f"{call.__name__}({arguments})")


def _damaged(random, text):
    characters = list(text)
    for _ in range(random.randint(1, 3)):
        place = random.randrange(len(characters) + 1)
        action = random.choice(["insert", "delete", "repeat", "cut"])
        if action == "insert":
            characters.insert(place, random.choice(CHARACTERS))
        elif action == "delete":
            del characters[place : place + 1]
        elif action == "repeat":
            characters[place:place] = characters[place : place + 3]
        else:
            del characters[place:]
    return "".join(characters)


def _nothing_else(name, call, line):
    kind, found = asked(call)
    if kind == "refused":
        sentence = found.split(": ", 1)[1].strip()
        return Answer(name, "refused" if len(sentence) > 8 else "exception", line, found)
    return Answer(name, kind or "right", line if kind else "", str(found) if kind else "")
