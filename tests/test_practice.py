"""Practice problems: fair, never twice the same, graded rightly, with hints and sheets."""

import subprocess
import sys
from collections import Counter
from random import Random

import pytest
from attack import practice as attack

from hwlib.matrix_calculus.practice import FAMILIES, LEVELS, LINE, main, problem, problems, sheet


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_and_level_gives_different_fair_problems(family):
    for level in LEVELS:
        found = problems(5, level, 3, family)
        assert len({one.text for one in found}) == 5
        for one in found:
            assert one.X in one.J.free_symbols
            assert one.answer != 0 and not one.answer.is_ZeroMatrix
            assert level > 3 or len(one.answer_text) <= LINE
            assert one.variable in one.statement and r"\mathbb{R}" in one.statement


def test_the_same_seed_gives_the_same_problem_in_another_process():
    code = (
        "from hwlib.matrix_calculus.practice import problem; print(problem(7, 3).text, problem(8, 2, 'softmax').text)"
    )
    texts = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert texts == {f"{problem(7, 3).text} {problem(8, 2, 'softmax').text}\n"}


def test_a_share_of_the_problems_is_graded_rightly():
    """The answer and three rewritings accepted, four slips refused; `make attack` asks for hundreds."""
    answers = list(attack.ask(Random("practice")))
    assert [answer for answer in answers if answer.outcome != "right"] == []
    kinds = Counter(answer.kind for answer in answers)
    assert kinds["practice: its answer"] == len(FAMILIES)
    assert kinds["practice: a slip"] >= 3 * len(FAMILIES)


def test_hints_go_from_the_rule_to_the_line_before_the_last():
    one = problem(7, 3, "layers")
    hints = one.hints()
    assert hints[0].startswith("The first rule is:")
    assert hints[1].startswith(r"The differential: $\mathrm d J = ")
    assert hints[-1].startswith(r"The next line: $\mathrm d J = ")
    assert len(problem(1, 2, "second order").hints()) == 3


@pytest.mark.parametrize("form, beginning", [("markdown", "# Matrix gradients"), ("latex", r"\documentclass")])
def test_a_sheet_has_its_problems_with_or_without_solutions_and_the_link(form, beginning):
    plain, solved = (sheet(2, 3, 7, form=form, solutions=solutions) for solutions in (False, True))
    assert plain.startswith(beginning)
    assert solved.count("Solution:") == 3 and "Solution" not in plain
    assert "09-practice.html" in plain and "seed=7" in plain
    assert all(one.statement in plain for one in problems(3, 2, 7))


def test_the_command_writes_the_sheet_and_refuses_what_it_cannot_do(capsys):
    main(["--level", "3", "--count", "2", "--seed", "7"])
    assert capsys.readouterr().out == sheet(3, 2, 7)
    with pytest.raises(SystemExit):
        main(["--count", "0"])
    assert "--count must be at least 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 6), "level must be one of"),
        ((1, 2, "sums"), "family must be one of"),
        (("x",), "seed must be a whole number"),
    ],
)
def test_what_there_is_not_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        problem(*arguments)
