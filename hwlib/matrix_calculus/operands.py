"""What operations stand between: numbers, names and what they may be made of, brackets, bars, calls of functions."""

from .cursor import Cursor, Node
from .names import FUNCTION_WORDS
from .tokens import Token
from .words import ALIASES, CALLS, FUNCTIONS, WHOLE_PRODUCT


class Operands(Cursor):
    """The methods of the grammar for a primary; the others are the parser's."""

    # ---- primaries ----

    def primary(self):
        token = self.token
        if token.kind == "number":
            self.at += 1
            if "e" in token.text.lower() and self.names.key("e"):
                self.fail("e is declared, so this could be a number or a product with e: write the sign", token)
            return Node("number", token, (token.text,))
        if token.kind == "ones":
            self.at += 1
            return Node("ones", token, (token.text,))
        if token.kind == "name":
            return self.named()
        if self.take("("):
            return self.group(token)
        if self.take("{"):
            node = self.within("{", self.sum)
            self.expect("}")
            return Node("group", token, (node,))
        if self.take("["):
            node = self.within("[", self.sum)
            if self.token.text in (",", ";"):
                self.fail("matrices of numbers are not read: declare a name for it", token)
            self.expect("]")
            return Node("group", token, (node,))
        if self.take("frac"):
            return Node("fraction", token, (self.fraction_part(), self.fraction_part()))
        if self.take("√"):
            return self.root(token)
        if self.take("|", "||"):
            return self.bars(token)
        if self.take("<", "⟨"):
            return self.inner_product(token)
        return self.fail(self.no_operand(token))

    def no_operand(self, token):
        if token.kind == "end":
            return "an expression is missing before 'the end'"
        if token.kind == "sign" and token.text == "\\":
            return f"'\\{self.next.text}' is no word that is read"
        if token.text in ("∑", "∏", "∫"):
            return f"{token.text} over an index is not read: write sum(...), x'*y or tr(...)"
        if token.text in ("∇", "∂"):
            return "a derivative is not read inside an expression, only before it, as in dJ/dx = ..."
        return f"an expression cannot begin with {token.text!r}"

    def group(self, token):
        node = self.within("(", self.sum)
        if self.token.text == "," and self.token.kind == "sign":
            if "ones" not in self.open:
                self.fail("an inner product is written <x, y> or x'*y")
            nodes = [node]
            while self.take(","):
                if self.token.text != ")":
                    nodes.append(self.within("(", self.sum))
            self.expect(")")
            return Node("tuple", token, tuple(nodes))
        self.expect(")")
        return Node("group", token, (node,))

    def fraction_part(self):
        r"""A part of \frac: {...}, or one digit or letter as in \frac12."""
        token = self.token
        if self.take("{"):
            node = self.within("{", self.sum)
            self.expect("}")
            return node
        if token.kind == "number" and not token.text.isdigit() and token.text.isascii():
            self.fail(r"which digit belongs to which part of the fraction is not clear: write \frac{...}{...}", token)
        if token.kind in ("number", "name") and len(token.text) > 1 and self.text[token.position] == token.text[0]:
            self.all[self.at : self.at + 1] = [
                token._replace(text=token.text[0]),
                token._replace(text=token.text[1:], position=token.position + 1, spaced=False),
            ]
        return self.primary()

    def root(self, token):
        if self.take("["):
            self.fail("roots other than the square root are written as powers, t^(1/3)", token)
        node = self.primary()
        if node.kind not in ("group", "fraction", "bars") and self.begins_operand() and not self.token.spaced:
            self.fail("how far the root goes is not clear: put its argument in brackets", token)
        return Node("call", token, ("sqrt", (node,), {}))

    def closes_bars(self):
        """Whether the bars that follow close the innermost open ones; || closes | and the one around it."""
        inner = self.open[-1] if self.open else ""
        if self.token.text == "||" and inner == "|":
            token = self.token
            self.all[self.at : self.at + 1] = [
                token._replace(text="|"),
                token._replace(text="|", position=token.position + 1, spaced=False),
            ]
            return True
        return self.token.text == inner

    def bars(self, token):
        node = self.within(token.text, self.sum)
        if self.token.text == "||":
            self.open.append(token.text)
            self.closes_bars()
            self.open.pop()
        self.expect(token.text)
        return Node("bars", token, (token.text, node, self.subscript() if token.text == "||" else ""))

    def subscript(self):
        """The text of an index at a norm: 2, F, 1, ∞, or "" without one."""
        if not self.take("_"):
            return ""
        braced, words = self.take("{"), []
        while True:
            if self.token.kind == "end":
                self.fail("an index is missing: ||x||_2, ||A||_F")
            words.append(self.token.text)
            self.at += 1
            if not braced or self.token.text == "}" or self.token.kind == "end":
                break
        if braced:
            self.expect("}")
        word = words[0]
        if not braced and len(word) > 1 and word[0] in "F12" and len(words) == 1:  # ||x||_2x
            at = self.all[self.at - 1]
            self.at -= 1
            self.all[self.at] = at._replace(text=word[1:], position=at.position + 1, spaced=False)
            return word[0]
        return "".join(words)

    def inner_product(self, token):
        closing = {"<": ">", "⟨": "⟩"}[token.text]
        left = self.within(token.text, self.sum)
        if not self.take(","):
            self.fail(f"an inner product is written <x, y>: a comma is missing before {self.token.text!r}")
        right = self.within(token.text, self.sum)
        self.expect(closing)
        return Node("call", token, ("inner", (left, right), {}))

    # ---- names and calls ----

    def named(self):
        token = self.token
        self.at += 1
        word, key = token.text, self.names.key(token.text)
        if word == "d" and hasattr(self.names.scope, "differential") and self.begins_operand():
            return self.differential(token, key)
        if key is not None:
            return Node("name", token, (key,))
        if hasattr(self.names.scope, "entry_of"):
            if letters := self.names.scope.summed_over(word):
                return Node("index_sum", token, (letters, self.nested(self.product)))
            if entry := self.names.scope.entry_of(word):
                return Node("indexed", token, (entry,))
        function = ALIASES.get(word, word)
        if function in FUNCTIONS or function in CALLS:
            apart = function == "I" and self.token.spaced  # I (x + y) is a product
            if self.token.kind == "sign" and self.token.text in ("(", "{") and not apart:
                return self.call(function, token)
            if self.token.text == "'" and self.next.text == "(" and function in FUNCTIONS:
                self.at += 2
                node = self.within("(", self.sum)
                self.expect(")")
                return Node("slope", token, (function, node))
            if (self.token.text == "^" or self.token.kind == "raised") and function != "I":
                return self.raised_function(function, token)
            if self.begins_operand() and function not in ("I", "sigma"):
                return self.prefix(function, token)
        if word in ("I", "eye"):
            return Node("eye", token, ("",))
        if word.startswith("I_"):
            return Node("eye", token, (word[2:],))
        if word in ("pi", "π"):
            return Node("pi", token)
        if self.is_euler(token) and self.token.text in ("^", "**"):
            self.at += 1
            exponent, _ = self.exponent("^")
            if self.begins_operand() and not self.token.spaced and self.all[self.at - 1].text not in ("}", ")"):
                self.fail("how far the exponent goes is not clear: write exp(...)", token)
            return Node("euler", token, (exponent,))
        return self.split(token)

    def differential(self, token, key):
        """d(...) in a derivation, and d log det X."""
        bracket = self.token.text == "("
        if key is not None and not (bracket and not self.token.spaced):
            return Node("name", token, (key,))
        if key is not None:
            self.fail("is this the differential or a product? Write d*(...), or give that d another name", token)
        return Node("differential", token, (self.primary() if bracket else self.nested(self.power),))

    def split(self, token):
        """Declared names side by side, the first of them; the others are put before what follows."""
        word = token.text
        called = self.token.text == "(" and not self.token.spaced
        ways = self.names.splits(word, called)
        if len(ways) > 1:
            both = " or ".join("*".join(way) for way in ways)
            self.fail(f"{word!r} can be read as {both}: write the signs", token)
        if not ways or len(ways[0]) == 1:
            self.undeclared(token)
        place, parts = token.position, []
        for piece in ways[0]:
            parts.append(Token("name", piece, place, token.spaced and not parts))
            place += len(piece)
        self.at -= 1
        self.all[self.at : self.at + 1] = parts
        return self.named()

    def undeclared(self, token):
        word = token.text
        key = self.names.beginning(word)
        rest = word[len(key) :]
        other = next((name for name in self.names.scope if name.lower() == word.lower()), None)
        if self.token.text == "(" and not key:
            self.fail(f"{word!r} is neither a known function nor a declared name", token)
        if word in FUNCTION_WORDS:
            self.fail(f"{word} is a function and needs an argument in brackets", token)
        if other:
            self.fail(f"{word!r} is not declared; {other!r} is", token)
        if key and rest.startswith("_"):
            self.fail(f"{word!r} is not declared; an entry of {key} is written {key}[1,2]", token)
        if not key:
            rest, key = next(
                ((word[:cut], word[cut:]) for cut in range(1, len(word)) if self.is_known(word[cut:])), ("", "")
            )
        if key and not rest[0].isdigit():
            product = f"{key}*{rest}" if word.startswith(key) else f"{rest}*{key}"
            self.fail(f"{word!r} is not declared; if {product} is meant, declare {rest}, as in {rest}: n x k", token)
        self.fail(f"{word!r} is not declared: say what it is, as in {word}: n x k", token)

    def is_known(self, word):
        return word == "I" or self.names.key(word)

    def call(self, word, token):
        opening, spaced = self.token.text, self.token.spaced
        self.at += 1
        arguments, named = self.arguments(word, ")" if opening == "(" else "}")
        if word in WHOLE_PRODUCT and spaced and self.text[token.position] != "\\" and self.begins_operand():
            self.fail(f"how far {word} goes is not clear: write {word}(...) without a space, around all of it", token)
        return Node("call", token, (word, arguments, named))

    def arguments(self, word="", closing=")"):
        """(arguments, {name: value}) of a call up to its closing bracket."""
        arguments, named = [], {}
        self.open.append("ones" if word in ("ones", "zeros") else "(")
        while self.token.text != closing or not arguments and closing == "}":
            if self.token.kind == "name" and self.next.text == "=":
                key = self.token.text
                self.at += 2
                named[key] = self.argument()
            else:
                arguments.append(self.argument())
            if not self.take(","):
                break
        self.open.pop()
        self.expect(closing)
        return tuple(arguments), named

    def argument(self):
        token = self.token
        if token.text in ("'", '"') and self.next.kind == "name":
            word = self.next
            self.at += 2
            self.expect(token.text)
            return Node("word", word, (word.text,))
        if token.text in ("True", "False", "None", "inf", "Inf", "∞") and not self.names.key(token.text):
            self.at += 1
            return Node("word", token, (token.text.lower(),))
        return self.nested(self.sum)

    def raised_function(self, word, token):
        """diag^{-1}(A), the diagonal of A; a power of any other function goes behind its argument."""
        self.at += 1
        if word == "diag" and [t.text for t in self.all[self.at : self.at + 4]] == ["{", "-", "1", "}"]:
            self.at += 4
            if self.token.text == "(":
                return self.call("diag", token)
        return self.fail(f"a power goes behind the argument: write {word}(...)^2, entry by entry {word}(...).^2", token)

    def prefix(self, word, token):
        """A function without brackets: log det S, tr AB."""
        run, first = [], self.nested(self.power)
        while self.begins_operand():
            start = self.token
            run.append((self.beside(start), start, self.power(), start.spaced))
        far = run or first.kind == "power"  # log x^2
        if far and word not in WHOLE_PRODUCT or self.token.text in ("*", "/", ".*", "./", "⊗", "·", "×", "@", "\\"):
            self.fail(f"how far {word} goes is not clear: put its argument in brackets", token)
        argument = Node("chain", first.token, (first, *run)) if run else first
        return Node("call", token, (word, (argument,), {}))
