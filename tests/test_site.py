"""Every page of the built book, in a browser, under the policy that the build printed and below a subpath."""

import functools
import html
import http.server
import importlib
import json
import posixpath
import subprocess
import sys
import threading
import urllib.request
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from axe import violations
from bench_web import pages
from playwright.sync_api import expect
from serve import QuietHandler

from hwlib import claims

ROOT = Path(__file__).resolve().parent.parent
MORE_BEFORE_INTERACTION = 60_000  # bytes that a page may cost for being interactive
ON_THE_FIRST_SCREEN = {"chapters/your-own-data.html": 80_000}  # the whole element may be there when one looks
LOADED = "document.fonts.ready.then(() => true)"


PAGES = [*(f"{name}.html" for name in pages()), "search.html", "genindex.html"]


def policy_of(book):
    """Return the policy in the site's _headers."""
    lines = (book / "_headers").read_text(encoding="utf-8").splitlines()
    return next(line.split(": ", 1)[1] for line in lines if "Content-Security-Policy:" in line)


class PolicyHandler(QuietHandler):
    """Sends every file with the site's own policy, as a host that reads _headers does."""

    policy = ""

    def end_headers(self):
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


@pytest.fixture(scope="module")
def strict_site(book, tmp_path_factory):
    """The address of the book below a subpath of a server that sends its policy."""
    root = tmp_path_factory.mktemp("host")
    (root / "some").mkdir()
    (root / "some" / "path").symlink_to(book, target_is_directory=True)
    handler = type("Handler", (PolicyHandler,), {"policy": policy_of(book)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/path"
    server.shutdown()


class Visit:
    """A page open in the browser, with what it asked for and complained about."""

    def __init__(self, browser, address, **options):
        self.complaints, self.strangers = [], []
        self.address = address
        self.page = browser.new_page(**options)
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.complaints.append(m.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda r: r.url.startswith(("http", "ws")) and self.asked(r.url))
        self.page.on("response", lambda r: r.status >= 400 and self.complaints.append(f"{r.status} {r.url}"))
        self.page.goto(address)
        self.page.evaluate(LOADED)

    def asked(self, url):
        if urlsplit(url).netloc != urlsplit(self.address).netloc:
            self.strangers.append(url)

    def weight(self):
        """Return the bytes that the page has loaded because it is interactive."""
        sizes = "performance.getEntriesByType('resource').map((entry) => [entry.name, entry.encodedBodySize])"
        return sum(size for url, size in self.page.evaluate(sizes) if "/_static/web/" in url)

    def see_everything(self):
        """Scroll every element into view, so that what loads lazily is there."""
        for place in self.page.locator(".playground-place, .cell.tag_live").all():
            if place.is_visible():
                place.scroll_into_view_if_needed()
        expect(self.page.locator(".playground-place:not([ready])")).to_have_count(0, timeout=30_000)

    def theme(self, name):
        self.page.evaluate("name => { document.documentElement.dataset.theme = name }", name)
        self.page.wait_for_timeout(400)  # the theme's colors fade

    def sideways(self):
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", PAGES)
def test_page_is_clean_in_light_and_dark_and_on_a_phone(name, strict_site, browser):
    visit = Visit(browser, f"{strict_site}/{name}", viewport={"width": 1280, "height": 900})
    before = visit.weight()
    visit.see_everything()
    problems = {"light": violations(visit.page)}
    visit.theme("dark")
    problems["dark"] = violations(visit.page)
    visit.page.set_viewport_size({"width": 360, "height": 740})
    visit.page.wait_for_timeout(300)
    problems["phone"] = violations(visit.page)
    problems["sideways scrolling"] = visit.sideways()
    visit.page.close()
    assert {kind: found for kind, found in problems.items() if found} == {}
    assert visit.complaints == []
    assert visit.strangers == []
    assert before <= ON_THE_FIRST_SCREEN.get(name, MORE_BEFORE_INTERACTION)


MOST = 700_000  # bytes of a first visit, with every figure, before a click
HEAVY = {
    "chapters/cookbook.html": 3_100_000,  # all of the cookbook's formulas, derived, coded and tried, on one page
    "chapters/05-numpy.html": 720_000,  # five figures
}
AGAIN = 20_000  # of a second: the server says of each file that it has not changed
MOVED = 0.05  # layout shift; what a reader notices begins at 0.1


@pytest.mark.parametrize("name", PAGES)
def test_a_first_visit_is_light_a_second_nearly_nothing_and_nothing_moves(name, site, book, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script("""
        window.moved = 0;
        new PerformanceObserver((list) => { for (const { value } of list.getEntries()) window.moved += value; })
            .observe({ type: "layout-shift", buffered: true });
    """)
    page = context.new_page()
    transferred = "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
    weighed, moved = [], []
    for bytes_of in ("encodedBodySize", "transferSize"):
        page.goto(f"{site}/{name}", wait_until="networkidle")
        weighed.append(page.evaluate(f"{transferred}.reduce((sum, entry) => sum + entry.{bytes_of}, 0)"))
        moved.append(page.evaluate("moved"))
    missing = page.evaluate("[...document.images].filter((image) => !image.complete).map((image) => image.src)")
    later = sum((book / url.removeprefix(f"{site}/")).stat().st_size for url in missing)
    context.close()
    assert weighed[0] + later <= HEAVY.get(name, MOST)
    assert weighed[1] <= AGAIN
    assert max(moved) <= MOVED


MATCHING = """([before, after]) => {
    const rules = (css) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(css);
        return [...sheet.cssRules].flatMap((rule) => [rule, ...(rule.cssRules ?? [])]);
    };
    const heads = (css) => rules(css).flatMap((rule) => rule.selectorText?.split(/,(?![^(]*\\))/) ?? []);
    const kept = new Set(heads(after).map((head) => head.trim()));
    return heads(before).map((head) => head.trim()).filter((head) => {
        const plain = head.replace(/::?[a-z-]+(\\([^)]*\\))?/g, "") || "*";
        try { return !kept.has(head) && document.querySelector(plain); } catch { return false; }
    });
}"""


@pytest.mark.parametrize("name", ["intro.html", "chapters/02-matrix-derivatives.html", "search.html"])
def test_the_theme_keeps_every_rule_that_an_element_of_a_page_matches(name, site, book, browser):
    page = browser.new_page()
    page.goto(f"{site}/{name}")
    for sheet in ("bootstrap", "pydata-sphinx-theme"):
        path = f"styles/{sheet}.css"
        whole = next(Path(find_spec("pydata_sphinx_theme").origin).parent.rglob(path)).read_text(encoding="utf-8")
        left = (book / "_static" / path).read_text(encoding="utf-8")
        assert page.evaluate(MATCHING, [whole, left]) == []
        assert len(left) < len(whole) / 1.5
    page.close()


def test_a_plain_server_shows_the_same_without_a_header(site, browser):
    visit = Visit(browser, f"{site}/chapters/01-one-hot.html")
    visit.see_everything()
    visit.page.close()
    assert (visit.complaints, visit.strangers) == ([], [])


def test_a_page_moves_less_for_a_reader_who_asked_for_that(site, browser):
    visit = Visit(browser, f"{site}/chapters/01-one-hot.html", reduced_motion="reduce")
    visit.see_everything()
    moving = "document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations === Infinity).length"
    assert visit.page.evaluate(moving) == 0
    visit.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_visit_follows_the_system_before_anything_is_painted(scheme, site, browser):
    page = browser.new_page(color_scheme=scheme)
    page.add_init_script("""
        const seen = window.themes = new Set();
        new MutationObserver(() => document.body && seen.add(document.documentElement.dataset.theme))
            .observe(document, { subtree: true, childList: true, attributes: true });
    """)
    page.goto(f"{site}/intro.html")
    assert page.evaluate("[...themes]") == [scheme]
    page.close()


def test_a_theme_that_a_reader_has_chosen_stays(site, browser):
    page = browser.new_page(color_scheme="dark", viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/intro.html")
    while page.locator("html").get_attribute("data-mode") != "light":
        page.locator("button.theme-switch-button:visible").first.click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "light"
    page.close()


@pytest.mark.parametrize("name, notes", [("chapters/03-iris.html", 2), ("chapters/07-check-your-own.html", 2)])
def test_opened_from_disk_a_page_says_what_stands_still_and_how_to_start_it(name, notes, book, browser):
    page = browser.new_page()
    page.goto((book / name).as_uri())
    shown = page.locator(".from-disk")
    assert shown.count() == notes
    assert "make serve" in shown.first.text_content()
    page.close()


def test_without_javascript_no_control_that_needs_it_stands_in_the_text(site, browser):
    page = browser.new_page(java_script_enabled=False)
    for name in PAGES:
        page.goto(f"{site}/{name}")
        assert page.locator("article :is(button, select, input:not(.judge *), textarea)").count() == 0, name
    page.close()


def test_the_first_page_shows_the_engines_word_once_the_reader_has_decided_and_without_javascript(site, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{site}/intro.html")
    wrong = page.locator(".judge-refuted").first
    answer = wrong.locator(".judge-answer")
    expect(answer).to_be_hidden()
    wrong.get_by_label("right", exact=True).check()
    expect(answer).to_contain_text("The engine disagrees. Refuted")
    expect(answer.locator(".judge-hit")).to_be_hidden()
    wrong.get_by_label("wrong", exact=True).check()
    expect(answer.locator(".judge-hit")).to_be_visible()
    expect(answer.locator(".judge-miss")).to_be_hidden()
    page.close()


def test_serve_says_where_the_book_is_and_serves_it(book):
    command = [sys.executable, ROOT / "scripts" / "serve.py", "--folder", book, "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().split()[2]
        with urllib.request.urlopen(address) as answer:
            assert answer.status == 200
        server.terminate()


def test_serve_without_a_book_says_how_to_build_one(tmp_path):
    command = [sys.executable, ROOT / "scripts" / "serve.py", "--folder", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode and "`make book` builds it" in result.stderr


def test_the_build_prints_the_policy_and_writes_it_into_every_page(book):
    policy = policy_of(book)
    log = (book.parents[2] / "build.log").read_text(encoding="utf-8")
    assert f"Content-Security-Policy: {policy}\n" in log
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
    for name in PAGES:
        assert (book / name).read_text(encoding="utf-8").count(meta) == 1, name


def test_the_policy_allows_nothing_from_outside_and_no_inline_script_but_by_hash(book):
    directives = dict(d.split(" ", 1) for d in policy_of(book).split("; "))
    sources = directives["script-src"].split()
    assert directives["default-src"] == "'none'"
    others = [source for source in sources if not source.startswith("'sha256-")]
    assert others == ["'self'", "'wasm-unsafe-eval'", "'unsafe-hashes'"]  # the last: hashes of onclick="…" too
    assert "://" not in policy_of(book)


def test_the_browser_refuses_a_script_that_is_not_the_themes(strict_site, browser):
    page = browser.new_page()
    page.goto(f"{strict_site}/{PAGES[0]}")
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.intruder = true";
        document.body.append(script);
    }""")
    assert page.evaluate("window.intruder") is None
    page.close()


def test_search_finds_and_the_themes_buttons_work_under_the_policy(strict_site, browser):
    visit = Visit(browser, f"{strict_site}/search.html?q=gradient", viewport={"width": 1280, "height": 900})
    visit.page.locator("#search-results li a").first.wait_for()
    before = visit.page.locator("html").get_attribute("data-mode")
    visit.page.locator("button.theme-switch-button:visible").first.click()
    expect(visit.page.locator("html")).not_to_have_attribute("data-mode", before)
    visit.page.locator('button[onclick*="toggleFullScreen"]:visible').first.click()
    assert visit.page.evaluate("document.fullscreenElement !== null")
    visit.page.close()
    assert (visit.complaints, visit.strangers) == ([], [])


@pytest.fixture
def interactive(monkeypatch):
    """The extension that computes the policy."""
    monkeypatch.syspath_prepend(ROOT / "_ext")
    return importlib.import_module("interactive")


def test_without_npm_the_policy_allows_one_cdn_and_nothing_else(interactive, monkeypatch, tmp_path):
    monkeypatch.setattr(interactive, "PYODIDE", tmp_path / "missing")
    policy = interactive.policy({"let a = 1"}, set())
    assert {word for word in policy.replace(";", "").split() if "://" in word} == {"https://cdn.jsdelivr.net"}


def test_a_build_that_cannot_compile_the_python_of_the_pages_warns_and_ships_the_sources(
    interactive, monkeypatch, tmp_path
):
    warnings = []
    monkeypatch.setattr(interactive.logger, "warning", lambda text, *parts: warnings.append(text % parts))
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=str(tmp_path))
    command = [sys.executable, "-c", "import sys; print('no such module'); sys.exit(1)"]
    app.compiler = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    interactive.python_folder(app).mkdir(parents=True)
    (interactive.python_folder(app) / "sympy.zip").touch()
    interactive.list_python(app, None)
    assert "no such module" in warnings[0]
    manifest = json.loads((interactive.python_folder(app) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["archives"] == ["sympy.zip"]


def test_a_script_in_the_text_is_told_from_the_themes(interactive):
    found = interactive.InlineScripts()
    found.feed('<script>let a</script><a onclick="f()"></a><article><script>let b</script></article>')
    assert (found.scripts, found.handlers, found.in_article) == ({"let a"}, {"f()"}, {"let b"})


class Links(HTMLParser):
    """Collects what a page points to and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.update(attributes[key] for key in ("id", "name") if attributes.get(key))
        if tag == "link" and attributes.get("rel") in ("search", "canonical"):
            return
        self.targets.update(html.unescape(attributes[key]) for key in ("href", "src") if attributes.get(key))


def broken_links(folder):
    """Return the links inside the site that lead nowhere, as (page, link)."""
    found = [path for path in folder.rglob("*.html") if "_static" not in path.parts]
    pages = {str(path.relative_to(folder)): Links(path.read_text(encoding="utf-8")) for path in found}
    broken = []
    for name, page in pages.items():
        for link in page.targets:
            address, anchor = urldefrag(link)
            if urlsplit(link).scheme or link.startswith("//"):
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(urlsplit(address).path)))
            path = name if not address else path
            target = folder / path
            lost = anchor and path in pages and unquote(anchor) not in pages[path].anchors
            if not target.exists() or lost:
                broken.append((name, link))
    return broken


def test_no_link_inside_the_book_is_broken(book):
    assert broken_links(book) == []


def test_a_broken_link_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text('<a href="b.html#there"></a><a href="b.html#gone"></a><a href="c.html"></a>')
    (tmp_path / "b.html").write_text('<p id="there"></p>')
    assert sorted(broken_links(tmp_path)) == [("a.html", "b.html#gone"), ("a.html", "c.html")]


def test_bets_are_kept_counted_and_the_ledger_is_filtered(site, browser):
    outcomes = {name: verdict.outcome for name, verdict in claims.collect().items()}
    words = {"holds": "holds", "corrected": "holds", "depends": "holds in part", "fails": "does not hold"}
    page = browser.new_page()
    page.goto(f"{site}/chapters/01-one-hot.html")
    page.get_by_text("Your bet: ").first.wait_for()
    boxes = page.locator(".bet[data-claim]").evaluate_all("boxes => boxes.map((box) => box.dataset.claim)")
    right = 0
    for claim in boxes:
        choices = page.get_by_role("group", name=f"Your bet on {claim}", exact=True)
        for word in ("does not hold", "holds"):  # the second thought counts
            choices.get_by_role("button", name=word, exact=True).click()
        right += words.get(outcomes[claim]) == "holds"
    page.reload()
    assert page.locator(".bet [aria-pressed=true]").all_text_contents() == ["holds"] * len(boxes)
    page.goto(f"{site}/chapters/06-verdicts.html")
    counted = sum(outcomes[claim] in words for claim in boxes)
    page.get_by_text(f"You were right on {right} of {counted} bets.").wait_for()
    rows = page.locator(".ledger tbody tr")
    assert rows.count() == len(outcomes)
    for outcome, known in claims.OUTCOMES.items():
        page.get_by_role("button", name=f"{known.sign} {known.words} (").click()
        shown = rows.evaluate_all("rows => rows.filter((row) => !row.hidden).length")
        assert shown == sum(found == outcome for found in outcomes.values())
    page.close()
