"""The tokens of a text, taken one after another, and the nodes that are made of them."""

from typing import NamedTuple

from .names import Names
from .tokens import NotationError, Token, tokens

DEEPEST = 100  # brackets within brackets; Python's own stack ends soon after
MOST = 500  # names, numbers and signs; the longest gradient of the textbook suite has 200


class Node(NamedTuple):
    """An operation at a place of the text; its parts are nodes, words and signs."""

    kind: str
    token: Token
    parts: tuple = ()


class Cursor:
    """A place in the tokens of a text; `open` are the brackets around it."""

    def __init__(self, text, scope, start=0, end=None):
        self.text, self.names = text, Names(scope)
        self.all, self.at, self.open, self.depth = tokens(text, start, end), 0, [], 0
        if len(self.all) > MOST:
            self.fail(f"more than {MOST} names, numbers and signs: name a part and use the name", self.all[MOST])

    @property
    def token(self):
        return self.all[self.at]

    @property
    def next(self):
        return self.all[min(self.at + 1, len(self.all) - 1)]

    def fail(self, message, token=None):
        raise NotationError(message, self.text, (token or self.token).position)

    def take(self, *texts):
        """The next token if it is one of these signs, else None."""
        token = self.token
        if token.kind == "sign" and token.text in texts:
            self.at += 1
            return token
        return None

    def expect(self, text):
        return self.take(text) or self.fail(f"{text!r} is missing before {self.token.text!r}")

    def unexpected(self):
        ways = {
            "=": ": write one expression, not an equation",
            ",": ": a decimal point is a dot, and an inner product is <x, y>",
            ":": ": slices are not read",
        }
        return f"{self.token.text!r} is not expected here{ways.get(self.token.text, '')}"

    def nested(self, rule):
        """What a rule reads, one level of brackets deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"more than {DEEPEST} brackets stand within each other: name a part and use the name")
        node = rule()
        self.depth -= 1
        return node

    def within(self, bracket, rule):
        self.open.append(bracket)
        node = self.nested(rule)
        self.open.pop()
        return node
