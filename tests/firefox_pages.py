"""The pages in Firefox: `make test-firefox`. It is not in `make test`, for not every machine can get Firefox."""

import firefox
import pytest
from bench_web import pages


@pytest.fixture(scope="module")
def fox():
    path = firefox.find()
    if path is None:
        pytest.fail("no Firefox here: install firefox or firefox-esr", pytrace=False)
    fox = firefox.Firefox(path)
    yield fox
    fox.close()


@pytest.mark.parametrize("name", pages())
def test_a_page_is_shown_with_all_its_elements_and_nothing_in_the_console(name, fox, site):
    fox.errors.clear()
    fox.asked.clear()
    fox.open(f"{site}/{name}.html")
    fox.evaluate("document.querySelectorAll('.playground-place').forEach((place) => place.scrollIntoView())")
    places = "[...document.querySelectorAll('.playground-place')]"
    for number in range(fox.evaluate(f"{places}.length")):
        fox.evaluate(f"{places}[{number}].scrollIntoView()")
        fox.until(f"{places}[{number}].hasAttribute('ready')")
    assert fox.errors == []
    assert [address for address in fox.asked if not address.startswith((site, "data:", "blob:"))] == []


def test_the_form_gives_its_verdict(fox, site):
    fox.open(f"{site}/chapters/07-check-your-own.html")
    fox.until("document.querySelector('form.checker')")
    fox.evaluate("document.querySelector('.checker .live-run').click()")
    fox.until("document.querySelector('.checker .live-status').textContent === 'Checked'")
    assert "Proved" in fox.evaluate("document.querySelector('.checker-verdict').textContent")
