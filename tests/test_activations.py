import warnings

import mpmath
import numpy as np
import pytest
import sympy
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hwlib.activations import ACTIVATIONS, REPORTED, scaled_tanh

EACH = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)
NUMBERS = st.floats(-30, 30, allow_subnormal=False)  # TensorFlow takes a subnormal number for 0
ARRAYS = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=NUMBERS)
EXACT = {
    "relu": (lambda t: max(t, mpmath.mpf(0)), lambda t: mpmath.mpf(t > 0)),
    "sigmoid": (lambda t: 1 / (1 + mpmath.exp(-t)), lambda t: 1 / (mpmath.exp(t / 2) + mpmath.exp(-t / 2)) ** 2),
    "tanh": (mpmath.tanh, lambda t: mpmath.sech(t) ** 2),
    "gelu": (lambda t: t * mpmath.ncdf(t), lambda t: mpmath.ncdf(t) + t * mpmath.npdf(t)),
}
ROUNDING = {"gelu": 3e-16}  # its derivative crosses 0, and exp(-z²/2) rounds z² before it


@EACH
@given(t=st.floats(-700, 700))
def test_values_and_derivatives_agree_with_mpmath_to_1e_14(activation, t):
    value, derivative = EXACT[activation.name]
    with mpmath.workdps(50):
        for function, exact in ((activation, value), (activation.derivative, derivative)):
            expected = exact(mpmath.mpf(t))
            found = mpmath.mpf(float(function(np.float64(t))))
            assert abs(found - expected) <= mpmath.mpf("1e-14") * abs(expected) + ROUNDING.get(activation.name, 1e-307)


@EACH
@given(z=ARRAYS)
def test_the_derivative_agrees_with_tensorflow(activation, z):
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(getattr(tf.nn, activation.name)(variable))
    expected = tape.gradient(value, variable).numpy()
    digits = 1e-8 if activation.name == "gelu" else 1e-13  # TensorFlow's erf has eight digits in float64
    np.testing.assert_allclose(activation.derivative(z), expected, atol=digits)


@EACH
@given(t=st.floats(-20, 20).filter(lambda t: abs(t) > 1e-3))
def test_the_derivative_agrees_with_central_differences(activation, t):
    h = 1e-5
    difference = (activation(np.float64(t + h)) - activation(np.float64(t - h))) / (2 * h)
    assert activation.derivative(np.float64(t)) == pytest.approx(difference, abs=1e-8)


@EACH
@pytest.mark.parametrize("t", [-3, sympy.Rational(-1, 3), sympy.Rational(1, 2), 5])
def test_the_symbolic_form_is_the_same_function_and_so_is_its_derivative(activation, t):
    x = sympy.Symbol("x", real=True)
    expression = activation.symbolic(x)
    assert float(expression.subs(x, t)) == pytest.approx(float(activation(np.float64(t))), rel=1e-14)
    slope = expression.diff(x).subs(x, t)
    assert float(slope) == pytest.approx(float(activation.derivative(np.float64(t))), rel=1e-13)


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_from_zero_nothing_overflows_or_warns(activation, dtype):
    z = np.array([-1e4, -100, 0, 100, 1e4], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(activation(z)).all() and np.isfinite(activation.derivative(z)).all()


@EACH
@given(z=ARRAYS)
def test_shapes_and_dtypes_are_kept_and_the_argument_is_left_alone(activation, z):
    for array in (z, z.astype(np.float32)):
        before = array.copy()
        for function in (activation, activation.derivative):
            assert function(array).shape == array.shape and function(array).dtype == array.dtype
        np.testing.assert_array_equal(array, before)


@EACH
@given(t=st.floats(-50, 50))
def test_what_an_activation_says_about_its_size_and_growth_is_true(activation, t):
    limit = {True: 1, False: abs(t), None: np.inf}[activation.bounded]
    assert abs(activation(np.float64(t))) <= limit
    assert not activation.increasing or activation.derivative(np.float64(t)) >= 0


@given(t=st.floats(-50, 50), height=st.floats(0.1, 5), steepness=st.floats(0.1, 5))
def test_a_scaled_tanh_says_the_truth_about_its_size(t, height, steepness):
    activation = scaled_tanh(height, steepness)
    limit = {True: 1, False: abs(t), None: np.inf}[activation.bounded]
    assert abs(activation(np.float64(t))) <= limit * (1 + 1e-12)


def test_the_table_of_activations_begins_in_the_report_s_order():
    assert list(ACTIVATIONS)[:3] == list(REPORTED) == ["relu", "sigmoid", "tanh"]
