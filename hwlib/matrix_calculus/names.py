"""Declared names in all their spellings, and words that are names side by side."""

from .tokens import GREEK
from .words import ALIASES, CALLS, FUNCTIONS

FUNCTION_WORDS = {*FUNCTIONS, *CALLS, *ALIASES}
_LETTERS = {name: letter for letter, name in GREEK.items()}


class Names:
    """The declared names, however they are spelled: W1 and W_1, alpha, \\alpha and α."""

    def __init__(self, scope):
        self.scope, self.keys = scope, {}
        for key in scope:
            for spelling in (key.replace("_", ""), GREEK.get(key, key), _LETTERS.get(key, key), key):
                self.keys.setdefault(spelling, key)
        self.keys.update({key: key for key in scope})

    def key(self, word):
        """The declared name that a word is, or None."""
        return self.keys.get(word) or self.keys.get(word.replace("_", ""))

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
