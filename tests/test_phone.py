"""The pages on a phone, 360 pixels wide and touched with a thumb."""

import pytest
from bench_web import pages
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
CUT = """() => [...document.querySelectorAll('article *:not(textarea)')].filter((node) => {
    const style = getComputedStyle(node);
    const hidden = node.scrollWidth - node.clientWidth;
    return ['auto', 'scroll', 'hidden'].includes(style.overflowX) && node.clientWidth > 1 && hidden > 1
        && style.position !== 'absolute' && node.checkVisibility() && !node.classList.contains('more-right');
}).map((node) => node.outerHTML.slice(0, 120))"""
OUTSIDE = """() => [...document.querySelectorAll('article span.math > mjx-container')].filter((node) =>
    node.checkVisibility() && !node.closest('.more-right')
    && node.getBoundingClientRect().right > innerWidth).map((node) => node.textContent)"""
SMALL = """() => {
    const roots = [document, ...[...document.querySelectorAll('*')].map((node) => node.shadowRoot).filter(Boolean)];
    return roots.flatMap((root) => [...root.querySelectorAll(
        '.bd-content button, button, select, input, [role=slider], .cell')]).filter((node) => {
        const { width, height } = node.getBoundingClientRect();
        return node.checkVisibility() && node.closest('.playground, .checker, .live-tools, .bet-choices')
            && (width < 24 || height < 24);
    }).map((node) => node.outerHTML.slice(0, 90));
}"""


@pytest.fixture(scope="module")
def phone(browser, site):
    """Open a page of the book on a phone, with all its elements: phone(name) → page."""
    context = browser.new_context(**PHONE)

    def open_page(name):
        page = context.new_page()
        page.goto(f"{site}/{name}.html", wait_until="networkidle")
        for place in page.locator(".playground-place").all():
            place.scroll_into_view_if_needed()
        expect(page.locator(".playground-place:not([ready])")).to_have_count(0, timeout=30_000)
        return page

    yield open_page
    context.close()


@pytest.mark.parametrize("name", pages())
def test_what_is_wider_than_the_screen_says_that_it_scrolls_and_no_target_is_small(name, phone):
    page = phone(name)
    page.wait_for_timeout(200)
    found = {what: page.evaluate(script) for what, script in (("cut", CUT), ("outside", OUTSIDE), ("small", SMALL))}
    page.close()
    assert {what: nodes for what, nodes in found.items() if nodes} == {}


def test_the_answer_stands_beside_the_pad_while_one_draws(phone):
    page = phone("chapters/04-recipe")
    page.locator("canvas.pad").scroll_into_view_if_needed()
    pad, answers = (page.locator(f"hw-draw-digit {part}").bounding_box() for part in ("canvas.pad", ".answers"))
    assert pad["width"] >= 180
    assert answers["x"] >= pad["x"] + pad["width"]
    assert answers["y"] < pad["y"] + pad["height"] and answers["y"] + answers["height"] <= 740
    page.close()


def test_the_sliders_stay_with_the_plots_that_they_move(phone):
    page = phone("chapters/03-iris")
    page.locator("hw-activations figure").last.scroll_into_view_if_needed()
    for slider in page.locator("hw-activations input[type=range]").all():
        box = slider.bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= 740
    page.close()
