"""The patterns of the practice problems: a family and a level, and texts with places for letters, numbers, functions.

In a pattern {A}, {B}, {C} stand for square matrices, each transposed or not; {a}, {b} for columns; {c} for a number in
front, nothing being 1; {f}, {g} for functions of every entry. The letters are drawn, so that no two sheets are alike.
"""

from __future__ import annotations

import re

SQUARE, COLUMNS = "ABCDMPQR", "abchpqrw"
NUMBERS = ("", "", "2*", "3*", "4*", "5*", "1/2*", "1/3*", "-", "-2*")
FUNCTIONS = ("exp", "tanh", "sigmoid", "sin", "square")

# family: {level: patterns}; before a colon the variable with its shape, which is else X: n x n or x: n
FAMILIES = {
    "traces": {
        1: ["{c}tr({A}*X)", "{c}tr({A}*X*{B})", "{c}{a}'*X*{b}", "{c}tr(X'*{A}) + {c}tr(X)", "{c}tr({A}*X'*{B})"],
        2: ["{c}tr(X'*{A}*X)", "{c}tr({A}*X) + {c}tr(X'*X)", "{c}tr(X*{A}*X')", "{c}tr(X*X*{A})"],
        3: ["{c}tr({A}*X*{B}*X')", "{c}tr(X*{A}*X*{B})", "{c}tr(X'*{A}*X) + {c}{a}'*X*{b}"],
        4: ["{c}tr({A}*X*{B}*X'*{C}) + {c}tr(X'*X)", "{c}tr(X*X*X*{A})", "{c}tr({A}*X)^2 + {c}tr(X'*{B}*X)"],
        5: ["{c}tr({A}*X)^2*tr(X'*{B}*X)", "{c}tr(X'*{A}*X*{B}*X'*X)", "{c}tr((X'*{A}*X)^2)"],
    },
    "quadratic forms": {
        1: ["{c}x'*x + {c}{a}'*x", "{c}norm(x - {a})^2", "{c}x'*{A}*x"],
        2: ["{c}x'*{A}*x + {c}{b}'*x", "{c}norm({A}*x)^2", "{c}x'*{A}*x + {c}x'*x"],
        3: ["{c}norm({A}*x - {b})^2", "{c}norm({A}*x - {b})^2 + {c}x'*x", "{c}(x - {a})'*{A}*(x - {a})"],
        4: ["{c}(x'*{A}*x)^2", "{c}(x'*{A}*x)*({b}'*x)", "{c}norm({A}*x - {b})^2 + {c}x'*{B}*x"],
        5: ["{c}(x'*{A}*x)/(x'*x)", "{c}sqrt(1 + x'*{A}*{A}'*x)", "{c}log(1 + norm({A}*x - {b})^2)"],
    },
    "inverses": {
        1: ["{c}tr(inv(X))", "{c}tr({A}*inv(X))", "{c}{a}'*inv(X)*{b}"],
        2: ["{c}tr({A}*inv(X)*{B})", "{c}{a}'*inv(X)*{b} + {c}tr(X)", "{c}tr({A}*inv(X)')"],
        3: ["{c}norm(inv(X)*{a})^2", "{c}tr({A}*inv(X)*{B}*X)", "{c}tr({A}*inv(X)) + {c}tr(X'*X)"],
        4: ["{c}tr({B}*inv(X + {A}))", "{c}{a}'*inv(X*X)*{b}", "{c}tr({A}*inv(X)*{B}*inv(X))"],
        5: ["{c}{a}'*inv(X'*X)*{b}", "{c}tr({A}*inv(X'*X + I(n))*{B})", "{c}{a}'*inv({A}*X + {B})*{b}"],
    },
    "determinants": {
        1: ["{c}log(det(X))", "{c}det(X)", "{c}log(det(X)) + {c}tr(X)", "{c}log(det(X)) + {c}tr({A}*X)"],
        2: ["{c}log(det({A}*X))", "{c}log(det(X + {A}))", "{c}log(det(X)) + {c}tr(X'*X)", "{c}det({A}*X*{B})"],
        3: ["{c}log(det(X)) + {c}tr({A}*inv(X))", "{c}log(det({A}*X + {B}))", "{c}log(det(X)) + {c}{a}'*inv(X)*{b}"],
        4: ["{c}log(det(X'*X + {A}))", "{c}det(X)*tr({A}*X)", "{c}log(det(X)) + {c}norm(inv(X)*{a})^2"],
        5: ["{c}log(det(I(n) + X*{A}*X'))", "{c}det(X'*{A}*X + {B})", "{c}log(det(X*X + {A}))"],
    },
    "entrywise functions": {
        1: ["{c}sum({f}(x))", "{c}{a}'*{f}(x)", "{c}sum({f}(X))"],
        2: ["{c}sum({f}({A}*x))", "{c}{b}'*{f}(x) + {c}x'*x", "{c}sum({A} .* {f}(X))"],
        3: ["{c}{b}'*{f}({A}*x)", "{c}sum({f}({A}*x + {b}))", "{c}norm({f}(x) - {a})^2"],
        4: ["{c}norm({f}({A}*x) - {b})^2", "{c}{a}'*{f}(X*{b})", "{c}sum({f}({A}*x) .* {f}(x))"],
        5: ["{c}{a}'*{f}({A}*{g}(x))", "{c}sum({f}({A}*X*{B}) .* X)", "{c}norm({f}({A}*{g}(x)) - {b})^2"],
    },
    "softmax": {
        1: ["{c}log(sum(exp(x)))", "{c}log(sum(exp(x))) + {c}{a}'*x", "{c}log(sum(exp(x))) + {c}x'*x"],
        2: ["{c}log(sum(exp({A}*x)))", "{c}log(sum(exp(x + {a})))", "{c}{a}'*softmax(x)"],
        3: ["log(sum(exp({A}*x))) + {c}{a}'*x", "{c}{a}'*log(softmax(x))", "{c}log(sum(exp({A}*x + {b})))"],
        4: ["{c}{a}'*log(softmax({A}*x))", "{c}{a}'*softmax({A}*x)", "{c}norm(softmax(x) - {a})^2"],
        5: [
            "{c}{a}'*log(softmax({A}*x + {b}))",
            "W: n x k | {c}sum(log(exp({A}*W)*ones(k,1))) + {c}tr({B}'*W*ones(k,n))",
        ],
    },
    "layers": {
        1: ["W: n x k, z = W'*{a} + u, u: k, v: k | {c}v'*z", "W: n x k, v: k | {c}v'*W'*{a} + {c}norm(W)^2"],
        2: ["W: n x k, v: k | {c}norm(W'*{a} - v)^2", "W: n x k, u: k, v: k | {c}norm(W'*{a} + u - v)^2"],
        3: ["W: n x k, u: k, s = {f}(W'*{a}) | {c}norm(s - u)^2", "W: n x k, u: k, s = {f}(W'*{a}) | {c}u'*s"],
        4: [
            "W: d x k, X: m x d, Y: m x k, S = {f}(X*W) | {c}norm(S - Y)^2",
            "W: d x k, X: m x d, Y: m x k | {c}sum(Y .* {f}(X*W))",
        ],
        5: [
            "W: d x h, X: m x d, Y: m x k, V: h x k, S = {f}(X*W) | {c}norm(S*V - Y)^2",
            "W: d x h, X: m x d, v: h, y: m, S = {f}(X*W) | {c}norm(S*v - y)^2 + {c}norm(W)^2",
        ],
    },
    "Kronecker products": {
        1: ["{c}tr(kron({A}, X))", "{c}tr(kron(X, {A}))", "{c}tr(kron({A}, X)) + {c}tr(X)"],
        2: ["{c}tr(kron({A}, {B}*X))", "{c}tr(kron({A}*X, {B}))", "{c}tr(kron({A}, X)*kron({B}, {C}))"],
        3: ["{c}tr(kron(X, X))", "{c}tr(kron({A}, X'*X))", "{c}tr(kron({A}, X) + kron(X, {B}))"],
        4: ["{c}tr(kron(X, {A}*X))", "{c}tr(kron({A}, X)*kron(X, {B}))", "{c}tr(kron({A}*X, X*{B}))"],
        5: ["{c}tr(kron(X, {A})*kron({B}, X'))", "{c}tr(kron(X'*X, {A}*X))", "{c}tr(kron({A}, inv(X)))"],
    },
    "second order": {
        1: ["{c}x'*{A}*x", "{c}x'*x + {c}{a}'*x", "{c}x'*{A}*x + {c}{a}'*x"],
        2: ["{c}norm({A}*x - {b})^2", "{c}x'*{A}*x + {c}norm(x)^2", "{c}norm({A}*x)^2 + {c}{b}'*x"],
        3: ["{c}sum({f}(x))", "{c}{a}'*{f}(x)", "{c}sum({f}(x)) + {c}x'*{A}*x"],
        4: ["{c}sum({f}({A}*x))", "{c}log(sum(exp(x)))", "{c}({a}'*x)^2 + {c}sum({f}(x))"],
        5: ["{c}(x'*{A}*x)^2", "{c}log(1 + x'*x)", "{c}log(sum(exp({A}*x)))"],
    },
}


def drawn(random, family, level):
    """(symbols, definitions, J, the variable's name) of a random problem, in plain notation."""
    pattern = random.choice(FAMILIES[family][level])
    head, _, text = pattern.rpartition(" | ")
    letters = dict(zip("ABC", random.sample(SQUARE, 3), strict=True))
    letters |= dict(zip("ab", random.sample(COLUMNS, 2), strict=True))
    functions = iter(random.sample(FUNCTIONS, 2))
    chosen = {}

    def filled(match):
        place = match[1]
        if place == "c":
            return random.choice(NUMBERS)
        if place in "fg":
            return chosen.setdefault(place, next(functions))
        return letters[place] + random.choice(("", "'")) if place in "ABC" else letters[place]

    text, head = (re.sub(r"\{(\w)\}", filled, part) for part in (text, head))
    text = _tidy(text)
    given = [part.strip() for part in head.split(", ")] if head else []
    shapes = [part for part in given if "=" not in part]
    definitions = [part for part in given if "=" in part]
    variable = shapes[0].split(":")[0] if shapes else "X" if re.search(r"\bX\b", text) else "x"
    shapes = shapes or [f"{variable}: n x n" if variable == "X" else "x: n"]
    used = re.findall(r"\b[A-Za-z]\b", " ".join([text, *definitions]))
    taken = {part.split(":")[0] for part in shapes} | {part.split(" =")[0] for part in definitions}
    shapes += [f"{name}: n x n" for name in letters.values() if name in SQUARE and name in used and name not in taken]
    shapes += [f"{name}: n" for name in letters.values() if name in COLUMNS and name in used and name not in taken]
    return ", ".join(shapes), "\n".join(definitions), text, variable


def _tidy(text):
    """Two signs as one: a + -2*b as a - 2*b, A'' as A."""
    text = text.replace("+ -", "- ").replace("''", "")
    return text
