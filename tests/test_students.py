"""A hundred gradients as students write them: MATLAB, NumPy, LaTeX, Unicode, and all of them at once.

Each is read and judged, or refused with a way out.
"""

import pytest

from hwlib.matrix_calculus import check
from hwlib.matrix_calculus.notation import NotationError, parse, read

SCOPE = read("""
    A: n x n, B: n x n, S: n x n symmetric, x: n, a: n, y: n, w: n, t: scalar, λ: scalar
    X: m x n, b: m, W: n x k, V: n x k, Z: m x k
""")
WORDS = ("proved", "right", "convention", "refuted")

# J, the variable, the gradient, and the word, or what the refusal says; "right" is proved or sampled
WRITTEN = [
    ("x'Ax", "x", "(A + A')x", "proved"),
    ("x'Ax", "x", "(A+A^T)x", "proved"),
    ("x^T A x", "x", "(A + A^\\top) x", "proved"),
    ("x'*A*x", "x", "Ax + A'x", "proved"),
    ("x'*A*x", "x", "2Ax", "refuted"),
    ("x'*S*x", "x", "2Sx", "proved"),
    ("x.T @ A @ x", "x", "(A + A.T) @ x", "proved"),
    ("np.dot(x, A @ x)", "x", "A @ x + A.T @ x", "proved"),
    ("\\mathbf{x}^\\top \\mathbf{A} \\mathbf{x}", "x", "(\\mathbf{A} + \\mathbf{A}^\\top)\\mathbf{x}", "proved"),
    ("⟨x, Ax⟩", "x", "Ax + Aᵀx", "proved"),
    ("½ x'Sx - a'x", "x", "Sx - a", "proved"),
    ("1/2 x'Sx - a'x", "x", "dJ/dx = Sx - a", "proved"),
    ("\\frac{1}{2} x^T S x - a^T x", "x", "\\frac{\\partial J}{\\partial x} = S x - a", "proved"),
    ("x'Ax", "A", "xx'", "proved"),
    ("x'Ax", "A", "x x^T", "proved"),
    ("x'Ax", "A", "np.outer(x, x)", "proved"),
    ("x'Ax", "A", "x @ x.T", "proved"),
    ("x'*S*x", "S", "x*x'", "proved"),
    ("a'x", "x", "a", "proved"),
    ("a·x", "x", "a", "proved"),
    ("<a, x>", "x", "a'", "convention"),
    ("sum(x)", "x", "1", "refuted"),
    ("sum(x)", "x", "ones(n,1)", "proved"),
    ("sum(x)", "x", "\\mathbf{1}", "proved"),
    ("1'x", "x", "𝟏", "proved"),
    ("||x||^2", "x", "2x", "proved"),
    ("‖x‖²", "x", "2·x", "proved"),
    ("\\|x\\|_2^2", "x", "2x", "proved"),
    ("||x||", "x", "x/||x||", "proved"),
    ("||x||_2", "x", "\\frac{x}{\\|x\\|}", "proved"),
    ("norm(x)", "x", "x ./ norm(x)", "proved"),
    ("np.linalg.norm(x)", "x", "x / np.linalg.norm(x)", "proved"),
    ("||x - a||", "x", "(x-a)/||x-a||", "proved"),
    ("||x||_1", "x", "sign(x)", "proved"),
    ("sum(|x|)", "x", "sgn(x)", "proved"),
    ("||Xw - b||^2", "w", "2X'(Xw - b)", "proved"),
    ("||Xw - b||^2", "w", "2X^T(Xw-b)", "proved"),
    ("||Xw - b||_2^2", "w", "2 X^{\\top} (X w - b)", "proved"),
    ("np.sum((X @ w - b)**2)", "w", "2 * X.T @ (X @ w - b)", "proved"),
    ("norm(X*w - b)^2", "w", "2*X'*X*w - 2*X'*b", "proved"),
    ("1/m ||Xw - b||²", "w", "2/m X'(Xw - b)", "proved"),
    ("1/(2m) ||Xw - b||²", "w", "1/m X'(Xw - b)", "proved"),
    ("\\frac{1}{2m}\\lVert Xw - b\\rVert^2", "w", "\\frac{1}{m} X^\\top (Xw - b)", "proved"),
    ("||Xw - b||^2", "w", "X'(Xw - b)", "refuted"),
    ("||Xw - b||^2", "w", "2(Xw - b)X'", "their product does not exist"),
    ("||Xw - b||^2 + λ||w||^2", "w", "2X'(Xw - b) + 2λw", "proved"),
    ("||Xw - b||^2 + λ w'w", "w", "2(X'X + λI)w - 2X'b", "proved"),
    ("\\|Xw-b\\|^2+\\lambda\\|w\\|^2", "w", "2X^\\top(Xw-b)+2\\lambda w", "proved"),
    ("||Xw - b||^2 + λ||w||_1", "w", "2X'(Xw - b) + λ sign(w)", "proved"),
    ("(Xw - b)'(Xw - b)", "w", "2X'Xw - 2X'b", "proved"),
    ("(b - Xw)ᵀ(b - Xw)", "w", "-2Xᵀ(b - Xw)", "proved"),
    ("||XW - Z||_F^2", "W", "2X'(XW - Z)", "proved"),
    ("||X@W - Z||^2", "W", "2*X.T@(X@W - Z)", "proved"),
    ("np.linalg.norm(X @ W - Z)**2", "W", "2 * X.T @ (X @ W - Z)", "proved"),
    ("sum((X*W - Z).^2)", "W", "2*X'*(X*W - Z)", "proved"),
    ("tr(A)", "A", "I", "proved"),
    ("Tr(AB)", "A", "B'", "proved"),
    ("tr(A'A)", "A", "2A", "proved"),
    ("tr(ABA')", "A", "A(B + B')", "proved"),
    ("tr(AB)", "A", "B", "refuted"),
    ("trace(A @ B)", "A", "B.T", "proved"),
    ("\\operatorname{tr}(A^\\top B)", "A", "B", "proved"),
    ("tr(A^2)", "A", "2A'", "proved"),
    ("tr(A^{-1})", "A", "-A^{-T}A^{-T}", "proved"),
    ("tr(A^{-1})", "A", "-(A^{-2})'", "proved"),
    ("tr(A^-1)", "A", "-inv(A)'*inv(A)'", "proved"),
    ("a'A^{-1}x", "A", "-A^{-T} a x' A^{-T}", "proved"),
    ("det(A)", "A", "det(A) inv(A)'", "proved"),
    ("|A|", "A", "|A| A^{-T}", "proved"),
    ("log det A", "A", "A^{-T}", "proved"),
    ("ln|A|", "A", "inv(A)'", "proved"),
    ("log|S|", "S", "S^{-1}", "proved"),
    ("np.log(np.linalg.det(A))", "A", "np.linalg.inv(A).T", "proved"),
    ("\\log\\det A", "A", "A^{-\\top}", "proved"),
    ("x'inv(A)x", "x", "(inv(A) + inv(A)')x", "proved"),
    ("sum(exp(x))", "x", "exp(x)", "proved"),
    ("sum(log(x))", "x", "1./x", "proved"),
    ("sum(ln x)", "x", "1 ./ x", "proved"),
    ("sum(log(x))", "x", "1/x", "write ./"),
    ("sum(x.^3)", "x", "3x.^2", "proved"),
    ("np.sum(x**3)", "x", "3*x**2", "proved"),
    ("sum(sigmoid(x))", "x", "sigmoid(x).*(1-sigmoid(x))", "proved"),
    ("sum(σ(x))", "x", "σ(x) ⊙ (1 - σ(x))", "proved"),
    ("sum(σ(x))", "x", "σ'(x)", "proved"),
    ("\\mathbf{1}^\\top \\sigma(x)", "x", "\\sigma(x) \\odot (\\mathbf{1} - \\sigma(x))", "proved"),
    ("sum(tanh(x))", "x", "1 - tanh(x)^2", "write .^"),
    ("sum(tanh(x))", "x", "1 - tanh(x).^2", "proved"),
    ("sum(tanh(x))", "x", "1 - tanh²(x)", "tanh(...)^2"),
    ("sum(relu(x))", "x", "step(x)", "proved"),
    ("sum(max(0,x))", "x", "(1 + sign(x))/2", "proved"),
    ("np.sum(np.maximum(x, 0))", "x", "np.heaviside(x)", "proved"),
    ("log(sum(exp(x)))", "x", "softmax(x)", "proved"),
    ("logsumexp(x)", "x", "exp(x)/sum(exp(x))", "proved"),
    ("log(1ᵀexp(x))", "x", "exp(x) / (1ᵀexp(x))", "proved"),
    ("a'softmax(x)", "x", "p .* (a - p'a)", "'p' is not declared"),
    ("-y'log(softmax(x))", "x", "sum(y)*softmax(x) - y", "proved"),
    ("-y'log(softmax(x))", "x", "softmax(x) - y", "refuted"),
    ("sum(log(1 + exp(-y .* x)))", "x", "-y ./ (1 + exp(y.*x))", "proved"),
    ("sum(log(1+e^x))", "x", "sigmoid(x)", "proved"),
    ("exp(-x'x/2)", "x", "-exp(-x'x/2)x", "proved"),
    ("exp(-||x-a||^2/(2t^2))", "x", "-(x-a)/t^2 exp(-||x-a||^2/(2t^2))", "proved"),
    ("1/(1+exp(-w'x))", "w", "σ(w'x)(1-σ(w'x))x", "right"),
    ("σ(w'x)", "w", "σ(wᵀx)(1 − σ(wᵀx))x", "right"),
    ("(x .* a)'y", "x", "a .* y", "proved"),
    ("||diag(a)x||^2", "x", "2*diag(a)^2*x", "proved"),
    ("x'Ax/x'x", "x", "((A+A')x - 2 (x'Ax)/(x'x) x)/(x'x)", "proved"),
    ("a'x/||x||", "x", "a/||x|| - (a'x)x/||x||^3", "proved"),
    ("tr(W'V)", "W", "V", "proved"),
    ("a'WW'a", "W", "2aa'W", "proved"),
    ("||W'x||^2", "W", "2x(x'W)", "proved"),
    ("||W'x||^2", "W", "2xx'W", "proved"),
    ("||W'x||^2", "x", "2WW'x", "proved"),
]


@pytest.mark.parametrize(("J", "variable", "gradient", "word"), WRITTEN, ids=lambda value: value)
def test_a_students_gradient_is_read_and_judged(J, variable, gradient, word):
    J, X = parse(J, SCOPE), SCOPE[variable]
    if word not in WORDS:
        with pytest.raises(NotationError) as caught:
            parse(gradient, SCOPE, X)
        assert word in str(caught.value)
        return
    verdict = check(J, X, parse(gradient, SCOPE, X), symmetric=SCOPE.symmetric)
    assert verdict.how in (("proved", "sampled") if word == "right" else (word,))


def test_there_are_a_hundred():
    assert len(WRITTEN) >= 100
