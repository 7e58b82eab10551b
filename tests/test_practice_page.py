"""The practice page: problems from Python, hints, verdicts, and a map that the browser keeps."""

import json
import sys
from pathlib import Path

import pytest
from axe import violations
from playwright.sync_api import expect

from hwlib.matrix_calculus.practice import FAMILIES, problems

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "web"))

import practice_page  # noqa: E402

PATIENCE = 120_000  # to start Python on a busy machine
SHEET = "#level=2&count=3&seed=7&family=traces"


def answers(task, question):
    """(what a task returns, its parts) for a question."""
    found = []
    done = task(json.dumps(question), lambda kind, text: found.append((kind, text)))
    return done, found


@pytest.fixture(scope="module")
def one():
    _, ((_, text),) = answers(practice_page.sheet, {"level": 2, "count": 1, "seed": 7, "family": "traces"})
    return json.loads(text)


def test_a_sheet_is_what_the_package_makes(one):
    (made,) = problems(1, 2, 7, "traces")
    assert (one["text"], one["statement"]) == (made.text, made.statement)
    assert one["lines"].endswith(f"J = {made.text}")


def test_an_answer_is_graded_or_its_place_shown(one):
    (made,) = problems(1, 2, 7, "traces")
    assert answers(practice_page.grade, {"problem": one, "answer": made.answer_text})[1][0][0] == "proved"
    wrong = answers(practice_page.grade, {"problem": one, "answer": f"2*({made.answer_text})"})[1]
    assert wrong[0][0] == "refuted"
    assert ("markdown", "The likely slip: a factor 2 too much.") in wrong
    done, unread = answers(practice_page.grade, {"problem": one, "answer": "2*("})
    assert not done and unread[0][0] == "unread"


def test_the_last_hint_is_the_answer(one):
    (made,) = problems(1, 2, 7, "traces")
    assert answers(practice_page.hint, {"problem": one, "number": 0}) == (True, [("markdown", made.hints()[0])])
    done, last = answers(practice_page.hint, {"problem": one, "number": len(made.hints())})
    assert not done
    assert last[0] == ("markdown", f"The answer: `{made.answer_text}`")


# ── in the browser ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def page(browser, site):
    """The page with the first problem of a sheet."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.goto(f"{site}/chapters/09-practice.html{SHEET}")
    page.locator("hw-practice").scroll_into_view_if_needed()
    page.get_by_text("traces, level 2, 1 of 3").wait_for(timeout=PATIENCE)
    yield page
    assert errors == []
    context.close()


def status(page):
    return page.locator("hw-practice .live-tools .live-status").first


def answer(page, text):
    box = page.get_by_role("textbox", name="Your answer")
    box.fill(text)
    box.press("Enter")


def test_a_problem_is_solved_with_hints_and_counts_once(page):
    first, second, _ = problems(3, 2, 7, "traces")
    answer(page, f"2*({first.answer_text})")
    expect(page.locator(".checker-verdict")).to_contain_text("Not yet", timeout=20_000)
    expect(page.locator(".checker-answer")).to_contain_text("a factor 2 too much")
    page.get_by_role("button", name="A hint").click()
    expect(page.locator(".checker-answer")).to_contain_text("The first rule is:", timeout=20_000)
    answer(page, first.answer_text)
    expect(status(page)).to_have_text("Right", timeout=20_000)
    solved = page.locator(".practice-record tbody tr", has_text="traces").locator("td").nth(1)
    assert solved.text_content() == "1/1"
    answer(page, first.answer_text)
    page.get_by_role("button", name="Next problem").click()
    page.get_by_text("traces, level 2, 2 of 3").wait_for(timeout=20_000)
    assert page.get_by_role("textbox", name="Your answer").input_value() == ""
    assert solved.text_content() == "1/1"
    link = page.get_by_role("link", name="Write the whole derivation").get_attribute("href")
    assert link.startswith("08-derivation.html#derivation=")


def test_the_map_is_kept_and_can_be_cleared(page):
    assert "traces|2" in page.evaluate("localStorage.getItem('practice')")
    page.get_by_role("button", name="Clear the map").click()
    assert page.evaluate("localStorage.getItem('practice')") is None
    assert set(page.locator(".practice-record td").all_text_contents()) == {"·"}
    assert page.locator(".practice-record tbody th").all_text_contents() == list(FAMILIES)


def test_a_link_opens_the_same_sheet(page):
    page.get_by_role("button", name="Copy link").click()
    expect(status(page)).to_have_text("The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()").endswith(SHEET)


def test_the_level_adapts(page):
    found = page.evaluate(
        """async () => {
        const { adapted } = await import(new URL("../_static/web/practice-record.js", location));
        return [adapted(2, []), adapted(2, ["alone"]), adapted(2, ["alone", "alone"]), adapted(2, ["helped", "alone"]),
                adapted(2, ["alone", "shown"]), adapted(1, ["shown"]), adapted(5, ["alone", "alone"])];
    }"""
    )
    assert found == [2, 2, 3, 2, 1, 1, 5]


@pytest.mark.parametrize("width, theme", [(360, "dark"), (1400, "light")])
def test_the_page_fits_and_is_accessible(page, width, theme):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("scrollTo(0, 0)")  # the theme's own button back to the top goes
    page.wait_for_timeout(500)
    assert violations(page) == []
