"""Scalar functions of matrices whose gradients are in the textbooks, as data: name, J, X, gradient.

Three sources: the Matrix Cookbook (Petersen and Pedersen, version of 2012; the number is the equation's),
the scalar cases of SymPy's own tests of matrix derivatives (also those marked there as wrong or not
implemented), and the losses of regression, statistics and neural networks. Where a textbook supposes a
symmetric matrix, the gradient here is the one that holds without. The tests check every gradient against
central differences before they compare the engine with it.
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp
from sympy import (
    Determinant,
    DiagMatrix,
    HadamardPower,
    HadamardProduct,
    Identity,
    Inverse,
    KroneckerProduct,
    Lambda,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Rational,
    Trace,
    exp,
    log,
    sqrt,
    symbols,
)


class Case(NamedTuple):
    """A scalar J, the symbol X, and the textbook's gradient of J with respect to X."""

    name: str
    J: sp.Expr
    X: MatrixSymbol
    gradient: sp.Expr


d, h, k, m, n, p, q = symbols("d h k m n p q", integer=True, positive=True)
t, mu = symbols("t mu", real=True)
i, j = symbols("i j", integer=True)

SIGMOID = Lambda(t, 1 / (1 + exp(-t)))
TANH = Lambda(t, sp.tanh(t))
RELU = Lambda(t, sp.Max(0, t))
STEP = Lambda(t, sp.Heaviside(t))
SOFTPLUS = Lambda(t, log(1 + exp(t)))


def M(name, rows, cols):
    return MatrixSymbol(name, rows, cols)


def ones(rows, cols=1):
    return OneMatrix(rows, cols)


def each(function, matrix):
    """function applied to every entry."""
    variable = sp.Dummy("t", real=True)
    if not isinstance(function, Lambda):
        function = Lambda(variable, function(variable))
    return matrix.applyfunc(function)


def softmax(U):
    """Row by row: exp(U) over its row sums."""
    E = each(exp, U)
    return HadamardProduct(E, HadamardPower(E * ones(U.cols) * ones(1, U.cols), -1))


def norm2(A):
    """The sum of the squared entries."""
    return Trace(A.T * A)


def _cookbook_determinants():
    X, A, B = M("X", n, n), M("A", n, n), M("B", n, n)
    R, S = M("X", n, k), M("A", n, n)
    Q = R.T * S * R
    a, b = M("a", n, 1), M("b", n, 1)
    yield "49 det(X)", Determinant(X), X, Determinant(X) * X.I.T
    yield "51 det(AXB)", Determinant(A * X * B), X, Determinant(A * X * B) * X.I.T
    yield "52 det(X'AX), X square", Determinant(X.T * A * X), X, 2 * Determinant(X.T * A * X) * X.I.T
    yield ("54 det(X'AX)", Determinant(Q), R, Determinant(Q) * (S * R * Inverse(Q) + S.T * R * Inverse(Q).T))
    yield "55 log det(X'X)", log(Determinant(R.T * R)), R, 2 * R * Inverse(R.T * R)
    yield "57 log det(X)", log(Determinant(X)), X, X.I.T
    yield "58 det(X^3)", Determinant(X**3), X, 3 * Determinant(X**3) * X.I.T
    yield "61 a'X^-1 b", a.T * X.I * b, X, -X.I.T * a * b.T * X.I.T
    yield "62 det(X^-1)", Determinant(X.I), X, -Determinant(X.I) * X.I.T
    yield "63 tr(AX^-1 B)", Trace(A * X.I * B), X, -(X.I * B * A * X.I).T
    yield "64 tr((X+A)^-1)", Trace(Inverse(X + A)), X, -(Inverse(X + A) * Inverse(X + A)).T


def _cookbook_vectors():
    x, a, b = M("x", n, 1), M("a", n, 1), M("b", n, 1)
    X, c = M("X", m, n), M("c", m, 1)
    S, e = M("X", n, n), M("c", n, 1)
    yield "69 x'a", x.T * a, x, a
    yield "69 a'x", a.T * x, x, a
    yield "70 a'Xb", c.T * X * b, X, c * b.T
    yield "71 a'X'b", b.T * X.T * c, X, c * b.T
    yield "72 a'Xa", a.T * S * a, S, a * a.T
    yield "72 a'X'a", a.T * S.T * a, S, a * a.T
    total = ones(1, m) * X * ones(n)
    yield "76 (sum of the entries)^2", Trace(total) ** 2, X, 2 * Trace(total) * ones(m, n)
    yield "77 b'X'Xc", b.T * X.T * X * e, X, X * (b * e.T + e * b.T)
    B, C, D, f, g = M("B", m, n), M("C", m, p), M("D", p, n), M("b", m, 1), M("d", p, 1)
    yield ("78 (Bx+b)'C(Dx+d)", (B * x + f).T * C * (D * x + g), x, B.T * C * (D * x + g) + D.T * C.T * (B * x + f))
    A = M("B", n, n)
    yield "81 x'Bx", x.T * A * x, x, (A + A.T) * x
    E = M("D", m, m)
    yield "82 b'X'DXc", b.T * X.T * E * X * e, X, E.T * X * b * e.T + E * X * e * b.T
    yield ("83 (Xb+c)'D(Xb+c)", (X * b + c).T * E * (X * b + c), X, (E + E.T) * (X * b + c) * b.T)
    W, s, y, F = M("W", m, m), M("s", n, 1), M("x", m, 1), M("A", m, n)
    r, z = y - F * s, M("s", m, 1)
    yield "84 (x-As)'W(x-As) by s", r.T * W * r, s, -F.T * (W + W.T) * r
    yield "85 (x-s)'W(x-s) by x", (y - z).T * W * (y - z), y, (W + W.T) * (y - z)
    yield "86 (x-s)'W(x-s) by s", (y - z).T * W * (y - z), z, -(W + W.T) * (y - z)
    yield "87 (x-As)'W(x-As) by x", r.T * W * r, y, (W + W.T) * r
    yield "88 (x-As)'W(x-As) by A", r.T * W * r, F, -(W + W.T) * r * s.T
    yield ("91 a'X^3 b", a.T * S**3 * b, S, a * b.T * S.T**2 + S.T * a * b.T * S.T + S.T**2 * a * b.T)


def _cookbook_traces():
    X, A, B = M("X", n, n), M("A", n, n), M("B", n, n)
    R, L, T = M("X", m, n), M("A", p, m), M("B", n, p)
    yield "99 tr(X)", Trace(X), X, Identity(n)
    yield "100 tr(XA)", Trace(R * M("A", n, m)), R, M("A", n, m).T
    yield "101 tr(AXB)", Trace(L * R * T), R, L.T * T.T
    yield "102 tr(AX'B)", Trace(M("A", p, n) * R.T * M("B", m, p)), R, M("B", m, p) * M("A", p, n)
    yield "103 tr(X'A)", Trace(R.T * M("A", m, n)), R, M("A", m, n)
    yield "104 tr(AX')", Trace(M("A", m, n) * R.T), R, M("A", m, n)
    K = M("A", p, p)
    yield "105 tr(A kron X)", Trace(KroneckerProduct(K, X)), X, Trace(K) * Identity(n)
    yield "106 tr(X^2)", Trace(X**2), X, 2 * X.T
    yield "107 tr(X^2 B)", Trace(X**2 * B), X, (X * B + B * X).T
    P, Q = M("B", m, m), M("B", n, n)
    yield "108 tr(X'BX)", Trace(R.T * P * R), R, (P + P.T) * R
    yield "109 tr(BXX')", Trace(P * R * R.T), R, (P + P.T) * R
    yield "110 tr(XX'B)", Trace(R * R.T * P), R, (P + P.T) * R
    yield "111 tr(XBX')", Trace(R * Q * R.T), R, R * (Q + Q.T)
    yield "112 tr(BX'X)", Trace(Q * R.T * R), R, R * (Q + Q.T)
    yield "113 tr(X'XB)", Trace(R.T * R * Q), R, R * (Q + Q.T)
    yield "114 tr(AXBX)", Trace(A * X * B * X), X, A.T * X.T * B.T + B.T * X.T * A.T
    yield "115 tr(X'X)", Trace(R.T * R), R, 2 * R
    yield "115 tr(XX')", Trace(R * R.T), R, 2 * R
    F, G = M("B", n, p), M("C", m, m)
    yield "116 tr(B'X'CXB)", Trace(F.T * R.T * G * R * F), R, (G + G.T) * R * F * F.T
    H = M("C", n, n)
    yield "117 tr(X'BXC)", Trace(R.T * P * R * H), R, P * R * H + P.T * R * H.T
    U, V = M("A", p, m), M("C", m, p)
    yield "118 tr(AXBX'C)", Trace(U * R * Q * R.T * V), R, U.T * V.T * R * Q.T + V * U * R * Q
    W = L * R * M("B", n, q) + M("C", p, q)
    yield "119 tr((AXB+C)(AXB+C)')", Trace(W * W.T), R, 2 * L.T * W * M("B", n, q).T
    yield "120 tr(X kron X)", Trace(KroneckerProduct(X, X)), X, 2 * Trace(X) * Identity(n)
    yield "121 tr(X^k)", Trace(X**k), X, k * (X ** (k - 1)).T
    yield "121 tr(X^5)", Trace(X**5), X, 5 * (X**4).T
    yield "122 tr(AX^3)", Trace(A * X**3), X, (A * X**2 + X * A * X + X**2 * A).T
    S, D = M("C", m, m), M("B", n, p)
    inner = D * D.T
    yield (
        "123 tr(B'X'CXX'CXB)",
        Trace(D.T * R.T * S * R * R.T * S * R * D),
        R,
        S * R * R.T * S * R * inner
        + S.T * R * inner * R.T * S.T * R
        + S * R * inner * R.T * S * R
        + S.T * R * R.T * S.T * R * inner,
    )
    yield "124 tr(AX^-1 B)", Trace(A * X.I * B), X, -X.I.T * A.T * B.T * X.I.T
    N = Inverse(R.T * S * R)
    E = M("A", n, n)
    yield "125 tr((X'CX)^-1 A)", Trace(N * E), R, -S * R * N * E * N - S.T * R * N.T * E.T * N.T
    yield (
        "126 tr((X'CX)^-1 (X'BX))",
        Trace(N * (R.T * P * R)),
        R,
        -S * R * N * R.T * P * R * N - S.T * R * N.T * R.T * P.T * R * N.T + P * R * N + P.T * R * N.T,
    )
    N = Inverse(E + R.T * S * R)
    yield (
        "127 tr((A+X'CX)^-1 (X'BX))",
        Trace(N * (R.T * P * R)),
        R,
        -S * R * N * R.T * P * R * N - S.T * R * N.T * R.T * P.T * R * N.T + P * R * N + P.T * R * N.T,
    )
    x, a = M("x", n, 1), M("a", n, 1)
    yield "129 |x-a|", sqrt(norm2(x - a)), x, (x - a) / sqrt(norm2(x - a))
    yield "131 |x|^2", x.T * x, x, 2 * x
    yield "132 |X|^2", norm2(R), R, 2 * R


def _sympy_scalars():
    X, x, y = M("X", k, k), M("x", k, 1), M("y", k, 1)
    A, B = M("A", k, k), M("B", k, k)
    a, b, c, e = (M(name, k, 1) for name in "abcd")
    yield "x'1", MatMul(x.T, ones(k)), x, ones(k)
    yield "3 tr(A)", 3 * Trace(A), A, 3 * Identity(k)
    yield "tr(A)^2", Trace(A) ** 2, A, 2 * Trace(A) * Identity(k)
    yield "tr(tr(A) A)", Trace(Trace(A) * A), A, 2 * Trace(A) * Identity(k)
    yield "tr(tr(tr(A) A) A)", Trace(Trace(Trace(A) * A) * A), A, 3 * Trace(A) ** 2 * Identity(k)
    yield "tr(AX) + tr(BX)", Trace(A * X) + Trace(B * X), X, A.T + B.T
    yield "a scalar without X", mu * Trace(B), A, sp.ZeroMatrix(k, k)
    xy, xx, s = Trace(x.T * y), Trace(x.T * x), Trace(a.T * X * b)
    yield "sqrt(x'y)", sqrt(xy), x, y / (2 * sqrt(xy))
    yield "sqrt(x'y) as a power of 1x1", (x.T * y) ** Rational(1, 2), x, y / (2 * sqrt(xy))
    yield "sqrt(x'x)", (x.T * x) ** Rational(1, 2), x, x / sqrt(xx)
    ca, xb = Trace(c.T * a), Trace(x.T * b)
    yield "sqrt(c'a x'b)", (c.T * a * x.T * b) ** Rational(1, 2), x, ca * b / (2 * sqrt(ca * xb))
    yield ("cube root of c'a x'b", (c.T * a * x.T * b) ** Rational(1, 3), x, ca * b * (ca * xb) ** Rational(-2, 3) / 3)
    yield "sqrt(a'Xb)", (a.T * X * b) ** Rational(1, 2), X, a * b.T / (2 * sqrt(s))
    dx, yc = Trace(e.T * x), Trace(y.T * c)
    yield (
        "d'x sqrt(a'Xb) y'c",
        e.T * x * (a.T * X * b) ** Rational(1, 2) * y.T * c,
        X,
        dx * yc / (2 * sqrt(s)) * a * b.T,
    )
    yield "x'Ax + k sin(y)'x", x.T * A * x + k * each(sp.sin, y).T * x, x, (A + A.T) * x + k * each(sp.sin, y)
    yield "sin(x)'y", each(sp.sin, x).T * y, x, HadamardProduct(each(sp.cos, x), y)
    yield "sin(a'Xb)", each(sp.sin, a.T * X * b), X, sp.cos(s) * a * b.T
    yield "a'sin(X)b", a.T * each(sp.sin, X) * b, X, HadamardProduct(a * b.T, each(sp.cos, X))
    U = A * X * B
    yield ("a'sin(AXB)b", a.T * each(sp.sin, U) * b, X, A.T * HadamardProduct(a * b.T, each(sp.cos, U)) * B.T)
    yield ("a'sin(AXb)", a.T * each(sp.sin, A * X * b), X, A.T * HadamardProduct(a, each(sp.cos, A * X * b)) * b.T)
    yield ("a'A sin(X) Bb", a.T * A * each(sp.sin, X) * B * b, X, HadamardProduct(A.T * a * b.T * B.T, each(sp.cos, X)))
    V = A * each(sp.sin, X) * B
    yield (
        "a'log(A sin(X) B)b",
        a.T * each(log, V) * b,
        X,
        HadamardProduct(A.T * HadamardProduct(a * b.T, HadamardPower(V, -1)) * B.T, each(sp.cos, X)),
    )
    yield ("a'log(sin(X))b", a.T * each(log, each(sp.sin, X)) * b, X, HadamardProduct(a * b.T, each(sp.cot, X)))
    yield "a'(A o X o B)b", a.T * HadamardProduct(A, X, B) * b, X, HadamardProduct(a * b.T, A, B)
    yield "(a'Xb)^2", HadamardPower(a.T * X * b, 2), X, 2 * s * a * b.T
    yield ("(a'Xb)^(1/2) entrywise", HadamardPower(a.T * X * b, Rational(1, 2)), X, a * b.T / (2 * sqrt(s)))
    yield "1'(a o x o b)", ones(1, k) * HadamardProduct(a, x, b), x, HadamardProduct(a, b)
    yield "1'(x^2 entrywise)", ones(1, k) * HadamardPower(x, 2), x, 2 * x
    yield (
        "1'(sqrt(x) entrywise)",
        ones(1, k) * HadamardPower(x, Rational(1, 2)),
        x,
        HadamardPower(x, Rational(-1, 2)) / 2,
    )
    yield "1'tan(x)", ones(1, k) * each(sp.tan, x), x, each(lambda v: 1 + sp.tan(v) ** 2, x)
    yield "y'(x x'x)", y.T * x * x.T * x, x, Trace(x.T * x) * y + 2 * Trace(y.T * x) * x
    yield "(A(X+B)c)'a", a.T * A * (X + B) * c, X, A.T * a * c.T
    yield (
        "tr(AX)X summed",
        ones(1, k) * (Trace(A * X) * X) * ones(k),
        X,
        Trace(X * ones(k, k)) * A.T + Trace(A * X) * ones(k, k),
    )
    yield "x'diag(a)x", x.T * DiagMatrix(a) * x, x, 2 * HadamardProduct(a, x)
    yield (
        "a'(AX(X'B+XA) + 42 XBX'A'(X+X'))b",
        a.T * (A * X * (X.T * B + X * A) + 42 * X * B * X.T * A.T * (X + X.T)) * b,
        X,
        A.T * a * b.T * (X.T * B + X * A).T
        + B * b * a.T * A * X
        + X.T * A.T * a * b.T * A.T
        + 42
        * (
            a * b.T * (X + X.T) * A * X * B.T
            + A.T * (X + X.T) * b * a.T * X * B
            + A * X * B.T * X.T * a * b.T
            + b * a.T * X * B * X.T * A.T
        ),
    )


def _statistics():
    X, y, w, S = M("X", n, d), M("y", n, 1), M("w", d, 1), M("S", d, d)
    r = X * w - y
    yield "least squares", norm2(r) / (2 * n), w, X.T * r / n
    yield "least squares by X", norm2(r), X, 2 * r * w.T
    yield "ridge regression", norm2(r) + mu * norm2(w), w, 2 * X.T * r + 2 * mu * w
    A, x = M("A", d, d), M("x", d, 1)
    quotient = Trace(x.T * A * x) / Trace(x.T * x)
    yield ("Rayleigh quotient", quotient, x, ((A + A.T) * x - 2 * quotient * x) / Trace(x.T * x))
    c, u = M("c", d, 1), M("mu", d, 1)
    z = x - u
    density = log(Determinant(S)) / 2 + Trace(z.T * S.I * z) / 2
    yield "Gaussian log-likelihood by mu", density, u, -(S.I + S.I.T) * z / 2
    yield "Gaussian log-likelihood by S", density, S, (S.I.T - S.I.T * z * z.T * S.I.T) / 2
    yield "log det(S)", log(Determinant(S)), S, S.I.T
    cosine = Trace(x.T * c) / sqrt(norm2(x) * norm2(c))
    yield (
        "cosine similarity",
        cosine,
        x,
        c / sqrt(norm2(x) * norm2(c)) - Trace(x.T * c) * x / (norm2(x) * sqrt(norm2(x) * norm2(c))),
    )
    E = each(exp, x)
    total = Trace(ones(1, d) * E)
    yield "log-sum-exp", log(total), x, E / total
    yield "entropy of weights", -Trace(x.T * each(log, x)), x, -each(log, x) - ones(d)
    U, V, Y = M("U", n, k), M("V", d, k), M("Y", n, d)
    low = U * V.T - Y
    yield "low-rank factors by U", norm2(low), U, 2 * low * V
    yield "low-rank factors by V", norm2(low), V, 2 * low.T * U
    K = M("M", n, d)
    yield ("masked low-rank factors", norm2(HadamardProduct(K, low)), U, 2 * HadamardProduct(K, K, low) * V)
    kernel = exp(-norm2(x - c) / 2)
    yield "Gaussian kernel", kernel, x, -kernel * (x - c)
    yield "log det(I + XX')", log(Determinant(Identity(n) + X * X.T)), X, 2 * Inverse(Identity(n) + X * X.T) * X
    corner = sp.FunctionMatrix(n, d, Lambda((i, j), sp.KroneckerDelta(i, 0) * sp.KroneckerDelta(j, 0)))
    yield "square of an entry", X[0, 0] ** 2, X, 2 * X[0, 0] * corner


def _networks():
    W, x, b, Z = M("W", n, k), M("x", n, 1), M("b", k, 1), M("Z", k, 1)
    y = each(SIGMOID, W.T * x + b)
    slope = HadamardProduct(y - Z, y, ones(k) - y)
    yield "report 1.2 by W", norm2(y - Z), W, 2 * x * slope.T
    yield "report 1.2 by b", norm2(y - Z), b, 2 * slope
    yield "report 1.2 by x", norm2(y - Z), x, 2 * W * slope
    u = each(TANH, W.T * x + b)
    yield ("tanh layer by W", norm2(u - Z), W, 2 * x * HadamardProduct(u - Z, ones(k) - HadamardPower(u, 2)).T)
    v = W.T * x + b
    yield ("relu layer by W", norm2(each(RELU, v) - Z), W, 2 * x * HadamardProduct(each(RELU, v) - Z, each(STEP, v)).T)
    yield "softplus layer by b", ones(1, k) * each(SOFTPLUS, v), b, each(SIGMOID, v)
    V, c = M("V", k, m), M("c", m, 1)
    out = each(SIGMOID, V.T * y + c)
    T = M("Z", m, 1)
    above = HadamardProduct(out - T, out, ones(m) - out)
    yield ("two sigmoid layers by W", norm2(out - T), W, 2 * x * HadamardProduct(V * above, y, ones(k) - y).T)
    yield "two sigmoid layers by V", norm2(out - T), V, 2 * y * above.T
    X, Y = M("X", m, d), M("Y", m, k)
    W1, b1, W2, b2 = M("W1", d, h), M("b1", 1, h), M("W2", h, k), M("b2", 1, k)
    A1 = each(SIGMOID, X * W1 + ones(m) * b1)
    U = A1 * W2 + ones(m) * b2
    loss = -Trace(Y.T * U) + Trace(ones(1, m) * each(log, each(exp, U) * ones(k)))
    P = softmax(U)
    yield "report 2.3 by W2", loss, W2, A1.T * (P - Y)
    yield "report 2.3 by b2", loss, b2, ones(1, m) * (P - Y)
    back = HadamardProduct((P - Y) * W2.T, A1, ones(m, h) - A1)
    yield "report 2.3 by W1", loss, W1, X.T * back
    yield "report 2.3 by b1", loss, b1, ones(1, m) * back
    L = M("U", m, k)
    S = softmax(L)
    yield ("softmax cross-entropy", -Trace(Y.T * each(log, S)), L, HadamardProduct(S, Y * ones(k, k)) - Y)
    y1, w, Xd = M("y", m, 1), M("w", d, 1), M("X", m, d)
    s = each(SIGMOID, Xd * w)
    yield (
        "logistic regression",
        -Trace(y1.T * each(log, s)) - Trace((ones(m) - y1).T * each(log, ones(m) - s)),
        w,
        Xd.T * (s - y1),
    )
    yield (
        "logistic regression, softplus form",
        Trace(ones(1, m) * each(SOFTPLUS, Xd * w)) - Trace(y1.T * Xd * w),
        w,
        Xd.T * (s - y1),
    )
    Q, K = M("Q", m, d), M("K", n, d)
    scores, B = softmax(Q * K.T), M("B", m, n)
    yield (
        "attention scores by Q",
        Trace(B.T * scores),
        Q,
        HadamardProduct(scores, B - HadamardProduct(B, scores) * ones(n, n)) * K,
    )
    gain = W.T * x
    yield ("deep linear network", norm2(V.T * gain - T), W, 2 * x * (V.T * gain - T).T * V.T)
    yield (
        "batch mean of a linear layer",
        norm2(X * M("W", d, k) - Y) / m,
        M("W", d, k),
        2 * X.T * (X * M("W", d, k) - Y) / m,
    )


def _cases(*groups):
    return [Case(*row) for group in groups for row in group()]


SOURCES = {
    "Matrix Cookbook": _cases(_cookbook_determinants, _cookbook_vectors, _cookbook_traces),
    "SymPy's tests": _cases(_sympy_scalars),
    "statistics": _cases(_statistics),
    "networks": _cases(_networks),
}
CASES = [case for cases in SOURCES.values() for case in cases]
