# ruff: noqa: E501  a printed formula stands on one line
"""Chapter 2 of the Matrix Cookbook put to the test: its formulas (33) to (144) as data, each verdict by the engine.

Kaare Brandt Petersen and Michael Syskind Pedersen, *The Matrix Cookbook*, version of November 15, 2012, in our
notation. What is printed of one formula are one or more questions; each is proved for all sizes, or it is not.

- `gradient`: J by X is the claim. `differential`: the change of a matrix F is the claim, linear in dX; asked as the
  gradient of tr(P'F) for any P, so that J's own slopes decide here too. An entry of F is the case P = eᵢeⱼ'.
- `equal`: two expressions are equal, where hypotheses hold. `hessian`, `jacobian`: so is a second derivative.

`python -m hwlib.matrix_calculus.cookbook` prints the rows and fails where a verdict is not the expected one.
"""

from __future__ import annotations

import sys
from functools import cached_property
from itertools import product
from typing import NamedTuple

import sympy as sp

from .changes import as_gradient
from .counterexamples import counterexample
from .derivation import derive
from .gradient import gradient as gradient_of
from .hypotheses import Hypotheses, as_matrix
from .jacobian import hessian as hessian_of
from .jacobian import jacobian as jacobian_of
from .judge import check, same
from .notation import parse, read
from .numpy_code import to_numpy
from .points import Sampler
from .questions import AGREES, Gradient

PROVED, CONVENTION, MISPRINT, DEFINITION = "proved", "proved under its convention", "misprint", "definition"
WORDS = {
    PROVED: "proved for all sizes",
    CONVENTION: "proved for all sizes, under the convention that is printed",
    MISPRINT: "misprint",
    DEFINITION: "a definition, nothing to prove",
}


class Question(NamedTuple):
    """One thing that is claimed, as text: kind, declarations and hypotheses, the expression, by what, the claim."""

    kind: str
    declared: str
    given: str
    by: str
    claim: str

    @property
    def scope(self):
        return read(self.declared)

    def parts(self):
        """(J or left side, X or None, claim or right side) as expressions; a differential as the gradient it is."""
        scope = self.scope
        F = parse(self.given, scope)
        if self.kind == "equal":
            return F, None, parse(self.claim, scope)
        X = scope[self.by]
        if self.kind == "differential":
            dX = _same_shape(X, f"d{X.name}")
            J, by_X = as_gradient(F, X, parse(self.claim, {**scope, dX.name: dX}), dX)
            return J, X, by_X
        if self.kind in ("hessian", "jacobian"):
            return (hessian_of if self.kind == "hessian" else jacobian_of)(F, X), None, parse(self.claim, scope)
        return F, X, parse(self.claim, scope, X)

    def verdict(self):
        """What the judge says."""
        scope = self.scope
        with sp.assuming(*map(sp.Q.symmetric, scope.symmetric)):
            left, X, right = self.parts()
            if X is None:
                return same(left, right, assuming=scope.assumed)
        return check(left, X, right, symmetric=scope.symmetric, assuming=scope.assumed)


def _same_shape(X, name):
    return sp.MatrixSymbol(name, *X.shape) if X.is_Matrix else sp.Symbol(name, real=True)


def gradient(declared, J, X, claim):
    return Question("gradient", declared, J, X, claim)


def differential(declared, F, X, claim):
    return Question("differential", declared, F, X, claim)


def equal(declared, left, right):
    return Question("equal", declared, left, "", right)


def hessian(declared, J, x, claim):
    return Question("hessian", declared, J, x, claim)


def jacobian(declared, f, x, claim):
    return Question("jacobian", declared, f, x, claim)


class Formula:
    """One numbered formula: what is printed, the questions that it asks, and for a misprint those of the right one."""

    def __init__(self, number, printed, *questions, expected=PROVED, right="", corrected=(), note=""):
        self.number, self.printed, self.questions, self.expected = number, printed, questions, expected
        self.right, self.corrected, self.note = right, corrected, note

    @cached_property
    def verdicts(self):
        """The judge's verdicts on what is printed."""
        return [question.verdict() for question in self.questions]

    @cached_property
    def verdict(self):
        """One of the keys of WORDS, or "open" where the engine does not come to one."""
        how = [verdict.how for verdict in self.verdicts]
        if not how:
            return DEFINITION
        if self.corrected:
            proved = all(question.verdict().how == "proved" for question in self.corrected)
            return MISPRINT if "refuted" in how and proved else "open"
        if all(word == "proved" for word in how):
            return CONVENTION if self.expected == CONVENTION else PROVED
        return CONVENTION if all(word in ("proved", "convention") for word in how) else "open"

    @property
    def counterexample(self):
        """Where what is printed is wrong, with both values."""
        return next((v.counterexample for v in self.verdicts if v.counterexample), None)


SQUARE = "X: n x n, A: n x n, B: n x n, a: n, b: n"
TWO = "X: m x n, Y: m x n"
JETS = "Y0: n x n, Y1: n x n, Y2: n x n, t: scalar"
FORM = "x: m, A: m x n, s: n, W: m x m symmetric"
RATIO = "X: m x n, A: n x n, B: m x m symmetric, C: m x m symmetric"
SYMMETRIC = "X: n x n symmetric, A: n x n"
EIGEN = """A: n x n symmetric, D: n x n symmetric, v: n, w: n, l: scalar, m: scalar
assume v'*v = 1; assume A*v = l*v"""


def _power_sum(n, term):
    """The sum over r = 0 … n − 1 that is printed, written out for one n; term gives the text for r and n − 1 − r."""
    return " + ".join(term(f"X^{r}" if r else "I(n)", f"X^{n - 1 - r}" if n - 1 - r else "I(n)") for r in range(n))


POWERS = (1, 2, 3, 4)  # n for which a sum over r is asked one by one; the step from n to n + 1 is asked for all n
STEP = (
    "For each n up to 4, and from n to n + 1 by the product rule: the sum for n + 1 is the sum for n times X, plus "
    "Xⁿ dX. With both it holds for all n."
)
POWER_STEP = jacobian(
    "X: n x n, D: n x n, S: n x n, Q: n x n, t: scalar",
    "(Q + t*S)*(X + t*D)",
    "t",
    "S*(X + t*D) + (Q + t*S)*D",
)


def formulas():
    """The 112 formulas, in their order."""
    return [
        Formula(33, r"\d A = 0", differential("X: m x n, A: m x n", "A", "X", "0*dX"), note="A is a constant."),
        Formula(34, r"\d(\alpha X) = \alpha\, \d X", differential(f"{TWO}, t: scalar", "t*X", "X", "t*dX")),
        Formula(
            35,
            r"\d(X + Y) = \d X + \d Y",
            differential(TWO, "X + Y", "X", "dX"),
            differential(TWO, "X + Y", "Y", "dY"),
        ),
        Formula(36, r"\d \operatorname{tr} X = \operatorname{tr} \d X", differential(SQUARE, "tr(X)", "X", "tr(dX)")),
        Formula(
            37,
            r"\d(XY) = (\d X) Y + X (\d Y)",
            differential("X: m x n, Y: n x k", "X*Y", "X", "dX*Y"),
            differential("X: m x n, Y: n x k", "X*Y", "Y", "X*dY"),
        ),
        Formula(
            38,
            r"\d(X \odot Y) = (\d X) \odot Y + X \odot (\d Y)",
            differential(TWO, "X .* Y", "X", "dX .* Y"),
            differential(TWO, "X .* Y", "Y", "X .* dY"),
        ),
        Formula(
            39,
            r"\d(X \otimes Y) = (\d X) \otimes Y + X \otimes (\d Y)",
            gradient(KRON, "tr(kron(C, D)'*kron(X, Y))", "X", "tr(D'*Y)*C"),
            gradient(KRON, "tr(kron(C, D)'*kron(X, Y))", "Y", "tr(C'*X)*D"),
            equal(f"{KRON}, E: m x n", "tr(kron(C, D)'*kron(E, Y))", "tr((tr(D'*Y)*C)'*E)"),
            note="Asked against every C ⊗ D: the matrices of this form span all matrices.",
        ),
        Formula(40, r"\d X^{-1} = -X^{-1} (\d X) X^{-1}", differential(SQUARE, "inv(X)", "X", "-inv(X)*dX*inv(X)")),
        Formula(
            41,
            r"\d \det X = \operatorname{tr}(\operatorname{adj}(X)\, \d X)",
            differential(SQUARE, "det(X)", "X", "tr(det(X)*inv(X)*dX)"),
            note="The adjugate is det(X) X⁻¹ where X is invertible; both sides are polynomials, so it holds at all X.",
        ),
        Formula(
            42,
            r"\d \det X = \det X \operatorname{tr}(X^{-1} \d X)",
            differential(SQUARE, "det(X)", "X", "det(X)*tr(inv(X)*dX)"),
        ),
        Formula(
            43,
            r"\d \log\det X = \operatorname{tr}(X^{-1} \d X)",
            differential(SQUARE, "log(det(X))", "X", "tr(inv(X)*dX)"),
        ),
        Formula(44, r"\d X^\top = (\d X)^\top", differential(TWO, "X'", "X", "dX'")),
        Formula(
            45,
            r"\d X^{\mathsf H} = (\d X)^{\mathsf H}",
            differential(TWO, "X'", "X", "dX'"),
            differential(TWO, "-Y'", "Y", "-dY'"),
            note="With X + iY for the complex matrix: the real part, and the imaginary one.",
        ),
        Formula(
            46,
            r"\frac{\partial \det Y}{\partial x} = \det Y \operatorname{tr}\bigl(Y^{-1} \tfrac{\partial Y}{\partial x}\bigr)",
            gradient(JETS, "det(Y0 + t*Y1)", "t", "det(Y0 + t*Y1)*tr(inv(Y0 + t*Y1)*Y1)"),
            note="A first derivative at a point sees no more of Y(x) than Y₀ + t Y₁.",
        ),
        Formula(47, SUM_OF_DETERMINANT, equal(SQUARE, "(det(X)*inv(X)')*X'", "det(X)*I(n)"), DETERMINANT),
        Formula(
            48,
            r"\frac{\partial^2 \det Y}{\partial x^2} = \det Y \bigl[\operatorname{tr}(Y^{-1} \ddot Y) + "
            r"\operatorname{tr}(Y^{-1} \dot Y)^2 - \operatorname{tr}((Y^{-1} \dot Y)^2)\bigr]",
            hessian(
                JETS,
                "det(Y0 + t*Y1 + t^2/2*Y2)",
                "t",
                f"det({JET})*(tr(inv({JET})*Y2) + tr(inv({JET})*{SLOPE})^2 - tr(inv({JET})*{SLOPE}*inv({JET})*{SLOPE}))",
            ),
            note="A second derivative at a point sees no more of Y(x) than Y₀ + t Y₁ + t²/2 Y₂.",
        ),
        Formula(49, r"\frac{\partial \det X}{\partial X} = \det X\, X^{-\top}", DETERMINANT),
        Formula(50, SUM_OF_DETERMINANT, equal(SQUARE, "(det(X)*inv(X)')*X'", "det(X)*I(n)"), DETERMINANT),
        Formula(
            51,
            r"\frac{\partial \det(AXB)}{\partial X} = \det(AXB)\, X^{-\top}",
            gradient("A: m x n, X: n x n, B: n x m", "det(A*X*B)", "X", "det(A*X*B)*inv(X)'"),
            expected=MISPRINT,
            right=r"\det(AXB)\, A^\top (AXB)^{-\top} B^\top",
            corrected=(
                gradient("A: p x m, X: m x n, B: n x p", "det(A*X*B)", "X", "det(A*X*B)*A'*inv(A*X*B)'*B'"),
                gradient(SQUARE, "det(A*X*B)", "X", "det(A*X*B)*inv(X)'"),
            ),
            note="A condition is missing: as printed it holds for square A and B (proved).",
        ),
        Formula(
            52,
            r"\frac{\partial \det(X^\top A X)}{\partial X} = 2 \det(X^\top A X)\, X^{-\top}",
            gradient(SQUARE, "det(X'*A*X)", "X", "2*det(X'*A*X)*inv(X)'"),
            note="X is square and invertible.",
        ),
        Formula(
            53,
            r"\frac{\partial \det(X^\top A X)}{\partial X} = 2 \det(X^\top A X)\, A X (X^\top A X)^{-1}",
            gradient("A: m x m symmetric, X: m x n", "det(X'*A*X)", "X", "2*det(X'*A*X)*A*X*inv(X'*A*X)"),
            note="X need not be square; A is symmetric.",
        ),
        Formula(
            54,
            r"\frac{\partial \det(X^\top A X)}{\partial X} = \det(X^\top A X) "
            r"\bigl(A X (X^\top A X)^{-1} + A^\top X (X^\top A^\top X)^{-1}\bigr)",
            gradient(
                "A: m x m, X: m x n",
                "det(X'*A*X)",
                "X",
                "det(X'*A*X)*(A*X*inv(X'*A*X) + A'*X*inv(X'*A'*X))",
            ),
        ),
        Formula(
            55,
            r"\frac{\partial \log\det(X^\top X)}{\partial X} = 2 (X^+)^\top",
            gradient("X: m x n", "log(det(X'*X))", "X", "2*(inv(X'*X)*X')'"),
            note="X⁺ = (X'X)⁻¹X', since X must have full column rank; a stray bar is printed.",
        ),
        Formula(
            56,
            r"\frac{\partial \log\det(X^\top X)}{\partial X^+} = -2 X^\top",
            gradient("P: n x m", "-log(det(P*P'))", "P", "-2*(P'*inv(P*P'))'"),
            note="With P = X⁺: then X = P'(PP')⁻¹, and det(X'X) = 1/det(PP').",
        ),
        Formula(
            57,
            r"\frac{\partial \log\lvert\det X\rvert}{\partial X} = X^{-\top}",
            gradient(SQUARE, "log(abs(det(X)))", "X", "inv(X)'"),
        ),
        Formula(
            58,
            r"\frac{\partial \det X^k}{\partial X} = k \det X^k\, X^{-\top}",
            *(gradient(SQUARE, f"det(X^{k})", "X", f"{k}*det(X^{k})*inv(X)'") for k in POWERS),
            gradient(f"{SQUARE}, e: k", "det(X)^k", "X", "k*det(X)^k*inv(X)'"),
            note="det(Xᵏ) = det(X)ᵏ, asked for every k; k = 1 to 4 also as it is printed.",
        ),
        Formula(
            59,
            r"\frac{\partial Y^{-1}}{\partial x} = -Y^{-1} \frac{\partial Y}{\partial x} Y^{-1}",
            jacobian(JETS, "inv(Y0 + t*Y1)", "t", "-inv(Y0 + t*Y1)*Y1*inv(Y0 + t*Y1)"),
            note="A first derivative at a point sees no more of Y(x) than Y₀ + t Y₁.",
        ),
        Formula(
            60,
            r"\frac{\partial (X^{-1})_{kl}}{\partial X_{ij}} = -(X^{-1})_{ki} (X^{-1})_{jl}",
            gradient(SQUARE, "a'*inv(X)*b", "X", "-(inv(X)'*a)*(inv(X)*b)'"),
            note="Asked for any a and b; an entry is a = e_k, b = e_l.",
        ),
        Formula(
            61,
            r"\frac{\partial a^\top X^{-1} b}{\partial X} = -X^{-\top} a b^\top X^{-\top}",
            gradient(SQUARE, "a'*inv(X)*b", "X", "-inv(X)'*a*b'*inv(X)'"),
        ),
        Formula(
            62,
            r"\frac{\partial \det X^{-1}}{\partial X} = -\det X^{-1}\, X^{-\top}",
            gradient(SQUARE, "det(inv(X))", "X", "-det(inv(X))*inv(X)'"),
        ),
        Formula(
            63,
            r"\frac{\partial \operatorname{tr}(A X^{-1} B)}{\partial X} = -(X^{-1} B A X^{-1})^\top",
            gradient("A: p x n, X: n x n, B: n x p", "tr(A*inv(X)*B)", "X", "-(inv(X)*B*A*inv(X))'"),
        ),
        Formula(
            64,
            r"\frac{\partial \operatorname{tr}((X + A)^{-1})}{\partial X} = -\bigl((X + A)^{-1} (X + A)^{-1}\bigr)^\top",
            gradient(SQUARE, "tr(inv(X + A))", "X", "-(inv(X + A)*inv(X + A))'"),
        ),
        Formula(
            65,
            r"\frac{\partial}{\partial X} \sum \operatorname{eig} X = \frac{\partial \operatorname{tr} X}{\partial X} = I",
            gradient(SQUARE, "tr(X)", "X", "I(n)"),
            note="The sum of the eigenvalues is the trace.",
        ),
        Formula(
            66,
            r"\frac{\partial}{\partial X} \prod \operatorname{eig} X = \frac{\partial \det X}{\partial X} = \det X\, X^{-\top}",
            DETERMINANT,
            note="The product of the eigenvalues is the determinant.",
        ),
        Formula(
            67,
            r"\d \lambda_i = v_i^\top \d A\, v_i",
            equal(f"{EIGEN}; assume D*v + A*w = m*v + l*w", "m", "v'*D*v"),
            note="From the differential of Av = λv, with D = dA, w = dv, m = dλ, and v'v = 1, A symmetric.",
        ),
        Formula(
            68,
            r"\d v_i = (\lambda_i I - A)^+ \d A\, v_i",
            equal(
                f"{EIGEN}; assume v'*w = 0; assume D*v + A*w = m*v + l*w\nP: n x n\n"
                "assume P*(l*I - A) = I - v*v'; assume P*v = 0",
                "w",
                "P*D*v",
            ),
            note="P = (λI − A)⁺ of a simple λ: P(λI − A) = I − vv' and Pv = 0; v'dv = 0 is the differential of v'v = 1.",
        ),
        Formula(
            69,
            r"\frac{\partial x^\top a}{\partial x} = \frac{\partial a^\top x}{\partial x} = a",
            gradient("x: n, a: n", "x'*a", "x", "a"),
            gradient("x: n, a: n", "a'*x", "x", "a"),
        ),
        Formula(
            70,
            r"\frac{\partial a^\top X b}{\partial X} = a b^\top",
            gradient("a: m, X: m x n, b: n", "a'*X*b", "X", "a*b'"),
        ),
        Formula(
            71,
            r"\frac{\partial a^\top X^\top b}{\partial X} = b a^\top",
            gradient("a: n, X: m x n, b: m", "a'*X'*b", "X", "b*a'"),
        ),
        Formula(
            72,
            r"\frac{\partial a^\top X a}{\partial X} = \frac{\partial a^\top X^\top a}{\partial X} = a a^\top",
            gradient(SQUARE, "a'*X*a", "X", "a*a'"),
            gradient(SQUARE, "a'*X'*a", "X", "a*a'"),
        ),
        Formula(
            73,
            r"\frac{\partial X}{\partial X_{ij}} = J^{ij}",
            differential(TWO, "X", "X", "dX"),
            note=ENTRY,
        ),
        Formula(
            74,
            r"\frac{\partial (XA)_{ij}}{\partial X_{mn}} = \delta_{im} A_{nj} = (J^{mn} A)_{ij}",
            differential("X: m x n, A: n x k", "X*A", "X", "dX*A"),
            note=ENTRY,
        ),
        Formula(
            75,
            r"\frac{\partial (X^\top A)_{ij}}{\partial X_{mn}} = \delta_{in} A_{mj} = (J^{nm} A)_{ij}",
            differential("X: m x n, A: m x k", "X'*A", "X", "dX'*A"),
            note=ENTRY,
        ),
        Formula(
            76,
            r"\frac{\partial}{\partial X_{ij}} \sum_{klmn} X_{kl} X_{mn} = 2 \sum_{kl} X_{kl}",
            gradient("X: m x n", "sum(X)^2", "X", "2*sum(X)*ones(m, n)"),
        ),
        Formula(
            77,
            r"\frac{\partial b^\top X^\top X c}{\partial X} = X (b c^\top + c b^\top)",
            gradient("X: m x n, b: n, c: n", "b'*X'*X*c", "X", "X*(b*c' + c*b')"),
        ),
        Formula(
            78,
            r"\frac{\partial (Bx + b)^\top C (Dx + d)}{\partial x} = B^\top C (Dx + d) + D^\top C^\top (Bx + b)",
            gradient(
                "B: m x n, b: m, C: m x p, D: p x n, d: p, x: n",
                "(B*x + b)'*C*(D*x + d)",
                "x",
                "B'*C*(D*x + d) + D'*C'*(B*x + b)",
            ),
        ),
        Formula(
            79,
            r"\frac{\partial (X^\top B X)_{kl}}{\partial X_{ij}} = \delta_{lj} (X^\top B)_{ki} + \delta_{kj} (BX)_{il}",
            gradient("X: m x n, B: m x m, a: n, b: n", "a'*X'*B*X*b", "X", "(X'*B)'*a*b' + B*X*b*a'"),
            note="Asked for any a and b; an entry is a = e_k, b = e_l.",
        ),
        Formula(
            80,
            r"\frac{\partial X^\top B X}{\partial X_{ij}} = X^\top B J^{ij} + J^{ji} B X",
            differential("X: m x n, B: m x m", "X'*B*X", "X", "X'*B*dX + dX'*B*X"),
            note=ENTRY,
        ),
        Formula(
            81,
            r"\frac{\partial x^\top B x}{\partial x} = (B + B^\top) x",
            gradient("x: n, B: n x n", "x'*B*x", "x", "(B + B')*x"),
        ),
        Formula(
            82,
            r"\frac{\partial b^\top X^\top D X c}{\partial X} = D^\top X b c^\top + D X c b^\top",
            gradient("X: m x n, D: m x m, b: n, c: n", "b'*X'*D*X*c", "X", "D'*X*b*c' + D*X*c*b'"),
        ),
        Formula(
            83,
            r"\frac{\partial (Xb + c)^\top D (Xb + c)}{\partial X} = (D + D^\top)(Xb + c) b^\top",
            gradient("X: m x n, b: n, c: m, D: m x m", "(X*b + c)'*D*(X*b + c)", "X", "(D + D')*(X*b + c)*b'"),
        ),
        Formula(
            84,
            r"\frac{\partial (x - As)^\top W (x - As)}{\partial s} = -2 A^\top W (x - As)",
            gradient(FORM, "(x - A*s)'*W*(x - A*s)", "s", "-2*A'*W*(x - A*s)"),
            note="W is symmetric.",
        ),
        Formula(
            85,
            r"\frac{\partial (x - s)^\top W (x - s)}{\partial x} = 2 W (x - s)",
            gradient("x: n, s: n, W: n x n symmetric", "(x - s)'*W*(x - s)", "x", "2*W*(x - s)"),
            note="W is symmetric.",
        ),
        Formula(
            86,
            r"\frac{\partial (x - s)^\top W (x - s)}{\partial s} = -2 W (x - s)",
            gradient("x: n, s: n, W: n x n symmetric", "(x - s)'*W*(x - s)", "s", "-2*W*(x - s)"),
            note="W is symmetric.",
        ),
        Formula(
            87,
            r"\frac{\partial (x - As)^\top W (x - As)}{\partial x} = 2 W (x - As)",
            gradient(FORM, "(x - A*s)'*W*(x - A*s)", "x", "2*W*(x - A*s)"),
            note="W is symmetric.",
        ),
        Formula(
            88,
            r"\frac{\partial (x - As)^\top W (x - As)}{\partial A} = -2 W (x - As) s^\top",
            gradient(FORM, "(x - A*s)'*W*(x - A*s)", "A", "-2*W*(x - A*s)*s'"),
            note="W is symmetric.",
        ),
        Formula(
            89,
            r"\frac{\partial (a - x^{\mathsf H} b)^2}{\partial x} = -2 b (a - x^{\mathsf H} b)^*",
            equal(COMPLEX, REAL_OF_SQUARE, CLAIM_OF_89),
            expected=MISPRINT,
            right=r"\frac{\partial \lvert a - x^{\mathsf H} b\rvert^2}{\partial x} = -2 b (a - x^{\mathsf H} b)^*",
            corrected=(
                gradient(COMPLEX, MODULUS, "u", f"-2*(c*{RE} + d*{IM})"),
                gradient(COMPLEX, MODULUS, "v", f"-2*(d*{RE} - c*{IM})"),
                gradient("x: n, b: n, a: scalar", "(a - x'*b)^2", "x", "-2*b*(a - x'*b)"),
            ),
            note="The bars of the modulus are missing; ∂/∂x is ∂/∂Re x + i ∂/∂Im x, as in (232). For real x, a and b it "
            "holds as printed (proved). Asked: the real part of the derivative of the square, with x = u + iv, "
            "b = c + id, a = e + if.",
        ),
        Formula(
            90,
            r"\frac{\partial (X^n)_{kl}}{\partial X_{ij}} = \sum_{r=0}^{n-1} (X^r J^{ij} X^{n-1-r})_{kl}",
            *(differential(SQUARE, f"X^{n}", "X", _power_sum(n, "{0}*dX*{1}".format)) for n in POWERS),
            POWER_STEP,
            note=STEP,
        ),
        Formula(
            91,
            r"\frac{\partial a^\top X^n b}{\partial X} = \sum_{r=0}^{n-1} (X^r)^\top a b^\top (X^{n-1-r})^\top",
            *(gradient(SQUARE, f"a'*X^{n}*b", "X", _power_sum(n, "({0})'*a*b'*({1})'".format)) for n in POWERS),
            POWER_STEP,
            note=STEP,
        ),
        Formula(
            92,
            r"\frac{\partial a^\top (X^n)^\top X^n b}{\partial X} = \sum_{r=0}^{n-1} \bigl[X^{n-1-r} a b^\top (X^n)^\top X^r "
            r"+ (X^r)^\top X^n a b^\top (X^{n-1-r})^\top\bigr]",
            _of_92(2, "{1}*a*b'*(X^2)'*{0}"),
            expected=MISPRINT,
            right=r"\sum_{r=0}^{n-1} \bigl[(X^r)^\top X^n b a^\top (X^{n-1-r})^\top + (X^r)^\top X^n a b^\top (X^{n-1-r})^\top\bigr]",
            corrected=tuple(_of_92(n, f"({{0}})'*X^{n}*b*a'*({{1}})'") for n in POWERS[:3]),
            note="The first term is printed as its transpose. Asked for n = 2, the right one for n = 1, 2, 3; for all n it "
            "follows from (91), by the product rule.",
        ),
        Formula(
            93,
            r"\frac{\partial s^\top A r}{\partial x} = \Bigl[\frac{\partial s}{\partial x}\Bigr]^\top A r + "
            r"\Bigl[\frac{\partial r}{\partial x}\Bigr]^\top A^\top s",
            gradient(
                "S: m x n, s: m, R: k x n, r: k, A: m x k, x: n",
                "(S*x + s)'*A*(R*x + r)",
                "x",
                "S'*A*(R*x + r) + R'*A'*(S*x + s)",
            ),
            expected=CONVENTION,
            note="A derivative of a column by a column has a row for each entry of the former. A first derivative sees no "
            "more of s(x) and r(x) than Sx + s and Rx + r.",
        ),
        Formula(
            94,
            r"\frac{\partial}{\partial x} \frac{(Ax)^\top (Ax)}{(Bx)^\top (Bx)} = "
            r"\frac{\partial}{\partial x} \frac{x^\top A^\top A x}{x^\top B^\top B x}",
            equal(QUOTIENT, "((A*x)'*(A*x))/((B*x)'*(B*x))", "(x'*A'*A*x)/(x'*B'*B*x)"),
        ),
        Formula(
            95,
            r"{} = 2 \frac{A^\top A x}{x^\top B B x} - 2 \frac{x^\top A^\top A x\, B^\top B x}{(x^\top B^\top B x)^2}",
            gradient(QUOTIENT_SQUARE, "(x'*A'*A*x)/(x'*B'*B*x)", "x", f"2*A'*A*x/(x'*B*B*x) {SECOND_OF_95}"),
            expected=MISPRINT,
            right=r"2 \frac{A^\top A x}{x^\top B^\top B x} - 2 \frac{x^\top A^\top A x\, B^\top B x}{(x^\top B^\top B x)^2}",
            corrected=(gradient(QUOTIENT, "(x'*A'*A*x)/(x'*B'*B*x)", "x", f"2*A'*A*x/(x'*B'*B*x) {SECOND_OF_95}"),),
            note="The transpose of the first B in the first denominator is missing.",
        ),
        Formula(96, r"f = x^\top A x + b^\top x", expected=DEFINITION),
        Formula(
            97,
            r"\nabla_x f = (A + A^\top) x + b",
            gradient("x: n, A: n x n, b: n", "x'*A*x + b'*x", "x", "(A + A')*x + b"),
        ),
        Formula(
            98,
            r"\frac{\partial^2 f}{\partial x\, \partial x^\top} = A + A^\top",
            hessian("x: n, A: n x n, b: n", "x'*A*x + b'*x", "x", "A + A'"),
        ),
        Formula(99, r"\frac{\partial \operatorname{tr} X}{\partial X} = I", gradient(SQUARE, "tr(X)", "X", "I(n)")),
        *[_trace(*row) for row in TRACES],
        Formula(
            120,
            r"\frac{\partial \operatorname{tr}(X \otimes X)}{\partial X} = "
            r"\frac{\partial \operatorname{tr}(X)\operatorname{tr}(X)}{\partial X} = 2 \operatorname{tr}(X) I",
            gradient("X: n x n", "tr(kron(X, X))", "X", "2*tr(X)*I(n)"),
            gradient("X: n x n", "tr(X)*tr(X)", "X", "2*tr(X)*I(n)"),
        ),
        Formula(
            121,
            r"\frac{\partial \operatorname{tr} X^k}{\partial X} = k (X^{k-1})^\top",
            gradient("X: n x n, e: k", "tr(X^k)", "X", "k*(X^(k - 1))'"),
        ),
        Formula(
            122,
            r"\frac{\partial \operatorname{tr}(A X^k)}{\partial X} = \sum_{r=0}^{k-1} (X^r A X^{k-r-1})^\top",
            *(gradient(SQUARE, f"tr(A*X^{n})", "X", _power_sum(n, "({0}*A*{1})'".format)) for n in POWERS),
            POWER_STEP,
            note=STEP,
        ),
        Formula(
            123,
            r"\frac{\partial \operatorname{tr}(B^\top X^\top C X X^\top C X B)}{\partial X} = C X X^\top C X B B^\top + "
            r"C^\top X B B^\top X^\top C^\top X + C X B B^\top X^\top C X + C^\top X X^\top C^\top X B B^\top",
            gradient(
                "B: n x p, X: m x n, C: m x m",
                "tr(B'*X'*C*X*X'*C*X*B)",
                "X",
                "C*X*X'*C*X*B*B' + C'*X*B*B'*X'*C'*X + C*X*B*B'*X'*C*X + C'*X*X'*C'*X*B*B'",
            ),
        ),
        Formula(
            124,
            r"\frac{\partial \operatorname{tr}(A X^{-1} B)}{\partial X} = -(X^{-1} B A X^{-1})^\top = "
            r"-X^{-\top} A^\top B^\top X^{-\top}",
            gradient("A: p x n, X: n x n, B: n x p", "tr(A*inv(X)*B)", "X", "-(inv(X)*B*A*inv(X))'"),
            gradient("A: p x n, X: n x n, B: n x p", "tr(A*inv(X)*B)", "X", "-inv(X)'*A'*B'*inv(X)'"),
        ),
        Formula(
            125,
            r"\frac{\partial \operatorname{tr}((X^\top C X)^{-1} A)}{\partial X} = "
            r"-C X (X^\top C X)^{-1} (A + A^\top)(X^\top C X)^{-1}",
            gradient(RATIO, "tr(inv(X'*C*X)*A)", "X", "-(C*X*inv(X'*C*X))*(A + A')*inv(X'*C*X)"),
            note="C is symmetric.",
        ),
        Formula(
            126,
            r"\frac{\partial \operatorname{tr}((X^\top C X)^{-1} (X^\top B X))}{\partial X} = "
            r"-2 C X (X^\top C X)^{-1} X^\top B X (X^\top C X)^{-1} + 2 B X (X^\top C X)^{-1}",
            gradient(
                RATIO,
                "tr(inv(X'*C*X)*(X'*B*X))",
                "X",
                "-2*C*X*inv(X'*C*X)*X'*B*X*inv(X'*C*X) + 2*B*X*inv(X'*C*X)",
            ),
            note="B and C are symmetric.",
        ),
        Formula(
            127,
            r"\frac{\partial \operatorname{tr}(M^{-1} (X^\top B X))}{\partial X} = "
            r"-2 C X M^{-1} X^\top B X M^{-1} + 2 B X M^{-1}, \quad M = A + X^\top C X",
            gradient(RATIO, f"tr(inv({M})*(X'*B*X))", "X", f"-2*C*X*inv({M})*X'*B*X*inv({M}) + 2*B*X*inv({M})"),
            expected=MISPRINT,
            right=r"-C X (Q + Q^\top) + B X (M^{-1} + M^{-\top}), \quad Q = M^{-1} X^\top B X M^{-1}",
            corrected=(
                gradient(
                    RATIO, f"tr(inv({M})*(X'*B*X))", "X", f"B*X*(inv({M}) + inv({M})') - C*X*(({OF_127}) + ({OF_127})')"
                ),
                gradient(
                    f"{RATIO}\nassume A symmetric",
                    f"tr(inv({M})*(X'*B*X))",
                    "X",
                    f"-2*C*X*inv({M})*X'*B*X*inv({M}) + 2*B*X*inv({M})",
                ),
            ),
            note="A condition is missing: B and C are printed as symmetric; with a symmetric A too it holds (proved).",
        ),
        Formula(
            128,
            r"\frac{\partial \operatorname{tr} \sin X}{\partial X} = (\cos X)^\top",
            gradient("X: n x n, e: k", "tr(X^(2*k + 1))", "X", "(2*k + 1)*(X^(2*k))'"),
            gradient("X: n x n", "tr(X - X^3/6 + X^5/120 - X^7/5040)", "X", "(I(n) - X^2/2 + X^4/24 - X^6/720)'"),
            expected=CONVENTION,
            note="sin and cos are the power series (503, 504), not entry by entry. Every term is (121) with an odd power, "
            "asked for all of them; the series may be differentiated term by term.",
        ),
        Formula(
            129,
            r"\frac{\partial \lVert x - a\rVert_2}{\partial x} = \frac{x - a}{\lVert x - a\rVert_2}",
            gradient("x: n, a: n", "norm(x - a)", "x", "(x - a)/norm(x - a)"),
        ),
        Formula(
            130,
            r"\frac{\partial}{\partial x} \frac{x - a}{\lVert x - a\rVert_2} = \frac{I}{\lVert x - a\rVert_2} - "
            r"\frac{(x - a)(x - a)^\top}{\lVert x - a\rVert_2^3}",
            jacobian("x: n, a: n", "(x - a)/norm(x - a)", "x", "I(n)/norm(x - a) - (x - a)*(x - a)'/norm(x - a)^3"),
        ),
        Formula(
            131,
            r"\frac{\partial \lVert x\rVert_2^2}{\partial x} = \frac{\partial \lVert x^\top x\rVert_2}{\partial x} = 2x",
            gradient("x: n", "norm(x)^2", "x", "2*x"),
            gradient("x: n", "abs(x'*x)", "x", "2*x"),
        ),
        Formula(
            132,
            r"\frac{\partial \lVert X\rVert_F^2}{\partial X} = \frac{\partial \operatorname{tr}(X X^{\mathsf H})}{\partial X} = 2X",
            gradient("X: m x n, Y: m x n", "tr(X*X') + tr(Y*Y')", "X", "2*X"),
            gradient("X: m x n, Y: m x n", "tr(X*X') + tr(Y*Y')", "Y", "2*Y"),
            expected=CONVENTION,
            note="With X + iY for the complex matrix, and ∂/∂Re + i ∂/∂Im (233).",
        ),
        Formula(
            133,
            r"\frac{\d f}{\d A_{ij}} = \operatorname{tr}\Bigl(\Bigl[\frac{\partial f}{\partial A}\Bigr]^\top "
            r"\frac{\partial A}{\partial A_{ij}}\Bigr)",
            gradient("G: m x n, R: m x n, S: m x n, t: scalar", "tr(G'*(R + t*S))", "t", "tr(G'*S)"),
            note="S = ∂A/∂A_ij is the structure matrix, G the gradient without structure; to first order f is tr(G'A).",
        ),
        Formula(134, r"\frac{\partial A}{\partial A_{ij}} = S^{ij}", expected=DEFINITION),
        Formula(135, r"\frac{\partial g(U)}{\partial X} = \frac{\partial g(f(X))}{\partial X}", expected=DEFINITION),
        Formula(
            136,
            r"\frac{\partial g(U)}{\partial X_{ij}} = \sum_{kl} \frac{\partial g(U)}{\partial U_{kl}} "
            r"\frac{\partial U_{kl}}{\partial X_{ij}}",
            CHAIN,
            note=f"Printed as a whole gradient equal to one of its entries; read entry by entry. {CHAIN_NOTE}",
        ),
        Formula(
            137,
            r"\frac{\partial g(U)}{\partial X_{ij}} = \operatorname{tr}\Bigl(\Bigl[\frac{\partial g}{\partial U}\Bigr]^\top "
            r"\frac{\partial U}{\partial X_{ij}}\Bigr)",
            CHAIN,
            note=CHAIN_NOTE,
        ),
        Formula(
            138,
            r"\frac{\d f}{\d A} = \Bigl[\frac{\partial f}{\partial A}\Bigr] + \Bigl[\frac{\partial f}{\partial A}\Bigr]^\top - "
            r"\operatorname{diag}\Bigl[\frac{\partial f}{\partial A}\Bigr]",
            gradient("A: n x n symmetric, G: n x n", "tr(G'*A)", "A", "G + G' - G .* I(n)"),
            expected=CONVENTION,
            note="G is the gradient without structure; to first order f is tr(G'A).",
        ),
        Formula(
            139,
            r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A + A^\top - A \odot I",
            gradient(SYMMETRIC, "tr(A*X)", "X", "A + A' - A .* I(n)"),
            expected=CONVENTION,
        ),
        Formula(
            140,
            r"\frac{\partial \det X}{\partial X} = \det X\, (2 X^{-1} - X^{-1} \odot I)",
            gradient(SYMMETRIC, "det(X)", "X", "det(X)*(2*inv(X) - inv(X) .* I(n))"),
            expected=CONVENTION,
        ),
        Formula(
            141,
            r"\frac{\partial \log\det X}{\partial X} = 2 X^{-1} - X^{-1} \odot I",
            gradient(SYMMETRIC, "log(det(X))", "X", "2*inv(X) - inv(X) .* I(n)"),
            expected=CONVENTION,
        ),
        Formula(
            142,
            r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A \odot I, \quad X \text{ diagonal}",
            gradient("x: n, A: n x n", "tr(A*diag(x))", "x", "diag(A)"),
            equal("A: n x n", "diag(diag(A))", "A .* I(n)"),
            expected=CONVENTION,
            note="Only the diagonal of X = diag(x) moves.",
        ),
        Formula(
            143,
            r"\frac{\partial \operatorname{tr}(AT)}{\partial T} = \alpha(A), \quad T \text{ Toeplitz}",
            _toeplitz_as_printed(),
            expected=MISPRINT,
            right=r"\alpha(A)_{ij} = \sum_k A_{k+j-i,\,k}",
            corrected=(gradient(TOEPLITZ, "tr(A*(R + t*S))", "t", "tr(A*S)"), *_toeplitz_entries()),
            note="The third entry of the first row leaves out row 1 and column n of A', where row n and column 1 is right. T "
            "moves with a whole diagonal S of ones; tr(AS) is proved for all sizes. Asked: that entry, for n = 4.",
        ),
        Formula(
            144,
            r"\frac{\partial \operatorname{tr}(AT)}{\partial T} = \alpha(A) + \alpha(A)^\top - \alpha(A) \odot I, "
            r"\quad T \text{ symmetric and Toeplitz}",
            gradient(TOEPLITZ, "tr(A*(R + t*(S + S')))", "t", "tr(A*S) + tr(A*S')"),
            gradient("A: n x n, R: n x n, t: scalar", "tr(A*(R + t*I(n)))", "t", "tr(A)"),
            expected=CONVENTION,
            note="A diagonal S of ones moves with its mirror image; the main diagonal counts once.",
        ),
    ]


ENTRY = "The derivative by one entry is the change for dX = J, with a single one at i, j."
KRON = "C: m x n, D: p x q, X: m x n, Y: p x q"
JET, SLOPE = "(Y0 + t*Y1 + t^2/2*Y2)", "(Y1 + t*Y2)"
DETERMINANT = gradient(SQUARE, "det(X)", "X", "det(X)*inv(X)'")
SUM_OF_DETERMINANT = r"\sum_k \frac{\partial \det X}{\partial X_{ik}} X_{jk} = \delta_{ij} \det X"
QUOTIENT, QUOTIENT_SQUARE = "x: n, A: m x n, B: p x n", "x: n, A: m x n, B: n x n"
SECOND_OF_95 = "- 2*(x'*A'*A*x)*B'*B*x/(x'*B'*B*x)^2"
M, OF_127 = "A + X'*C*X", "inv(A + X'*C*X)*X'*B*X*inv(A + X'*C*X)"
CHAIN = gradient("G: p x q, A: p x m, X: m x n, B: n x q, C: p x q", "tr(G'*(A*X*B + C))", "X", "A'*G*B'")
CHAIN_NOTE = (
    "To first order g is tr(G'U) and U a sum of maps AXB, which is asked: tr(G'AJB) is the entry of A'GB', for every J."
)
COMPLEX = "u: n, v: n, c: n, d: n, e: scalar, f: scalar"
RE, IM = "(e - u'*c - v'*d)", "(f - u'*d + v'*c)"
MODULUS = f"{RE}^2 + {IM}^2"
REAL_OF_SQUARE = f"-2*c*{RE} + 2*d*{IM} - (2*{RE}*c - 2*{IM}*d)"  # ∂ᵤ(re² − im²) − ∂ᵥ(2 re im)
CLAIM_OF_89 = f"-2*(c*{RE} + d*{IM})"
TOEPLITZ = "A: n x n, S: n x n, R: n x n, t: scalar"


def _of_92(n, first):
    terms = f"{first} + ({{0}})'*X^{n}*a*b'*({{1}})'"
    return gradient(SQUARE, f"a'*(X^{n})'*X^{n}*b", "X", _power_sum(n, terms.format))


def _toeplitz_as_printed():
    """The entry (1, 3) for n = 4: the trace of A' without rows 1 and 3 and without columns 4 and 2."""
    shifted = "unit(4, 4, 1, 3) + unit(4, 4, 2, 4)"
    return gradient("A: 4 x 4, R: 4 x 4, t: scalar", f"tr(A*(R + t*({shifted})))", "t", "A[1,2] + A[3,4]")


def _toeplitz_entries():
    shifted = "unit(4, 4, 1, 3) + unit(4, 4, 2, 4)"
    return (gradient("A: 4 x 4, R: 4 x 4, t: scalar", f"tr(A*(R + t*({shifted})))", "t", "A[3,1] + A[4,2]"),)


XA, AXB, WIDE, TALL = (
    "X: m x n, A: n x m",
    "A: p x m, X: m x n, B: n x p",
    "X: m x n, B: m x m",
    "X: m x n, B: n x n",
)
TRACES = [
    (100, "tr(X*A)", "A'", XA, r"XA", r"A^\top"),
    (101, "tr(A*X*B)", "A'*B'", AXB, r"AXB", r"A^\top B^\top"),
    (102, "tr(A*X'*B)", "B*A", "A: p x n, X: m x n, B: m x p", r"A X^\top B", r"BA"),
    (103, "tr(X'*A)", "A", "X: m x n, A: m x n", r"X^\top A", r"A"),
    (104, "tr(A*X')", "A", "X: m x n, A: m x n", r"A X^\top", r"A"),
    (105, "tr(kron(A, X))", "tr(A)*I(n)", "A: m x m, X: n x n", r"A \otimes X", r"\operatorname{tr}(A)\, I"),
    (106, "tr(X^2)", "2*X'", SQUARE, r"X^2", r"2 X^\top"),
    (107, "tr(X^2*B)", "(X*B + B*X)'", SQUARE, r"X^2 B", r"(XB + BX)^\top"),
    (108, "tr(X'*B*X)", "B*X + B'*X", WIDE, r"X^\top B X", r"BX + B^\top X"),
    (109, "tr(B*X*X')", "B*X + B'*X", WIDE, r"B X X^\top", r"BX + B^\top X"),
    (110, "tr(X*X'*B)", "B*X + B'*X", WIDE, r"X X^\top B", r"BX + B^\top X"),
    (111, "tr(X*B*X')", "X*B' + X*B", TALL, r"X B X^\top", r"X B^\top + X B"),
    (112, "tr(B*X'*X)", "X*B' + X*B", TALL, r"B X^\top X", r"X B^\top + X B"),
    (113, "tr(X'*X*B)", "X*B' + X*B", TALL, r"X^\top X B", r"X B^\top + X B"),
    (
        114,
        "tr(A*X*B*X)",
        "A'*X'*B' + B'*X'*A'",
        "A: n x m, X: m x n, B: n x m",
        r"AXBX",
        r"A^\top X^\top B^\top + B^\top X^\top A^\top",
    ),
    (115, "tr(X'*X)", "2*X", "X: m x n", r"X^\top X", r"2X"),
    (
        116,
        "tr(B'*X'*C*X*B)",
        "C'*X*B*B' + C*X*B*B'",
        "B: n x p, X: m x n, C: m x m",
        r"B^\top X^\top C X B",
        r"C^\top X B B^\top + C X B B^\top",
    ),
    (
        117,
        "tr(X'*B*X*C)",
        "B*X*C + B'*X*C'",
        "X: m x n, B: m x m, C: n x n",
        r"X^\top B X C",
        r"B X C + B^\top X C^\top",
    ),
    (
        118,
        "tr(A*X*B*X'*C)",
        "A'*C'*X*B' + C*A*X*B",
        "A: p x m, X: m x n, B: n x n, C: m x p",
        r"A X B X^\top C",
        r"A^\top C^\top X B^\top + C A X B",
    ),
    (
        119,
        "tr((A*X*B + C)*(A*X*B + C)')",
        "2*A'*(A*X*B + C)*B'",
        "A: p x m, X: m x n, B: n x q, C: p x q",
        r"(AXB + C)(AXB + C)^\top",
        r"2 A^\top (AXB + C) B^\top",
    ),
]


def _trace(number, J, claim, declared, inside, printed):
    return Formula(
        number,
        rf"\frac{{\partial \operatorname{{tr}}({inside})}}{{\partial X}} = {printed}",
        gradient(declared, J, "X", claim),
    )


SECTIONS = {
    "Rules of differentials": (33, 45),
    "Determinants": (46, 58),
    "Inverses": (59, 64),
    "Eigenvalues": (65, 68),
    "First order": (69, 75),
    "Second order": (76, 89),
    "Higher powers and quotients": (90, 95),
    "Gradient and Hessian": (96, 98),
    "Traces": (99, 128),
    "Norms": (129, 132),
    "Structured matrices": (133, 144),
}


def section(title, table):
    """The formulas of one of the SECTIONS, each as Markdown for the book."""
    first, last = SECTIONS[title]
    return "\n\n".join(markdown(formula) for formula in table if first <= formula.number <= last)


def markdown(formula):
    """One formula: its link, what is printed, the verdict, and folded how it comes about."""
    lines = [
        f"(cookbook-{formula.number})=",
        f"**({formula.number})** {{math}}`{formula.printed}`",
        "",
        f"*{WORDS[formula.verdict].capitalize()}.*",
    ]
    if formula.right:
        lines[-1] += f" Right is {{math}}`{formula.right}`."
    if formula.note:
        lines[-1] += f" {formula.note}"
    lines += ["", "::::{dropdown} What was asked, and how it comes about", ""]
    for question, verdict in _asked(formula):
        lines += _question_in_markdown(question, verdict)
    shown = next((q for q in (*formula.corrected, *formula.questions) if q.kind == "gradient"), None)
    if shown is not None:
        lines += _derived_in_markdown(shown)
    return "\n".join([*lines, "::::", ""])


def _question_in_markdown(question, verdict):
    by = f" by `{question.by}`" if question.by else ""
    declared = ", ".join(filter(None, (line.strip() for line in question.declared.splitlines())))
    return [f"`{question.given}`{by}: `{question.claim}` (`{declared}`). {verdict._repr_markdown_()}", ""]


def _derived_in_markdown(question):
    J, X, claim = question.parts()
    symbols = sorted((J.free_symbols | claim.free_symbols | {X}), key=str)
    symbols = [s for s in symbols if isinstance(s, sp.MatrixSymbol)] + [s for s in symbols if s.is_Symbol]
    with sp.assuming(*map(sp.Q.symmetric, question.scope.symmetric)):
        lines = [derive(J, X)._repr_latex_(), "", *_example_in_markdown(J, X, claim)]
    try:
        return [*lines, "```python", to_numpy(claim, symbols).source, "```", ""]
    except NotImplementedError:
        return lines


def _example_in_markdown(J, X, claim):
    """The gradient at a small point of simple numbers; nothing for a claim that is right in another convention."""
    sampler = Sampler(J, X, claim)
    question = Gradient(J, X, as_matrix(claim), as_matrix(gradient_of(J, X)), Hypotheses())
    for sizes, manner in product(sampler.smallest_sizes()[::-1], ("simple", "positive")):
        if len(set(sizes.values())) == min(2, len(sizes)) and max(sizes.values(), default=2) == 2 + (len(sizes) > 1):
            point = sampler.point(sizes, manner)
            if question.at(point) == AGREES:
                example = counterexample(question, point)
                point = example.point_in_latex.replace(r",\ ", "$, $")  # so that the line may break there
                return [f"For example, at ${point}$ the gradient is ${example.value_in_latex}$.", ""]
    return []


def main():
    """Print a row a formula; 1 if a verdict is not the expected one."""
    wrong = 0
    for formula in formulas():
        same_as_expected = formula.verdict == formula.expected
        wrong += not same_as_expected
        print(
            f"({formula.number:>3})  {formula.verdict:<28}{'' if same_as_expected else f'EXPECTED {formula.expected}'}"
        )
        if not same_as_expected:
            print(*(f"       {question.given} = {verdict}" for question, verdict in _asked(formula)), sep="\n")
    return int(wrong > 0)


def _asked(formula):
    """(question, verdict) of all that is asked of a formula."""
    return [*zip(formula.questions, formula.verdicts, strict=True), *((q, q.verdict()) for q in formula.corrected)]


if __name__ == "__main__":
    sys.exit(main())
