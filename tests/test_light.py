"""What is left of the theme's style sheets, icons and figures, and where formulas are typeset."""

import importlib
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def extension(monkeypatch):
    """Import an extension of the book's build by name."""
    monkeypatch.syspath_prepend(ROOT / "_ext")
    return importlib.import_module


def test_a_rule_stays_if_an_element_may_match_one_of_its_selectors(extension):
    purged = extension("light").purged
    assert purged("/* why */ .a, .b > p { color: red } .b { top: 0 }", {"a"}) == ".a{color:red}"
    assert purged("@media print { #x .a:not(.b)::before { content: 'no' } .b { top: 0 } }", {"a", "x"}) == (
        '@media print {#x .a:not(.b)::before{content:"no"}}'
    )
    assert purged("@media print { .b { top: 0 } }", {"a"}) == ""
    assert purged(".a { --x: a b; top: 0 !important }", {"a"}) == ".a{--x:a b;top:0!important}"
    assert purged(".bs-tooltip-auto { top: 0 }", set()) == ".bs-tooltip-auto{top:0}"


def test_variables_and_animations_stay_while_something_that_stays_needs_them(extension):
    css = ":root{--a:1;--b:var(--c);--c:2;--d:var(--a)}p{top:var(--a);animation:turn 1s}"
    frames = "@keyframes turn{0%{top:0}}@keyframes fade{0%{top:0}100%{top:1px}}"
    left = extension("light").without_unused({"x": css + frames}, set())["x"]
    assert left == ":root{--a:1;}p{top:var(--a);animation:turn 1s}@keyframes turn{0%{top:0}}"


def test_a_font_keeps_the_characters_that_a_style_sheet_names(extension, tmp_path):
    glyphs = extension("glyphs")
    codes = glyphs.characters(r'i::before { content: "\f107" } b { content: "x\2212 " }')
    assert codes == {0xF107, ord("x"), 0x2212}
    whole = next((ROOT / "node_modules" / "mathjax").rglob("MathJax_Main-Regular.woff"))
    name = glyphs.write_few(whole, codes, tmp_path)
    assert TTFont(tmp_path / name).getBestCmap().keys() == {ord("x"), 0x2212}
    assert (tmp_path / name).stat().st_size < whole.stat().st_size / 5


def test_a_figure_keeps_its_colors_to_a_thirtieth_and_its_size_is_in_the_page(extension, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (7, 9, 4), np.uint8)
    pixels[..., 3] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    light = extension("light")
    shown = light.figures(tmp_path)
    stored = np.asarray(Image.open(tmp_path / "a.webp").convert("RGBA")).astype(int)
    assert np.abs(stored - pixels).max() <= 255 / 15 / 2 + 0.5
    text = light.with_figures('<a href="_images/a.png"><img alt="x" src="_images/a.png" /></a>', shown)
    assert re.findall(r"[\w]+\.(?:png|webp)", text) == ["a.webp", "a.webp"]
    assert 'width="9" height="7"' in text


def test_without_node_or_npm_the_pages_take_mathjax_from_its_cdn(extension, monkeypatch):
    typeset = extension("typeset")
    config = SimpleNamespace(html_math_renderer="mathjax")
    monkeypatch.setattr(typeset, "MATHJAX", Path("missing"))
    typeset.choose(None, config)
    assert config.html_math_renderer == "mathjax"


def test_a_formula_that_mathjax_cannot_read_is_a_warning(extension, monkeypatch, tmp_path):
    typeset = extension("typeset")
    warnings = []
    monkeypatch.setattr(typeset.logger, "warning", lambda text, *parts: warnings.append(text % parts))
    config = SimpleNamespace(mathjax3_config={}, typeset_by="test")
    app = SimpleNamespace(config=config, doctreedir=tmp_path)
    typeset.ask(app, [(r"\frac{1}", False), ("x", True)])
    assert len(warnings) == 1 and r"\\frac{1}" in warnings[0]
