"""Texts as papers, lecture notes and programs have them: each is read right, or refused, never something else.

`field.txt` has a line for each: the text, and how it is understood in plain notation, or "refused".
"""

from pathlib import Path

import pytest

from hwlib.matrix_calculus.echo import echo
from hwlib.matrix_calculus.notation import NotationError, read

SCOPE = read("""
    A, B, Q, Λ, H: n x n, Σ: n x n symmetric, x, μ, w, β, u, v: n, X: m x n, K: m x m, W: k x n, P, Y: m x k
    y: m, b, z: k, λ, σ_2, t, ε, c: scalar
""")
TEXTS = [line.split("  =>  ") for line in Path(__file__).with_name("field.txt").read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("text", "meaning"), TEXTS, ids=lambda value: value)
def test_a_text_of_the_field_is_read_right_or_refused(text, meaning):
    if meaning == "refused":
        with pytest.raises(NotationError):
            echo(text, SCOPE)
    else:
        assert str(echo(text, SCOPE)) == meaning
