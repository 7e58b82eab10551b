"""The deadline: what runs is ended in time wherever it is, and nothing of it is left behind."""

import signal
import sys
import threading
from time import monotonic, process_time

import pytest
import sympy as sp
from sympy import (
    Determinant,
    HadamardProduct,
    Inverse,
    KroneckerProduct,
    MatAdd,
    MatMul,
    MatrixSymbol,
    OneMatrix,
    Q,
    Trace,
    symbols,
)
from sympy.assumptions.assume import global_assumptions
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction

from hwlib.matrix_calculus.arithmetic import DIGITS, mp
from hwlib.matrix_calculus.deadline import OutOfTime, look_at_the_clock, time_left, within
from hwlib.matrix_calculus.gradient import gradient
from hwlib.matrix_calculus.judge import check, same

TIME, SLACK = 0.05, 2  # seconds; a busy machine is no failure


def forever():
    while True:
        pass


def forever_calling():
    while True:
        len("")


def ended_after(seconds, work, **options):
    """Whether OutOfTime ends the work, and not long after the time is over."""
    start = monotonic()
    with pytest.raises(OutOfTime), within(seconds, **options):
        work()
    return seconds <= monotonic() - start < seconds + SLACK


def in_a_thread(question):
    """The answer of a thread, which has no alarm."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(question()))
    thread.start()
    thread.join()
    return answers[0]


def test_what_neither_looks_at_the_clock_nor_calls_is_ended():
    assert ended_after(TIME, forever)


def test_without_an_alarm_whoever_looks_at_the_clock_is_ended():
    def looking():
        while True:
            look_at_the_clock()

    assert in_a_thread(lambda: ended_after(TIME, looking))


def test_without_an_alarm_whoever_calls_is_ended_if_that_is_asked_for():
    assert in_a_thread(lambda: ended_after(TIME, forever_calling, interrupt=True))


@pytest.mark.parametrize("outer, inner", [(TIME, 10), (10, TIME)])
def test_the_earlier_of_two_ends_counts(outer, inner):
    start = monotonic()
    with pytest.raises(OutOfTime), within(outer), within(inner):
        forever()
    assert monotonic() - start < TIME + SLACK


def test_the_outer_end_still_counts_after_the_inner_one():
    start = monotonic()
    with pytest.raises(OutOfTime), within(4 * TIME):
        with pytest.raises(OutOfTime), within(TIME):
            forever()
        assert 0 < time_left() <= 3 * TIME
        forever()
    assert 4 * TIME <= monotonic() - start < 4 * TIME + SLACK


def test_what_ends_in_time_is_not_disturbed_afterwards():
    with within(TIME):
        pass
    end = monotonic() + 2 * TIME
    while monotonic() < end:
        pass
    assert time_left() == float("inf")
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_an_end_is_not_taken_for_an_exception_on_the_way():
    def swallowing():
        while True:
            try:
                forever_calling()
            except Exception:
                continue

    assert ended_after(TIME, swallowing)
    assert in_a_thread(lambda: ended_after(TIME, swallowing, interrupt=True))


def test_an_error_that_an_end_leads_to_is_an_end():
    def misled():
        try:
            forever()
        except BaseException:
            raise TypeError("no number") from None

    assert ended_after(TIME, misled)


def test_an_error_in_time_is_an_error():
    with pytest.raises(TypeError), within(TIME):
        raise TypeError


def test_an_alarm_of_somebody_else_is_left_alone():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, TIME)
        assert ended_after(2 * TIME, forever_calling, interrupt=True)
        assert rung == [True]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_profiler_keeps_its_place_and_then_only_our_own_loops_end():
    def profile(*_):
        return None

    def asked():
        sys.setprofile(profile)
        with within(10, interrupt=True):
            assert sys.getprofile() is profile
        assert sys.getprofile() is profile
        sys.setprofile(None)
        return True

    assert in_a_thread(asked)


# ---------------------------------------------------------------- the judge keeps its time

n = symbols("n", integer=True, positive=True)
A, B = MatrixSymbol("A", n, n), MatrixSymbol("B", n, n)
x = MatrixSymbol("x", n, 1)
ROW = OneMatrix(1, n)
T = sp.Symbol("t", real=True)


def applied(function, matrix):
    return ElementwiseApplyFunction(sp.Lambda(T, function(T)), matrix)


def sines(depth):
    """h becomes h .* sin(h); SymPy flattens the products, so that as a tree it doubles every time."""
    h = x
    for _ in range(depth):
        h = HadamardProduct(h, applied(sp.sin, h))
    return h


def inverses(depth):
    M = A
    for _ in range(depth):
        M = Inverse(M + B)
    return M


SUM = MatAdd(*[MatMul(MatrixSymbol(f"U{k}", n, n), MatrixSymbol(f"V{k}", n, n)) for k in range(14)])
SUMS = MatMul(*[MatAdd(MatrixSymbol(f"U{k}", n, n), MatrixSymbol(f"V{k}", n, n)) for k in range(8)])
LARGE = MatrixSymbol("Z", 120, 120)
EXPLICIT = MatrixSymbol("Z", 8, 8)
HARD = {
    "a large power": (Trace(A**800), A, 800 * (A**799).T),
    "a huge power": (Trace(A ** (10**9)), A, A),
    "a large power of a sum": (Trace((A + B) ** 60), A, 59 * ((A + B) ** 59).T),
    "the determinant of a big sum": (sp.log(Determinant(A + SUM)), A, Inverse(A + SUM).T + SUM - SUM.T),
    "a product of sums": (Trace(SUMS * A), A, SUMS.T + SUMS - SUMS.expand()),
    "a polynomial": (ROW * applied(lambda t: (1 + t + t**2) ** 60, x), x, applied(lambda t: (1 + t + t**2) ** 60, x)),
    "a nest of products": (ROW * sines(11), x, sines(10)),
    "a nest of exponentials": (ROW * applied(lambda t: sp.exp(sp.exp(sp.exp(sp.exp(t)))), x), x, x),
    "a nest of inverses": (Trace(inverses(30)), A, inverses(29)),
    "a Kronecker product": (Trace(KroneckerProduct(A, B, A, B)), A, A),
    "a large inverse": (Trace(Inverse(LARGE)), LARGE, -(Inverse(LARGE) ** 2).T),
    "an explicit determinant": (Determinant(EXPLICIT + EXPLICIT.T) ** 3, EXPLICIT, EXPLICIT),
}


@pytest.mark.parametrize("name", HARD)
def test_no_question_takes_longer_than_it_may(name):
    start = monotonic()
    verdict = check(*HARD[name], seconds=4 * TIME)
    assert monotonic() - start < 4 * TIME + SLACK
    assert verdict.how in ("proved", "sampled", "refuted", "undecided"), str(verdict)
    if verdict.how == "undecided":
        assert any(word in verdict.sentence for word in ("time", " s were not enough", "no point", "out of reach"))


def test_an_equality_takes_no_longer_either():
    start = monotonic()
    same(Trace(SUMS.expand()), Trace(SUMS), seconds=4 * TIME)
    assert monotonic() - start < 4 * TIME + SLACK


def test_nothing_is_left_behind_wherever_the_end_comes():
    before = frozenset(global_assumptions)
    J, G = Trace(A * B * A) + sp.log(Determinant(A)), (A * B + B * A).T + Inverse(A).T
    for k in range(30):
        verdict = check(J, A, G, symmetric=[B], seconds=0.002 + 0.003 * k)
        assert verdict.how in ("undecided", "proved", "sampled"), str(verdict)
        assert (mp.dps, mp._prec_rounding[1]) == (DIGITS, "n")
        assert frozenset(global_assumptions) == before and Q.symmetric(B) not in before


# ---------------------------------------------------------------- what is shared costs what it is stored


def test_a_right_claim_in_a_deep_nest_is_proved_at_once():
    J = ROW * sines(10)
    start = process_time()
    assert check(J, x, gradient(J, x), seconds=60).how == "proved"
    assert process_time() - start < 4  # some 0.5 on a quiet machine


@pytest.mark.parametrize("layers, which", [(50, 0), (50, -1), (100, -1)])
def test_a_deep_network_is_judged_without_an_exception_and_in_time(layers, which):
    weights = [MatrixSymbol(f"W{k}", n, n) for k in range(layers)]
    H, W = MatrixSymbol("X", n, n), weights[which]
    for weight in weights:
        H = applied(sp.tanh, MatMul(H, weight))
    J = Trace(H.T * H)
    start = process_time()
    assert check(J, W, gradient(J, W), seconds=60).how == "proved"
    assert process_time() - start < 6


def test_a_large_concrete_matrix_is_judged_in_time():
    Z = MatrixSymbol("Z", 200, 200)
    start = process_time()
    assert check(Trace(Z * Z), Z, 2 * Z.T, seconds=60).how == "proved"
    assert process_time() - start < 3
