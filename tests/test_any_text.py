"""Any text at all: read or refused with a place, in bounded time."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwlib.matrix_calculus.echo import echo
from hwlib.matrix_calculus.notation import NotationError, parse, read

SCOPE = read("""
    A: n x n, S: n x n symmetric, x: n, y: n, t: scalar, X: m x n, c: 1 x n, θ: n, ab: n, a: n, b: n, ba: n
    z = A*x
""")
SECONDS = 2  # of the processor's time; the slowest of the texts below takes a quarter of it

PIECES = [
    *"A x y S X t z θ I 1 2 0 .5 1e3 99999999 9^9^9 ab aba q W n m a".split(),
    *"+ - * / .* ./ .^ ^ ^T ' '' @ ** ² ⁻¹ ᵀ √ ½ σ ∇ ∂ ∑ ! ? \" # % , ; : = _ _1 _F . \\".split(),
    *"( ) [ ] { } | || ‖ < > ⟨ ⟩ [1,2] [:,0] (n,1) ^(1/2) ^{-T} ^{ _{ .T .sum( .shape[0] axis=0 'fro' True".split(),
    *"exp log det tr inv norm sum mean diag softmax max kron ones zeros unit gamma np. np.linalg.inv".split(),
    *r"\frac \frac{1}{2} \frac12 \sqrt \top \odot \mathbf{1} \left \right \begin{matrix} \hat{x} \theta".split(),
    *[
        "𝟏",
        "1_n",
        "I_n",
        "dJ/dx =",
        "J =",
        "e^",
        "∈",
        "ℝ",
        "\t",
        "\n",
        "\u200b",
        "é",
        "中",
        "🙂",
        "\ud800",
        "\x00",
        "\u0301",
    ],
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=14).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join),
    st.text(max_size=30),
)


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused_with_a_place_in_it(text):
    for reader in (lambda text: echo(text, SCOPE).latex, read):
        try:
            reader(text)
        except NotationError as error:
            assert 0 <= error.position <= len(text) and error.message


def nested(before, core, after="", times=90):
    return before * times + core + after * times


LONG = {
    "10 000 brackets": nested("(", "x", ")", 5_000),
    "open brackets": "(" * 9_000,
    "bars": "|" * 9_000,
    "roots": "√" * 9_000 + "t",
    "minus signs": "-" * 9_000 + "x",
    "transposes": "x" + "'" * 9_000,
    "accents": "x" + "\u0301" * 9_000,
    "blanks": " " * 9_000 + "x",
    "lines": "\n" * 9_000,
    "one word": "q" * 9_000,
    "one word of names": "ab" * 50,
    "digits": "1" * 9_000,
    "decimals": "1." + "1" * 9_000,
    "powers": "9^9^9^9",
    "powers in brackets": "9^(9^(9^9))",
    "a large exponent": "A^(10^300)",
    "a power of a power": "(9^400)^(9^400)",
    "a long sum": "+".join("x" * 3_000),
    "a product": "*".join("A" * 240),
    "neighbors": "A" * 100,
    "rows times columns": "A " * 150 + "x'x" * 150,
    "fractions": "t" + "/t" * 230,
    "entry by entry": " .* ".join("x" * 240),
    "identities": "+".join("I" * 200) + "+A",
    "nested squares": nested("(", "t", "+t)^2"),
    "nested fractions": nested(r"\frac{t}{1+", "t", "}"),
    "nested exponentials": nested("exp(", "t", ")"),
    "nested logarithms": nested("log(1+", "t", ")"),
    "nested sigmoids": nested("sigmoid(", "x", ")"),
    "nested inverses": nested("inv(", "A", ")"),
    "nested layers": nested("tanh(A*", "x", ")"),
    "nested softmax": nested("softmax(", "X", ")"),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_long_or_deep_text_is_read_or_refused_in_bounded_time(text):
    start = process_time()
    for reader in (lambda text: parse(text, SCOPE), read):
        try:
            reader(text)
        except NotationError as error:
            assert 0 <= error.position <= len(text)
            assert len(str(error)) < 1_000
    assert process_time() - start < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        "x: n\n" + "\n".join(f"y{i + 1} = exp(y{i})" if i else "y1 = exp(x)" for i in range(100)),
        "x: n\n" + "\n".join(f"y{i + 1} = y{i} .* y{i}" if i else "y1 = x .* x" for i in range(100)),
        ", ".join(f"A{i}: n{i} x m{i}" for i in range(150)),
        "x: " + "(" * 9_000,
        "x: " + "x".join("n" * 3_000),
        ":" * 9_000,
        "a=" * 4_000,
    ],
    ids=["deep", "doubling", "many names", "brackets", "sizes", "colons", "equals"],
)
def test_long_declarations_are_read_or_refused_in_bounded_time(text):
    start = process_time()
    try:
        read(text)
    except NotationError as error:
        assert 0 <= error.position <= len(text)
    assert process_time() - start < SECONDS
