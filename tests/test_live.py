"""Python in the page: what the cells and the derivation checker answer, and how the page shows it."""

import http.server
import itertools
import json
import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import nbformat
import pytest
from axe import violations
from playwright.sync_api import expect
from serve import QuietHandler, serve

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "web"))

import checker  # noqa: E402
import page as page_python  # noqa: E402

EXAMPLES = json.loads((ROOT / "web" / "derivation-examples.json").read_text(encoding="utf-8"))
PATIENCE = 120_000  # to start Python on a busy machine


def live_cells(chapter):
    cells = nbformat.read(chapter, as_version=4).cells
    return [cell for cell in cells if "live" in cell.metadata.get("tags", [])]


LIVE = [path for path in sorted((ROOT / "chapters").glob("*.ipynb")) if live_cells(path)]


# What a cell answers


@pytest.fixture
def run(monkeypatch):
    """Run code in a new session: run(code) → the outputs, as (kind, text)."""
    for name in ("IPython", "IPython.display"):
        monkeypatch.setitem(sys.modules, name, sys.modules.get(name))
    session = page_python.Session()

    def run(code):
        outputs = []
        session.run(code, lambda kind, text: outputs.append((kind, text)))
        return outputs

    return run


def test_the_last_line_of_a_cell_is_shown_as_mathematics(run):
    outputs = run("import sympy as sp\nx = sp.Symbol('x')\nsp.sqrt(x)")
    assert outputs == [("latex", r"$\displaystyle \sqrt{x}$")]


def test_a_cell_that_ends_in_a_statement_shows_what_it_printed_and_no_more(run):
    assert run("print('one')\nx = 2") == [("text", "one\n")]


def test_the_cells_of_a_page_share_their_names(run):
    assert run("x = 20") == []
    assert run("x + 1") == [("text", "21\n")]


def test_display_shows_in_order_with_what_is_printed(run):
    run("from IPython.display import Markdown, Math, display")
    shown = run("print('a', end='')\ndisplay(Math('x'), Markdown('b'))")
    assert shown == [("text", "a"), ("latex", r"$\displaystyle x$"), ("markdown", "b")]


def test_an_error_names_the_line_of_the_cell_that_it_comes_from(run):
    run("def inverse(t):\n    return 1 / t")
    ((kind, text),) = run("a = 1\ninverse(0)")
    assert kind == "error"
    assert text == "ZeroDivisionError: division by zero\nline 2:  inverse(0)"


def test_a_syntax_error_points_at_its_character(run):
    ((kind, text),) = run("x = 1\ny = (2 +* 3)")
    what, line, caret = text.splitlines()
    assert (kind, what) == ("error", "SyntaxError: invalid syntax")
    assert line[caret.index("^")] == "*"


def test_a_missing_name_and_a_missing_package_come_with_advice(run):
    assert "Run button" in run("unheard_of")[0][1]
    assert "SymPy" in run("import unheard_of")[0][1]


def test_leaving_python_is_an_error_like_others(run):
    assert run("raise SystemExit(3)") == [("error", "SystemExit: 3\nline 1:  raise SystemExit(3)")]


def test_endless_output_ends(run):
    outputs = run("while True:\n    print('x' * 100)")
    assert sum(len(text) for kind, text in outputs if kind == "text") <= page_python.LONGEST
    assert outputs[-1][0] == "error" and "longer than" in outputs[-1][1]


def recorded(cell):
    """Return the outputs of an executed cell, as (kind, text)."""
    outputs = []
    for output in cell.outputs:
        if output.output_type == "stream":
            outputs.append(("text", output.text))
            continue
        kind, key = next(
            (k, key)
            for k, key in (("latex", "text/latex"), ("markdown", "text/markdown"), ("text", "text/plain"))
            if key in output.data
        )
        outputs.append((kind, output.data[key]))
    return outputs


def joined(outputs):
    """Return the outputs with consecutive pieces of text as one, and any white space as one space."""
    groups = itertools.groupby(outputs, key=lambda output: output[0])
    return [(kind, " ".join("".join(text for _, text in group).split())) for kind, group in groups]


@pytest.mark.parametrize("chapter", LIVE, ids=lambda path: path.stem)
def test_the_live_cells_of_a_chapter_alone_give_what_the_book_shows(chapter, run):
    for cell in live_cells(chapter):
        assert joined(run(cell.source)) == joined(recorded(cell)), cell.source


# What the derivation checker answers


def put(task, fields):
    """Whether all fields could be read, {field: how it was understood}, and the rest of the answer as (kind, text)."""
    outputs, question = [], {"symbols": "", "definitions": "", "J": "", "variable": "", "gradient": "", **fields}
    readable = task(json.dumps(question), lambda kind, text: outputs.append((kind, text)))
    echoes = [json.loads(text) for kind, text in outputs if kind == "read"]
    rest = [output for output in outputs if output[0] != "read"]
    assert outputs == [output for output in outputs if output[0] == "read"] + rest or not readable
    return readable, {field: latex for echo in echoes for field, latex in echo.items()}, rest


def ask(**fields):
    """Return whether the checker could read the fields, and its answer as (kind, text)."""
    readable, _, outputs = put(checker.answer, fields)
    return readable, outputs


def test_there_are_twelve_examples():
    assert len(EXAMPLES) == len({example["title"] for example in EXAMPLES}) == 12


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_an_example_gets_its_verdict_and_its_derivation(example):
    readable, outputs = ask(**example)
    assert readable
    assert outputs[0][0] == example["verdict"] and outputs[0][1].endswith(".")
    assert ("heading", "The derivation") in outputs


def test_a_refutation_comes_with_a_counterexample_and_the_likely_slip():
    _, outputs = ask(symbols="A: m x n, x: n, b: m", J="||A*x - b||^2", variable="x", gradient="A'*(A*x - b)")
    assert ("heading", "A counterexample") in outputs
    assert any("factor 2" in text for kind, text in outputs)


def test_a_symmetric_variable_is_judged_among_symmetric_matrices():
    _, outputs = ask(symbols="S: n x n symmetric, x: n", J="x'*S*x", variable="S", gradient="x*x'")
    assert outputs[0][0] == "proved"


def test_without_a_gradient_the_derivation_comes_alone():
    readable, outputs = ask(symbols="x: n", J="x'*x", variable="x")
    assert readable and outputs[0] == ("heading", "The derivation")


SYMBOLS = {"symbols": "x: n, y: n, S: n x n symmetric, t: scalar"}


@pytest.mark.parametrize(
    "field, fields, position, way",
    [
        ("symbols", {"symbols": "W: n x k, q"}, 10, "neither a shape"),
        ("symbols", {"symbols": "x: n, x: m"}, 6, "declared already"),
        ("symbols", {"symbols": "x: n x 0"}, 7, "at least 1"),
        ("definitions", {"definitions": "z = sigmoid(q)"}, 12, "not declared"),
        ("definitions", {"definitions": "x = 2*y"}, 0, "declared already"),
        ("definitions", {"definitions": "z = y\nz = x"}, 6, "declared already"),
        ("definitions", {"definitions": "z = logdet(t)"}, 4, "needs a matrix, got the scalar t"),
        ("J", {"J": "x' * (x"}, 7, "')' is missing"),
        ("J", {"J": "x'*(2*x/0)"}, 7, "division by zero"),
        ("J", {"J": "x'*kron(S, t)*x"}, 3, "needs a matrix, got the scalar t"),
        ("J", {"J": "x'*t[1,1]*x"}, 4, "has no entries"),
        ("J", {"J": "2*x"}, 0, "J must be a scalar, but this is n x 1"),
        ("J", {"J": " "}, None, "a scalar J is needed"),
        ("variable", {"variable": "q"}, 0, "not declared"),
        ("variable", {"variable": "n"}, 0, "one of the declared symbols: x, y, S, t"),
        ("variable", {"variable": "x'"}, 0, "one of the declared symbols"),
        ("variable", {"variable": ""}, None, "a variable is needed"),
        ("gradient", {"gradient": "2*&x"}, 2, "no meaning"),
        ("gradient", {"gradient": "dJ/dy = 2*x"}, 0, "the derivative is by y, but the variable is x"),
        ("gradient", {"gradient": "2*x/(1 - 1)"}, 3, "division by zero"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field_and_character(field, fields, position, way):
    readable, ((kind, text),) = ask(**{**SYMBOLS, "J": "x'*x", "variable": "x", **fields})
    problem = json.loads(text)
    assert (readable, kind, problem["field"], problem["position"]) == (False, "problem", field, position)
    assert way in problem["message"]


def test_each_field_that_cannot_be_read_is_said_and_the_others_are_understood():
    readable, echoes, problems = put(checker.answer, {**SYMBOLS, "J": "x'*", "variable": "x", "gradient": "2*&"})
    assert not readable and set(echoes) == {"symbols"}
    assert [json.loads(text)["field"] for _, text in problems] == ["J", "gradient"]


def test_the_fields_are_shown_as_they_were_understood_before_the_verdict():
    _, echoes, rest = put(checker.answer, EXAMPLES[0])
    assert echoes == {
        "symbols": r"W \in \mathbb{R}^{n \times k},\quad x \in \mathbb{R}^{n \times 1},"
        r"\quad b, Z \in \mathbb{R}^{k \times 1}",
        "definitions": r"y = \sigma(W^\top x + b) \;\in\; \mathbb{R}^{k \times 1}",
        "J": r"J = (y - Z)^\top (y - Z) \;\in\; \mathbb{R}",
        "gradient": r"\frac{\partial J}{\partial W} = 2 x ((y - Z) \odot y \odot (1 - y))^\top"
        r" \;\in\; \mathbb{R}^{n \times k}",
    }
    assert rest[0][0] == "proved"


def test_while_one_types_what_is_empty_is_no_problem_and_nothing_is_judged():
    assert put(checker.read, {}) == (True, {}, [])
    readable, echoes, rest = put(checker.read, {**SYMBOLS, "J": "x'Sx", "gradient": "2Sx"})
    assert readable and rest == []
    assert echoes["gradient"] == r"2 S x \;\in\; \mathbb{R}^{n \times 1}"


def test_the_variable_gives_the_identity_its_size():
    _, echoes, rest = put(checker.answer, {**SYMBOLS, "J": "tr(S)", "variable": "S", "gradient": "I"})
    assert "I_{n}" in echoes["gradient"] and rest[0][0] == "proved"


def test_the_variable_is_read_in_any_spelling():
    readable, (verdict, *_) = ask(symbols="θ_1: n", J="θ_1'θ_1", variable=r"\theta_1", gradient="2θ_1")
    assert readable and verdict[0] == "proved"


# What the page shows


@pytest.fixture(scope="module")
def pages(site, browser):
    """Open pages of the book: pages(name, **options) → a page that fails the test for any console error."""
    opened, complaints = [], []

    def open_page(name, **options):
        tab = browser.new_page(**options)
        opened.append(tab)
        tab.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(f"{site}/chapters/{name}")
        return tab

    yield open_page
    for tab in opened:
        tab.close()
    assert complaints == []


class Cell:
    """A live cell as a reader operates it."""

    def __init__(self, page, number):
        self.page, self.number = page, number
        self.place = page.locator(".cell.tag_live").nth(number - 1)
        self.place.evaluate("cell => cell.closest('.toggle-hidden')?.querySelector('.toggle-button').click()")
        self.place.scroll_into_view_if_needed()
        self.status = self.place.locator(".live-status[role=status]")
        self.results = self.place.locator(".live-results")

    def press(self, name):
        self.place.get_by_role("button", name=f"{name} cell {self.number}").click()

    def write(self, code):
        if not self.place.locator("textarea").count():
            self.press("Edit")
        self.place.get_by_label(f"Code of cell {self.number}").fill(code)

    def said(self, text, timeout=PATIENCE):
        self.status.filter(has_text=text).wait_for(timeout=timeout)

    def run(self, code=None):
        if code is not None:
            self.write(code)
        self.press("Run")
        self.said("Done in")
        return self.results


@pytest.fixture(scope="module")
def first_chapter(pages):
    """Chapter 1 with Python started."""
    page = pages("01-one-hot.html")
    Cell(page, 1).run()
    return page


@pytest.mark.parametrize("chapter", LIVE, ids=lambda path: path.stem)
def test_the_last_live_cell_runs_those_above_it_first_and_each_runs_in_the_page(chapter, pages):
    page, cells = pages(f"{chapter.stem}.html"), live_cells(chapter)
    Cell(page, len(cells)).run()
    assert len(cells) == 1 or Cell(page, 1).results.is_hidden()
    for number, cell in enumerate(cells, start=1):
        results = Cell(page, number).run()
        formulas = sum(kind == "latex" for kind, _ in recorded(cell))
        assert results.locator("mjx-container[display=true]").count() >= formulas
        assert results.locator("mjx-merror, .live-error").count() == 0


def test_an_edited_cell_runs_by_the_keyboard_alone(first_chapter):
    cell = Cell(first_chapter, 2)
    cell.place.get_by_role("button", name="Edit cell 2").focus()
    first_chapter.keyboard.press("Enter")
    first_chapter.keyboard.press("ControlOrMeta+a")
    first_chapter.keyboard.type("sum(range(5))")
    first_chapter.keyboard.press("Control+Enter")
    cell.results.get_by_text("10", exact=True).wait_for()


def test_reset_brings_the_original_code_and_output_back(first_chapter):
    cell = Cell(first_chapter, 1)
    cell.run("1 + 1")
    assert cell.place.locator(".cell_output").is_hidden()
    cell.press("Reset")
    assert cell.place.locator("textarea").count() == 0
    assert cell.place.locator(".cell_input pre").is_visible() and cell.place.locator(".cell_output").is_visible()
    assert cell.results.is_hidden()


def test_an_error_is_shown_as_text_with_its_line(first_chapter):
    cell = Cell(first_chapter, 1)
    cell.write("x = 1\nunheard_of")
    cell.press("Run")
    cell.said("Stopped with an error")
    assert "line 2:  unheard_of" in cell.results.locator(".live-error").text_content()


def test_a_page_with_an_editor_a_result_and_an_error_is_accessible(first_chapter):
    Cell(first_chapter, 2).run("import sympy as sp\nsp.Symbol('x')")
    cell = Cell(first_chapter, 1)
    cell.write("1 / 0")
    cell.press("Run")
    cell.said("Stopped with an error")
    assert violations(first_chapter) == []


def test_what_a_reader_prints_never_becomes_html(first_chapter):
    hostile = "<img src=x onerror='window.intruder = 1'>"
    results = Cell(first_chapter, 1).run(f"print({hostile!r})")
    assert hostile in results.text_content()
    assert results.locator("img").count() == 0
    assert first_chapter.evaluate("window.intruder") is None


def test_what_the_page_imports_at_its_start_comes_compiled(first_chapter):
    modules = "sympy, mpmath, hwlib.matrix_calculus, page"
    results = Cell(first_chapter, 1).run(
        f"import os, {modules}\nprint([os.path.exists(m.__spec__.cached) for m in ({modules})])"
    )
    assert "[True, True, True, True]" in results.text_content()


def test_stop_ends_an_endless_cell_while_the_page_stays_alive_and_the_next_run_works(pages):
    page = pages("01-one-hot.html")
    cell = Cell(page, 1)
    cell.write("while True: pass")
    cell.press("Run")
    cell.said("Running")
    assert page.evaluate("1 + 1") == 2
    cell.press("Stop")
    cell.said("Stopped", timeout=5000)
    assert "2" in cell.run("1 + 1").text_content()


def test_after_stop_a_lost_name_says_that_python_was_started_anew(pages):
    page = pages("01-one-hot.html")
    cell = Cell(page, 1)
    cell.press("Run")
    cell.press("Stop")
    cell.write("made_before_stop")
    cell.press("Run")
    cell.said("Stopped with an error")
    assert "Python was started anew" in cell.results.text_content()


def test_the_focus_stays_on_run_when_run_or_stop_is_pressed_by_keyboard(pages):
    page = pages("01-one-hot.html")
    cell = Cell(page, 1)
    cell.write("while True: pass")
    run = cell.place.get_by_role("button", name="Run cell 1")
    run.press("Enter")
    cell.said("Running")
    expect(run).to_be_focused()
    cell.place.get_by_role("button", name="Stop cell 1").press("Enter")
    cell.said("Stopped")
    expect(run).to_be_focused()


def test_each_stage_of_the_start_is_said_once_while_the_bytes_are_counted_beside_it(pages):
    page = pages("01-one-hot.html")
    cell = Cell(page, 1)
    cell.status.wait_for(state="attached")
    cell.place.evaluate("""cell => {
        window.said = []; window.counted = [];
        const [status, count] = cell.querySelectorAll(".live-status");
        const watch = (node, seen) => new MutationObserver((changes) => {
            for (const { addedNodes } of changes) for (const { textContent } of addedNodes) seen.push(textContent);
        }).observe(node, { childList: true });
        watch(status, said); watch(count, counted);
    }""")
    assert cell.status.get_attribute("role") == "status"
    cell.run("1")
    said, counted = page.evaluate("[said, counted.filter(Boolean)]")
    size = page.locator("script[data-python]").get_attribute("data-python")
    assert said[:4] == [f"Loading Python, {size}", "Starting Python", "Starting SymPy", "Running"]
    assert said[4].startswith("Done in ") and len(said) == 5
    loaded = [int(text.split()[0]) for text in counted]
    whole = int(size.split()[0])
    assert loaded == sorted(loaded) and whole - 1 <= loaded[-1] <= whole


def no_answer(route):
    """Keep the browser waiting."""


@pytest.mark.parametrize(
    "name, answer, reason",
    [
        ("manifest.json", lambda route: route.fulfill(status=404), "the server answers 404 for manifest.json"),
        ("pyodide.asm.wasm", lambda route: route.fulfill(status=404), "the server answers 404 for pyodide.asm.wasm"),
        ("pyodide.asm.wasm", lambda route: route.abort(), "pyodide.asm.wasm could not be fetched"),
        ("pyodide-worker.js", lambda route: route.abort(), "pyodide-worker.js could not be fetched"),
        ("pyodide.asm.wasm", no_answer, "the server has stopped sending"),
        ("pyodide-worker.js", no_answer, "pyodide-worker.js could not be fetched"),
    ],
)
def test_a_download_that_fails_says_so(name, answer, reason, site, browser):
    page = browser.new_page()
    page.context.route(f"**/{name}", answer)
    page.goto(f"{site}/chapters/01-one-hot.html")
    cell = Cell(page, 1)
    cell.press("Run")
    cell.said(f"Python could not be loaded: {reason}.", timeout=30_000)
    page.context.close()


def test_a_download_that_failed_can_be_tried_again(site, browser):
    page, name = browser.new_page(), "pyodide.asm.wasm"
    page.context.route(f"**/{name}", lambda route: route.abort())
    page.goto(f"{site}/chapters/01-one-hot.html")
    cell = Cell(page, 1)
    cell.write("1 + 1")
    cell.press("Run")
    cell.said("Python could not be loaded")
    page.context.unroute(f"**/{name}")
    cell.place.get_by_role("button", name="Try again cell 1").click()
    cell.said("Done in")
    assert "2" in cell.results.text_content()
    page.context.close()


def test_offline_a_check_says_so_and_is_answered_when_the_network_is_back(site, browser):
    page = browser.new_page()
    page.goto(f"{site}/chapters/{FORM}")
    page.locator("form.checker").wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator(".checker .live-status").filter(has_text="Python could not be loaded").wait_for(timeout=30_000)
    page.context.set_offline(False)
    page.locator(".checker-proved").wait_for(timeout=PATIENCE)
    page.context.close()


def test_an_element_that_could_not_be_loaded_says_so_and_loads_when_the_network_is_back(site, browser):
    page = browser.new_page()
    page.context.route("**/derivation-checker.js*", lambda route: route.abort())
    page.goto(f"{site}/chapters/{FORM}")
    page.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    assert page.locator("hw-derivation-checker").is_visible()
    page.context.unroute("**/derivation-checker.js*")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator("form.checker").wait_for()
    assert page.get_by_role("alert").count() == 0
    page.context.close()


def test_python_in_the_page_reaches_the_site_and_nothing_else(site, browser):
    asked = []

    class Elsewhere(QuietHandler):
        def do_GET(self):
            asked.append(self.path)
            super().do_GET()

    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"{site}/chapters/01-one-hot.html")
    cell = Cell(page, 1)
    get = "from js import XMLHttpRequest\nr = XMLHttpRequest.new()\nr.open('GET', {!r}, False)\nr.send()\nr.status"
    assert "200" in cell.run(get.format(f"{site}/intro.html")).text_content()
    cell.write(get.format(f"http://127.0.0.1:{other.server_port}/secret"))
    cell.press("Run")
    cell.said("Stopped with an error")
    other.shutdown()
    page.close()
    assert asked == []


def test_a_macro_that_the_site_does_not_ship_fetches_nothing(first_chapter):
    asked = []
    first_chapter.on("request", lambda request: asked.append(request.url))
    latex = r"\href{https://example.org}{x} \cancel{y} \require{ams}"
    code = f"from IPython.display import Math, display; display(Math({latex!r}))"
    Cell(first_chapter, 1).run(code)
    assert asked == []


@pytest.fixture
def site_without_npm(book, tmp_path, monkeypatch):
    """The address of the book as it is built where npm has brought nothing."""
    monkeypatch.syspath_prepend(ROOT / "_ext")
    import interactive

    monkeypatch.setattr(interactive, "PYODIDE", tmp_path / "missing")
    folder = tmp_path / "html"
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns("pyodide"))
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=str(folder))
    interactive.pack_python(app)
    interactive.list_python(app, None)
    interactive.set_policy(app, None)
    server = serve(folder)
    yield server.url
    server.shutdown()


def test_without_npm_a_cell_runs_with_python_from_the_cdn_and_no_other_host(site_without_npm, browser):
    page, asked = browser.new_page(), set()

    def cdn(route):
        asked.add(urlsplit(route.request.url).netloc)
        path = ROOT / "node_modules" / "pyodide" / route.request.url.rpartition("/")[2]
        route.fulfill(path=path, headers={"Access-Control-Allow-Origin": "*"})

    page.context.route(lambda url: not url.startswith(site_without_npm), cdn)
    page.goto(f"{site_without_npm}/chapters/01-one-hot.html")
    assert "2" in Cell(page, 1).run("1 + 1").text_content()
    page.close()
    assert asked == {"cdn.jsdelivr.net"}


# The form


FORM = "07-check-your-own.html"


def fill(page, fields):
    for name, value in fields.items():
        page.locator(f"form.checker [name={name}]").fill(value)


def checked(page):
    page.get_by_role("button", name="Check", exact=True).click()
    page.locator(".checker .live-status").filter(has_text="Checked").wait_for(timeout=PATIENCE)
    return page.locator(".checker-answer")


@pytest.fixture(scope="module")
def form(pages):
    """The checker with Python started."""
    page = pages(FORM)
    page.locator("hw-derivation-checker").scroll_into_view_if_needed()
    page.locator("form.checker").wait_for()
    checked(page)
    return page


def test_a_verdict_goes_with_the_question_that_it_answered(form):
    form.get_by_label("Start from an example").select_option(EXAMPLES[0]["title"])
    answer = checked(form)
    form.get_by_label("Your gradient").fill("3*x")
    assert answer.text_content() == ""
    assert form.locator(".checker .live-status").first.text_content() == ""
    assert form.get_by_label("Start from an example").input_value() == ""


def test_a_reading_error_goes_with_the_text_that_had_it(form):
    form.get_by_label("Start from an example").select_option("A quadratic form")
    field = form.get_by_label("Your gradient")
    field.fill("2*A*x + &")
    field.press("Enter")
    form.locator(".checker-problem p").first.wait_for()
    field.fill("2*A*x")
    assert form.locator(".checker-problem p").count() == 0
    assert field.get_attribute("aria-invalid") is None


def test_an_answer_that_comes_after_its_question_was_changed_is_not_shown(form):
    form.get_by_label("Start from an example").select_option(EXAMPLES[0]["title"])
    form.evaluate("""() => {
        document.querySelector("form.checker .live-run").click();
        const field = document.querySelector("form.checker [name=gradient]");
        field.value = "3*x";
        field.dispatchEvent(new Event("input"));
    }""")
    form.locator(".checker .live-status").filter(has_text="The question has changed").wait_for(timeout=PATIENCE)
    assert form.locator(".checker-answer").text_content() == ""


def test_the_focus_stays_on_check_when_it_is_pressed_by_keyboard(form):
    form.get_by_label("Start from an example").select_option(EXAMPLES[0]["title"])
    button = form.get_by_role("button", name="Check", exact=True)
    button.press("Enter")
    form.locator(".checker .live-status").filter(has_text="Checked").wait_for(timeout=PATIENCE)
    expect(button).to_be_focused()


def test_an_error_from_inside_is_a_sentence_with_details_to_copy_and_leaves_python_alive(pages):
    page = pages(FORM)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    last = len(live_cells(ROOT / "chapters" / "07-check-your-own.ipynb"))
    Cell(page, last).run()
    cell = Cell(page, last)
    cell.run(
        "import checker\nasked = checker.judge\ndef broken(*question): raise KeyError('inside')\nchecker.judge = broken"
    )
    page.get_by_role("button", name="Check", exact=True).click()
    status = page.locator(".checker .live-status").first
    status.filter(has_text="Something inside broke").wait_for()
    assert "Traceback" not in page.locator("form.checker").text_content()
    page.get_by_role("button", name="Copy the details").click()
    status.filter(has_text="copied").wait_for()
    assert "KeyError: 'inside'" in page.evaluate("navigator.clipboard.readText()")
    cell.run("checker.judge = asked")
    assert "Proved" in checked(page).text_content()


def test_typing_writes_the_address_once_one_pauses(form):
    form.evaluate("""() => {
        window.written = 0;
        const replace = history.replaceState.bind(history);
        history.replaceState = (...given) => { window.written += 1; replace(...given); };
    }""")
    field = form.get_by_label("Your gradient")
    field.fill("")
    field.press_sequentially("2*x*((y - Z) .* y .* (1 - y))'", delay=5)
    form.wait_for_timeout(600)
    assert form.evaluate("window.written") <= 3
    assert parse_qs(form.evaluate("location.hash.slice(1)"))["gradient"] == ["2*x*((y - Z) .* y .* (1 - y))'"]


def test_undo_brings_back_what_a_choice_from_the_menu_replaced(form):
    fill(form, {"gradient": "my own"})
    form.get_by_label("Start from an example").select_option("Ridge regression")
    form.get_by_role("button", name="Undo").click()
    expect(form.get_by_label("Your gradient")).to_have_value("my own")


def test_the_last_questions_stand_in_the_menu(form):
    form.get_by_label("Start from an example").select_option("Ridge regression")
    fill(form, {"gradient": "2/m*X'*r"})
    checked(form)
    own = form.locator("optgroup[label='Your last questions'] option").first
    assert own.text_content() == "∂/∂w of ||r||^2/m + t*||w||^2 = 2/m*X'*r"


def test_the_form_says_what_is_loaded_before_the_click(pages):
    page = pages(FORM)
    size = page.locator("script[data-python]").get_attribute("data-python")
    page.get_by_text(f"What is loaded, and why {size}").click()
    assert page.get_by_text("Nothing that you type leaves the page.").is_visible()


def test_the_form_proves_the_reports_gradient_and_shows_its_derivation(form):
    form.get_by_label("Start from an example").select_option(EXAMPLES[0]["title"])
    answer = checked(form)
    assert "Proved" in answer.text_content()
    assert answer.locator("mjx-container").count() > 0
    assert answer.locator("mjx-merror").count() == 0
    assert violations(form) == []


def test_the_form_refutes_with_a_counterexample(form):
    form.get_by_label("Start from an example").select_option("A quadratic form, as if A were symmetric")
    answer = checked(form)
    assert "Refuted" in answer.text_content() and "A counterexample" in answer.text_content()


def test_the_form_selects_the_character_that_cannot_be_read(form):
    form.get_by_label("Start from an example").select_option("A quadratic form")
    field = form.get_by_label("Your gradient")
    field.fill("2*A*x + &")
    field.press("Enter")
    form.locator(".checker-problem p").filter(has_text="&").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    assert violations(form) == []
    assert field.evaluate("e => [e === document.activeElement, e.selectionStart, e.selectionEnd]") == [True, 8, 9]


def test_the_form_shows_how_each_field_is_understood_while_one_types(form):
    form.get_by_label("Start from an example").select_option("A quadratic form")
    field = form.get_by_label("Your gradient")
    field.fill("(A + A')x")
    echo = form.locator(".checker-gradient .checker-echo mjx-container")
    echo.wait_for()
    assert echo.locator("mjx-assistive-mml").text_content().replace("\u2062", "").endswith("∈Rn×1")
    assert form.locator(".checker-answer").text_content() == ""
    field.fill("(A + A')q")
    form.locator(".checker-gradient .checker-problem pre").wait_for()
    assert form.locator(".checker-gradient .checker-echo").text_content() == ""
    what, where = form.locator(".checker-gradient .checker-problem > *").all_text_contents()
    assert "'q' is not declared" in what and where.split("\n")[1].index("^") == where.split("\n")[0].index("q")
    expect(field).to_be_focused()
    assert form.locator(".checker-J .checker-echo mjx-container").count() == 1
    assert violations(form) == []


def test_the_form_reads_while_one_types_only_once_python_is_there(browser, site):
    page = browser.new_page()
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{site}/chapters/{FORM}")
    page.locator("form.checker").wait_for()
    fill(page, {"gradient": "2*x*"})
    page.wait_for_timeout(1000)
    page.context.close()
    assert not [url for url in loaded if "pyodide" in url]


@pytest.mark.parametrize(
    "word, sign",
    [("proved", "✓"), ("refuted", "✗"), ("convention", "⇄"), ("sampled", "≈"), ("undecided", "?"), ("error", "!")],
)
def test_each_word_of_the_judge_has_a_sign_and_a_color(word, sign, form):
    shown = form.evaluate(
        """async ([word]) => {
            const form = document.querySelector("hw-derivation-checker");
            const node = await form.part(word, "because.");
            form.answer.replaceChildren(node);
            return [node.textContent, getComputedStyle(node).color, getComputedStyle(form).color];
        }""",
        [word],
    )
    assert shown[0].startswith(f"{sign} ") and shown[0].endswith(": because.") and shown[1] != shown[2]
    assert violations(form) == []


def test_a_link_carries_the_form(form, pages):
    form.get_by_label("Start from an example").select_option("Ridge regression")
    form.wait_for_timeout(600)
    address = form.evaluate("location.href")
    given = {name: values[0] for name, values in parse_qs(address.split("#")[1], keep_blank_values=True).items()}
    assert given == {key: EXAMPLES[5][key] for key in ("symbols", "definitions", "J", "variable", "gradient")}
    other = pages(address.split("/chapters/")[1])
    other.locator("hw-derivation-checker").scroll_into_view_if_needed()
    other.locator("form.checker").wait_for()
    assert other.get_by_label("J, a scalar").input_value() == EXAMPLES[5]["J"]
    other.locator(".checker-proved").wait_for(timeout=PATIENCE)  # the verdict comes without a click


def test_a_hostile_link_stays_text(form):
    hostile = "<img src=x onerror='window.intruder = 1'>"
    link = urlencode({"symbols": hostile, "J": hostile, "gradient": hostile})
    form.evaluate("link => { location.hash = link }", link)
    expect(form.get_by_label("J, a scalar")).to_have_value(hostile)
    form.locator(".checker-problem p").first.wait_for()
    assert form.locator("form.checker img").count() == 0
    assert form.evaluate("window.intruder") is None


def test_the_form_works_on_a_phone_by_touch(browser, site):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    page.goto(f"{site}/chapters/{FORM}")
    page.locator("hw-derivation-checker").scroll_into_view_if_needed()
    page.locator("form.checker").wait_for()
    fill(page, {"symbols": "x: n", "definitions": "", "J": "x'*x", "variable": "x", "gradient": "2*x"})
    page.get_by_role("button", name="Check", exact=True).tap()
    page.locator(".checker-proved").wait_for(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    context.close()
