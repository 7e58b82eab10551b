"""What the curves measure does not grow as the expression written out: small sizes are done in a moment."""

import time

import pytest

from hwlib.matrix_calculus import curves, gradient
from hwlib.matrix_calculus.notation import parse, read


@pytest.mark.parametrize("name", curves.CURVES)
def test_every_curve_can_be_drawn(name, monkeypatch, capsys):
    work, _ = curves.CURVES[name]
    monkeypatch.setattr(curves, "CURVES", {name: (work, (2, 3))})
    curves.main()
    assert name in capsys.readouterr().out


def test_a_residual_net_read_from_text_is_differentiated_again_as_fast_as_it_is_stored():
    layers = [f"H{k} = H{k - 1} + sigmoid(H{k - 1}*W{k})" for k in range(1, 17)]
    text = "\n".join(["X, Y: m x n", *(f"W{k}: n x n" for k in range(1, 17)), "H0 = 1*X", *layers])
    for _ in range(2):  # equal trees of their own, which SymPy compares leaf by leaf
        names = read(text)
        J = parse("norm(H16 - Y)^2", names)
        start = time.process_time()
        gradient(J, names["W1"])
        assert time.process_time() - start < 2
