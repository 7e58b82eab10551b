"""Declared names in all their spellings, and words that are names side by side."""

import re
from collections import ChainMap

from .tokens import GREEK
from .words import ALIASES, CALLS, FUNCTIONS

FUNCTION_WORDS = ChainMap(FUNCTIONS, CALLS, ALIASES)
_LETTERS = {name: letter for letter, name in GREEK.items()}


_INDEXED = re.compile(r"([A-Za-z]+|[^\W\d_])_?(\w*)")


def _spelling(word):
    """One spelling for all of a name: α for alpha, α1 for alpha_1."""
    match = _INDEXED.fullmatch(word)
    if match and match[1] in _LETTERS:
        word = _LETTERS[match[1]] + match[2]
    return word.replace("_", "")


class Names:
    """The declared names, however they are spelled: W1 and W_1, alpha_1, \\alpha_1 and α₁."""

    def __init__(self, scope):
        self.scope = scope
        self.spellings = {_spelling(key): key for key in reversed(scope)}
        self.keys = {**{key.replace("_", ""): key for key in reversed(scope)}, **{key: key for key in scope}}

    def key(self, word):
        """The declared name that a word is, or None."""
        return self.keys.get(word) or self.spellings.get(_spelling(word))

    def splits(self, word, function_last):
        """At most three ways to see a word as declared names side by side, as lists of their spellings."""
        known = {*self.keys, *(name.replace("_", "") for name in self.keys), "I"}
        ways = {len(word): [[]]}
        for start in range(len(word) - 1, -1, -1):
            ways[start] = []
            for end in range(len(word), start, -1):
                piece = word[start:end]
                last = end == len(word) and function_last and piece in FUNCTION_WORDS
                if piece in known or self.key(piece) or last:
                    ways[start] += [[piece, *rest] for rest in ways[end]]
            ways[start] = ways[start][:3]
        return ways[0]

    def beginning(self, word):
        """The longest declared name that a word begins with, or ""."""
        return max((word[:end] for end in range(1, len(word)) if word[:end] in self.keys), key=len, default="")
