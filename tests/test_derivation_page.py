"""The page that judges a derivation: every example as it is meant, each line with its mark, wrong ones explained."""

import json
import sys
from pathlib import Path

import pytest
from axe import violations
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "web"))

import derivation_lines  # noqa: E402

EXAMPLES = json.loads((ROOT / "web" / "derivation-texts.json").read_text(encoding="utf-8"))
PATIENCE = 120_000  # to start Python on a busy machine


def lines(text, seconds=10):
    """What the page is told of each line of a text."""
    found = []
    derivation_lines.answer(
        json.dumps({"text": text, "seconds": seconds}), lambda _, line: found.append(json.loads(line))
    )
    return found


def more(text, index):
    found = []
    question = json.dumps({"text": text, "seconds": 10, "index": index})
    derivation_lines.more(question, lambda _, answer: found.append(json.loads(answer)))
    return found[0]


# ── what Python answers ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_every_example_is_read_and_wrong_where_it_says(example):
    found = lines(example["text"])
    assert [line["index"] for line in found] == list(range(len(example["text"].split("\n"))))
    assert not any(line["how"] in ("unread", "undecided", "error") for line in found)
    assert next((line["index"] for line in found if line["how"] == "refuted"), None) == example["wrong"]


def test_a_wrong_line_comes_with_point_values_and_slip():
    wrong = lines(EXAMPLES[0]["text"])[EXAMPLES[0]["wrong"]]
    assert wrong["slip"] == "a factor 2 is missing"
    assert [part.split(" = ")[0] for part in wrong["point"]] == ["k", "n", "W", "b", "dW", "x", "y"]
    assert "the left side is" in wrong["values"]


def test_a_wrong_line_as_it_should_be_and_the_steps_to_a_leap_are_typeset():
    text = EXAMPLES[0]["text"]
    found = more(text, EXAMPLES[0]["wrong"])
    assert found["lines"] == ["dJ = 2*(x'*dW*((a - y) .* a .* (1 - a)))"]
    assert found["latex"][0].startswith(r"\mathrm{d} J = 2 ")
    kept = [line for line in text.split("\n") if not line.startswith(("dJ = ", "da", "dz"))]
    assert lines("\n".join(kept))[-1]["leap"]
    assert [line.split(" = ")[0] for line in more("\n".join(kept), len(kept) - 1)["lines"]][:2] == ["dJ", "dJ"]


# ── in the browser ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def context(browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture(scope="module")
def page(context, site):
    """The page with Python running, for the tests that change only the text."""
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and page.errors.append(message.text))
    page.goto(f"{site}/chapters/08-derivation.html")
    page.locator("hw-derivation-lines").scroll_into_view_if_needed()
    page.locator("hw-derivation-lines[ready]").wait_for()
    page.get_by_role("button", name="Check", exact=True).click()
    expect(status(page)).to_have_text("The first wrong line is line 8.", timeout=PATIENCE)
    yield page
    assert page.errors == []


def status(page):
    return page.locator("hw-derivation-lines .live-tools .live-status").first


def area(page):
    return page.get_by_role("textbox", name="Your derivation, one statement a line")


def marks(page):
    return page.locator(".lines-sheet .lines-word").all_text_contents()


def write(page, text):
    """Put a text in, and wait until it is judged."""
    area(page).fill(text)
    expect(page.locator(".lines-signs .lines-work")).to_have_count(0, timeout=20_000)
    page.wait_for_timeout(450)  # the pause after which a text is judged
    expect(page.locator(".lines-signs .lines-work")).to_have_count(0, timeout=20_000)


def test_the_first_example_is_marked_line_by_line_and_its_slip_explained(page):
    write(page, EXAMPLES[0]["text"])
    assert marks(page) == ["· declared", *["· defined"] * 3, *["✓ proved"] * 3, "✗ wrong", "✓ proved"]
    wrong = page.locator(".lines-sheet .lines-refuted")
    assert "a factor 2 is missing" in wrong.text_content()
    assert wrong.locator("mjx-container").count() >= 3
    wrong.get_by_role("button", name="The line as it should be").click()
    expect(wrong.locator(".lines-more code")).to_have_text("dJ = 2*(x'*dW*((a - y) .* a .* (1 - a)))")


def test_a_line_under_work_is_neither_right_nor_wrong_and_then_has_its_mark(page):
    write(page, "x: n\nJ = x'x\ndJ = 2 x'dx")
    area(page).press("Control+End")
    area(page).press_sequentially("\ndJ/dx = x")
    assert page.locator(".lines-signs li").all_text_contents()[3] == "…"
    assert page.locator(".lines-signs li").all_text_contents()[2] == "✓"
    expect(status(page)).to_have_text("The first wrong line is line 4.", timeout=20_000)
    assert marks(page)[-1] == "✗ wrong"


def test_a_line_that_cannot_be_read_points_at_the_place(page):
    write(page, "x: n\nJ = x'(x")
    unread = page.locator(".lines-sheet .lines-unread")
    assert "')' is missing" in unread.text_content()
    assert unread.locator("pre").text_content().endswith("^")
    assert status(page).text_content() == "0 lines judged, none of them wrong. 1 cannot be read."


def test_the_wrong_line_is_reached_by_keyboard(page):
    write(page, EXAMPLES[0]["text"])
    page.get_by_role("button", name="To the wrong line").press("Enter")
    selected = area(page).evaluate(
        "e => [document.activeElement === e, e.value.slice(e.selectionStart, e.selectionEnd)]"
    )
    assert selected == [True, EXAMPLES[0]["text"].split("\n")[7]]


def test_a_link_carries_the_text(page, context):
    write(page, "x: n\nJ = x'x  # 100 %\ndJ = x'dx")
    page.get_by_role("button", name="Copy link").click()
    expect(status(page)).to_have_text("The link is copied.")
    other = context.new_page()
    other.goto(page.evaluate("navigator.clipboard.readText()"))
    other.locator("hw-derivation-lines").scroll_into_view_if_needed()
    expect(area(other)).to_have_value("x: n\nJ = x'x  # 100 %\ndJ = x'dx")
    expect(status(other)).to_have_text("The first wrong line is line 3.", timeout=PATIENCE)
    other.close()


def test_another_line_is_judged_soon_after_the_pause_and_typing_goes_on(page):
    write(page, EXAMPLES[0]["text"])
    area(page).press("Control+End")
    took = area(page).evaluate(
        """async area => {
        const start = performance.now();
        area.setRangeText("\\ndz = dW'x", area.value.length, area.value.length, "end");
        area.dispatchEvent(new Event("input"));
        const typed = performance.now() - start;
        const proved = () => document.querySelectorAll(".lines-signs .lines-proved").length;
        while (proved() < 5) await new Promise(requestAnimationFrame);
        return [typed, performance.now() - start];
    }"""
    )
    assert took[0] < 100
    assert took[1] < 350 + 4 * 500  # a machine that does other things as well


@pytest.mark.parametrize("width, theme", [(360, "dark"), (768, "light"), (1400, "dark")])
def test_the_page_fits_and_is_accessible(page, width, theme):
    write(page, EXAMPLES[0]["text"])
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    page.wait_for_timeout(500)  # the theme's side bar slides to its place
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    signs = page.locator(".lines-signs").bounding_box()
    assert signs["x"] >= 0 and signs["x"] + signs["width"] <= width
    first, last = (page.locator(".lines-signs li").nth(k).bounding_box()["y"] for k in (0, 8))
    line = area(page).evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
    assert abs(last - first - 8 * line) < 2  # each sign stands beside its line
    page.evaluate("scrollTo(0, 0)")  # the theme's own button back to the top goes
    page.wait_for_timeout(500)
    assert violations(page) == []
