"""Tokens as a tree: which operation stands where. What the letters mean, and of which shape, is not asked here.

sum        : product (("+" | "-") product)*
product    : ("-" | "+")* power (("*" | "/" | "\\" | ".*" | "./" | "⊗" | nothing) ("-" | "+")* power)*
power      : primary ("'" | "^" exponent | ".^" exponent | "[" sum ("," sum)? "]" | "." word)*
exponent   : "T" | "-T" | "{" sum "}" | ("-" | "+")? primary
primary    : number | name | function "(" sum ("," sum)* ")" | function power
           | "(" sum ")" | "||" sum "||" | "|" sum "|" | "<" sum "," sum ">" | "√" primary | \\frac{sum}{sum}
"""

from .cursor import Node
from .names import FUNCTION_WORDS
from .operands import Operands
from .tokens import LATEX_WORDS, Token
from .words import METHODS


class Parser(Operands):
    """Recursive descent, one method a line of the grammar."""

    def tree(self):
        """The tree of the whole text."""
        node = self.sum()
        if self.token.kind != "end":
            self.fail(self.unexpected())
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
