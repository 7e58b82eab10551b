r"""Problems without end: gradients and Hessians to work out by hand, made from a seed, each with hints and a judge.

A family is a kind of problem, a level from 1 to 5 how much is asked. The same seed gives the same problems, in this
package and in the page.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import cached_property
from random import Random

import sympy as sp

from .derivation import derive
from .gradient import gradient
from .jacobian import hessian
from .judge import SECONDS, check, same
from .notation import parse, read, write
from .patterns import FAMILIES, drawn
from .tex import latex

LEVELS = (1, 2, 3, 4, 5)
LINE = 72  # characters of an answer at levels 1 to 3
TRIES = 200  # draws until one is no worse than it may be
PAGE = "09-practice.html"


@dataclass(frozen=True)
class Problem:
    """A problem: find the gradient of J by X, or its Hessian.

    family, level, seed: where it comes from. symbols, definitions, text: what is given, in plain notation; variable:
    the name of X; asked: "gradient" or "Hessian".
    """

    family: str
    level: int
    seed: int
    symbols: str
    definitions: str
    text: str
    variable: str

    @property
    def asked(self):
        return "Hessian" if self.family == "second order" else "gradient"

    @cached_property
    def scope(self):
        """The names, as `notation.read` gives them."""
        return read(self.definitions, read(self.symbols))

    @cached_property
    def J(self):
        return parse(self.text, self.scope)

    @property
    def X(self):
        return self.scope[self.variable]

    @cached_property
    def names(self):
        """{name: expression} of what is defined."""
        return {name: value for name, value in self.scope.items() if value.is_Matrix and not value.is_symbol}

    @cached_property
    def answer(self):
        """The gradient or the Hessian, as the engine writes it."""
        return hessian(self.J, self.X) if self.asked == "Hessian" else gradient(self.J, self.X)

    @property
    def answer_text(self):
        """The answer in plain notation."""
        return write(self.answer, {value: name for name, value in self.names.items()})

    @property
    def answer_latex(self):
        """The answer in LaTeX."""
        return latex(self._own(self.answer))

    @property
    def statement(self):
        """What is asked, as Markdown with LaTeX."""
        shapes = ", ".join(rf"${latex(s)} \in {_space(s)}$" for s in self._symbols)
        given = "".join(rf", where ${name} = {latex(self._own(value, name))}$" for name, value in self.names.items())
        wanted = rf"$\partial J/\partial {self.variable}$" if self.asked == "gradient" else r"$\nabla^2 J$"
        return f"$J = {latex(self._own(self.J))}${given}. Find the {self.asked} {wanted}. Here {shapes}."

    @property
    def _symbols(self):
        free = set().union(*(e.free_symbols for e in (self.J, *self.names.values())))
        return sorted((s for s in free if not s.is_integer), key=str)

    def _own(self, expr, but=None):
        """The expression with the defined names in it."""
        for name, value in reversed(self.names.items()):
            if name != but:
                expr = expr.xreplace({value: sp.MatrixSymbol(name, *value.shape)})
        return expr

    def check(self, text, seconds=SECONDS):
        """The verdict on an answer in plain notation or LaTeX; NotationError if it cannot be read."""
        shape = self.X if self.asked == "gradient" else sp.MatrixSymbol("H", self.X.rows, self.X.rows)
        claimed = parse(text, self.scope, shape)
        if self.asked == "Hessian":
            return same(claimed, self.answer, seconds)
        return check(
            self.J, self.X, claimed, names={value: name for name, value in self.names.items()}, seconds=seconds
        )

    def hints(self):
        """What helps, from little to much, in Markdown: the first rule, the differential, the lines behind it."""
        if self.asked == "Hessian":
            first = gradient(self.J, self.X)
            return [
                "Find the gradient first. The Hessian is the derivative of that.",
                f"The gradient is ${latex(first)}$.",
                f"Its differential is linear in d{self.variable}: what stands before d{self.variable} is the Hessian.",
            ]
        steps = [step for step in derive(self.J, self.X, self.names) if _name(step.left).startswith(("d", "∂"))]
        first, *rest = steps[:-1] if len(steps) > 1 else steps
        lines = [f"${latex(step.left)} = {' + '.join(map(latex, step.terms))}$" for step in (first, *rest)]
        return [f"The first rule is: {first.rule}.", f"The differential: {lines[0].replace('+ -', '-')}"] + [
            f"The next line: {line.replace('+ -', '-')}" for line in lines[1:]
        ]


def _name(symbol):
    return getattr(symbol, "name", str(symbol))


def _space(symbol):
    if not symbol.is_Matrix:
        return r"\mathbb{R}"
    rows, cols = symbol.shape
    return rf"\mathbb{{R}}^{{{rows}}}" if cols == 1 else rf"\mathbb{{R}}^{{{rows} \times {cols}}}"


def problem(seed, level=1, family=None):
    """The problem of this seed, of a level and a family of FAMILIES, or any.

    Raises ValueError for a level or a family that there is not, or a seed that is no whole number.
    """
    if level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(map(str, LEVELS))}, got {level!r}")
    if family is not None and family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, got {family!r}")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise ValueError(f"seed must be a whole number, got {seed!r}")
    random = Random(f"{seed} {level} {family}")
    for _ in range(TRIES):
        kind = family or random.choice(list(FAMILIES))
        found = Problem(kind, level, seed, *drawn(random, kind, level))
        if _is_fair(found):
            return found
    raise ArithmeticError(f"no problem was found for seed {seed}, level {level}, family {family}")


def _is_fair(found):
    """Whether the answer is neither zero nor too long, and the problem not free of X."""
    if found.X not in found.J.free_symbols:
        return False
    zero = isinstance(found.answer, sp.ZeroMatrix) or found.answer == 0
    return not zero and (found.level > 3 or len(found.answer_text) <= LINE)


def problems(count, level=1, seed=0, family=None):
    """So many problems, no two of them the same, from seed on."""
    found, seen, number = [], set(), seed * 10_000
    while len(found) < count:
        one = problem(number, level, family)
        number += 1
        if one.text not in seen:
            seen.add(one.text)
            found.append(one)
        if number - seed * 10_000 > TRIES * count:
            raise ValueError(f"there are not {count} different problems of level {level} in the family {family}")
    return found


# ---- a sheet ----


def sheet(level, count, seed, family=None, form="markdown", solutions=False):
    """A page of problems as text: form is "markdown" or "latex"."""
    found = problems(count, level, seed, family)
    link = f"{PAGE}#level={level}&count={count}&seed={seed}" + (f"&family={family.replace(' ', '+')}" if family else "")
    title = f"Matrix gradients, level {level}, sheet {seed}"
    parts = [_in_form(one, form, solutions) for one in found]
    if form == "latex":
        items = "\n".join(rf"\item {part}" for part in parts)
        return (
            "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n"
            f"\\section*{{{title}}}\n\\begin{{enumerate}}\n{items}\n\\end{{enumerate}}\n"
            f"\\noindent The same problems in the page: \\texttt{{{_escaped(link)}}}\n\\end{{document}}\n"
        )
    items = "\n".join(f"{number}. {part}" for number, part in enumerate(parts, 1))
    return f"# {title}\n\n{items}\n\nThe same problems in the page: `{link}`\n"


def _escaped(text):
    return text.replace("#", r"\#").replace("&", r"\&").replace("_", r"\_")


def _in_form(one, form, solutions):
    if not solutions:
        return one.statement
    right = one.answer_latex
    return f"{one.statement} {chr(92) * 2 if form == 'latex' else '<br>'} *Solution:* ${right}$".replace(
        "*Solution:*", r"\emph{Solution:}" if form == "latex" else "*Solution:*"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m hwlib.matrix_calculus.practice", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--level", type=int, choices=LEVELS, default=1, help="how hard, from 1 to 5 (default: 1)")
    parser.add_argument("--count", type=int, default=10, help="how many problems (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same sheet (default: 1)")
    parser.add_argument("--family", choices=list(FAMILIES), help="only this kind of problem")
    parser.add_argument("--form", choices=("markdown", "latex"), default="markdown", help="(default: markdown)")
    parser.add_argument("--solutions", action="store_true", help="with the solutions")
    options = parser.parse_args(arguments)
    if options.count < 1:
        parser.error(f"--count must be at least 1, got {options.count}")
    sys.stdout.write(sheet(options.level, options.count, options.seed, options.family, options.form, options.solutions))


if __name__ == "__main__":
    main()
