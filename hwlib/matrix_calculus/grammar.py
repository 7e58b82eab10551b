"""Tokens as a tree: which operation stands where. What the letters mean, and of which shape, is not asked here.

sum        : product (("+" | "-") product)*
product    : ("-" | "+")* power (("*" | "/" | "\\" | ".*" | "./" | "⊗" | nothing) ("-" | "+")* power)*
power      : primary ("'" | "^" exponent | ".^" exponent | "[" sum ("," sum)? "]" | "." word)*
exponent   : "T" | "-T" | "{" sum "}" | ("-" | "+")? primary
primary    : number | name | function "(" sum ("," sum)* ")" | function power
           | "(" sum ")" | "||" sum "||" | "|" sum "|" | "<" sum "," sum ">" | "√" primary | \\frac{sum}{sum}
"""

from typing import NamedTuple

from .names import FUNCTION_WORDS, Names
from .tokens import LATEX_WORDS, NotationError, Token, tokens
from .words import ALIASES, CALLS, FUNCTIONS, METHODS, WHOLE_PRODUCT

DEEPEST = 100  # brackets within brackets; Python's own stack ends soon after
MOST = 500  # names, numbers and signs; the longest gradient of the textbook suite has 200


class Node(NamedTuple):
    """An operation at a place of the text; its parts are nodes, words and signs."""

    kind: str
    token: Token
    parts: tuple = ()


class Parser:
    """Recursive descent, one method a line of the grammar."""

    def __init__(self, text, scope, start=0, end=None):
        self.text, self.names = text, Names(scope)
        self.all, self.at, self.open, self.depth = tokens(text, start, end), 0, [], 0
        if len(self.all) > MOST:
            self.fail(f"more than {MOST} names, numbers and signs: name a part and use the name", self.all[MOST])

    def tree(self):
        """The tree of the whole text."""
        node = self.sum()
        if self.token.kind != "end":
            self.fail(self.unexpected())
        return node

    # ---- tokens ----

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

    # ---- sums and products ----

    def sum(self):
        first = self.product()
        terms = [("+", first.token, first)]
        while sign := self.take("+", "-"):
            terms.append((sign.text, sign, self.product()))
        return first if len(terms) == 1 else Node("sum", first.token, tuple(terms))

    def signs(self):
        """Whether the signs before an operand make it negative."""
        negative = False
        while sign := self.take("-", "+"):
            negative ^= sign.text == "-"
        return negative

    def product(self):
        token, negative = self.token, self.signs()
        node = self.chain(self.power())
        return Node("negative", token, (node,)) if negative else node

    def chain(self, first):
        rest = []
        while True:
            if sign := self.take("*", "/", "\\", ".*", "./", "⊗", "@", "·", "×"):
                start, negative = self.token, self.signs()
                right = self.power()
                right = Node("negative", start, (right,)) if negative else right
                rest.append((sign.text, sign, right, sign.spaced or start.spaced))
            elif self.begins_operand():
                token = self.token
                self.refuse_number_beside(token, rest[-1][2] if rest else first)
                rest.append((self.beside(token), token, self.power(), token.spaced))
            else:
                return Node("chain", first.token, (first, *rest)) if rest else first

    def begins_operand(self):
        token = self.token
        if token.kind in ("number", "name", "ones"):
            return True
        if token.kind != "sign":
            return False
        if token.text in ("|", "||"):
            return not self.closes_bars()
        return token.text in ("(", "{", "[", "frac", "√", "⟨") or (token.text == "<" and "<" not in self.open)

    def refuse_number_beside(self, token, before):
        if token.kind == "number" and (before.kind == "number" or not token.spaced and before.kind == "name"):
            self.fail(f"a sign is missing before {token.text!r}: * for a product, ^ for a power", token)

    def beside(self, token):
        """The sign of a product without one; "\\" with a Greek word after a letter could be a left division."""
        position = token.position
        greek = self.text[position] == "\\" and token.text in LATEX_WORDS and token.kind == "name"
        plain = self.text[max(position - 1, 0)].isalnum() and "\\" not in self.text[:position]
        return "\\?" if greek and plain and not token.spaced and self.names.key(token.text) else ""

    # ---- powers ----

    def power(self):
        node, raised = self.primary(), False
        while True:
            token = self.token
            if token.text == "[" and token.kind == "sign" and not (token.spaced and node.kind == "number"):
                node = self.bracketed(node, token)
            elif self.take("'", "⊤"):
                node, raised = Node("transpose", token, (node,)), False
            elif token.kind == "raised":
                self.at += 1
                node, raised = self.superscript(node, token), True
            elif token.text in ("^", "**", ".^") and token.kind == "sign":
                if raised:
                    self.fail(
                        f"a power of a power is read differently by different people: write (a{token.text}b)"
                        f"{token.text}c or a{token.text}(b{token.text}c)",
                        token,
                    )
                self.at += 1
                node, raised = self.raised(node, token)
            elif self.take("."):
                node = self.method(node, token)
            elif token.text == "_" and token.kind == "sign":
                node = self.indexed(node, token)
            else:
                return node

    def superscript(self, node, token):
        text = token.text
        if text.endswith("T"):
            node = Node("transpose", token, (node,))
            text = text.replace("T", "1") if "-" in text else ""
        return Node("power", token, (node, self.number(text, token), "^")) if text else node

    def number(self, text, token):
        if text.startswith("-"):
            return Node("negative", token, (self.number(text[1:], token),))
        return Node("number", token, (text,))

    def raised(self, base, token):
        """The power that a sign begins, and whether it is more than a transpose."""
        if self.takes_transpose():
            if token.text == ".^":
                self.fail("a transpose is written A' or A^T", token)
            return Node("transpose", token, (base,)), False
        if self.takes_transpose(inverse=True):
            flipped = Node("transpose", token, (base,))
            return Node("power", token, (flipped, self.number("-1", token), "^")), True
        sign = token.text
        if self.token.text in ("*", "†") or self.token.text == "+" and self.next.kind != "number":
            self.fail(f"^{self.token.text} is not read: matrices are real, their transpose is A', their inverse inv(A)")
        exponent, sign = self.exponent(sign)
        return Node("power", token, (base, exponent, sign)), True

    def exponent(self, sign):
        """(exponent, sign), the sign being .^ for LaTeX's ^{\\odot 2}."""
        start = self.token
        if self.take("{"):
            if self.take(".*"):
                sign = ".^"
            node = self.nested(self.sum)
            self.expect("}")
            return node, sign
        negative = self.signs()
        token, before = self.token, self.at
        node = self.primary()
        if token.kind == "name" and self.all[before].text != token.text:
            self.fail(f"the exponent {token.text!r} is a product: put it in brackets", token)
        if node.kind == "number" and node.parts == ("1",) and self.token.text == "/" and self.next.kind == "number":
            self.fail("write the fraction in brackets, as in A^(1/2), or the power, as in (A^-1)/2", start)
        return (Node("negative", start, (node,)) if negative else node), sign

    def is_euler(self, token):
        return token.text == "e" and token.kind == "name" and not self.names.key("e")

    def takes_transpose(self, inverse=False):
        """Whether a T or {T}, -T or {-T}, follows; in W^Tx only the T is taken."""
        at, braced = self.at, self.token.text == "{"
        at += braced
        if inverse:
            if self.all[at].text != "-":
                return False
            at += 1
        word = self.all[at]
        if word.text in ("⊤", "'") and word.kind == "sign":
            rest = ""
        elif word.kind == "name" and word.text[0] == "T" and not self.is_scalar(word.text):
            rest = word.text[1:]
        else:
            return False
        if braced and (rest or self.all[at + 1].text != "}"):
            return False
        if self.is_scalar("T") and word.text[0] == "T":
            self.fail("T is a declared scalar: write A' for the transpose, A^(T) for the power", word)
        if rest and not (
            self.names.key(rest) or self.names.splits(rest, self.all[at + 1].text == "(") or rest in FUNCTION_WORDS
        ):
            return False
        if rest:
            self.all[at] = Token("name", rest, word.position + 1)
            self.at = at
        else:
            self.at = at + 1 + braced
        return True

    def is_scalar(self, word):
        key = self.names.key(word)
        return key is not None and not self.names.scope[key].is_Matrix

    def bracketed(self, base, token):
        """An entry, A[1,2]; square brackets of any other content are brackets: a product."""
        self.expect("[")
        indices = [self.inner_sum("[")]
        while self.take(","):
            indices.append(self.inner_sum("["))
        self.expect("]")
        return Node("entry", token, (base, *indices))

    def indexed(self, base, token):
        r"""LaTeX's entry, A_{1,2}."""
        self.at += 1
        indices = []
        if self.take("{"):
            indices.append(self.inner_sum("{"))
            while self.take(","):
                indices.append(self.inner_sum("{"))
            self.expect("}")
        if len(indices) != 2:
            self.fail("an index is not read here: an entry is written A[1,2], a name x_1 in one word", token)
        return Node("entry", token, (base, *indices))

    def inner_sum(self, bracket):
        if self.token.text == ":":
            self.fail("slices are not read")
        return self.within(bracket, self.sum)

    def within(self, bracket, rule):
        self.open.append(bracket)
        node = self.nested(rule)
        self.open.pop()
        return node

    def method(self, node, dot):
        token = self.token
        self.at += 1
        if token.kind != "name" or token.text not in METHODS:
            self.fail(f"'.{token.text}' is not read; of NumPy's attributes {', '.join(sorted(METHODS))} are", dot)
        if token.text == "T":
            return Node("transpose", token, (node,))
        if token.text == "shape":
            self.expect("[")
            index = self.token
            self.at += 1
            if index.text not in ("0", "1"):
                self.fail("shape has the entries 0 and 1", index)
            self.expect("]")
            return Node("size", token, (node, int(index.text)))
        arguments, named = self.arguments() if self.take("(") else self.fail("'(' is missing", self.token)
        return Node("call", token, (METHODS[token.text], (node, *arguments), named))

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
