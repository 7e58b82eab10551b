"""Formulas are typeset when the book is built, by the MathJax that npm has brought, run in node.

A page then needs no MathJax, only a style sheet and the glyphs that the book uses, and nothing moves after its
first paint. What a page typesets live (a cell's result, a reader's derivation) loads MathJax at that moment:
web/typeset.js finds its address and settings in typeset.json. Without node or npm every page loads MathJax
from its CDN, which typesets all of it.
"""

import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import glyphs
from sphinx.ext.mathjax import MATHJAX_URL, html_visit_displaymath, html_visit_math
from sphinx.util import logging

ROOT = Path(__file__).resolve().parent.parent
MATHJAX = ROOT / "node_modules" / "mathjax"
FONTS = "output/chtml/fonts/woff-v2"
SHIPPED = ("tex-chtml.js", "input/tex/extensions/color.js", FONTS)
# MathJax measures the text around a formula to match its height; the theme's fonts have letters this much higher.
SCALE = 1.15
PLACE = re.compile(r'(<(span|div) class="[^"]*\bmath notranslate nohighlight"[^>]*>)(.*?)(</\2>)', re.DOTALL)
TEX = re.compile(r"\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\]|(?P<bare>\\begin\{.*\})", re.DOTALL)
logger = logging.getLogger(__name__)


def by_whom():
    """A digest of what makes a formula's HTML: with another, pages are written anew."""
    sources = (ROOT / "scripts" / "typeset.mjs", MATHJAX / "package.json")
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources if path.exists())).hexdigest()[:8]


def is_possible():
    return MATHJAX.exists() and shutil.which("node") is not None


def choose(app, config):
    """Take the renderer that leaves MathJax out of the pages where the build can do its work."""
    if is_possible():
        config.html_math_renderer = "typeset"
    else:
        logger.info("MathJax: its CDN, because node or node_modules/mathjax is missing (`npm ci` brings it)")


def settings(app):
    """MathJax's settings, from _config.yml: those of the build are those of what is typeset live."""
    config = app.config.mathjax3_config
    return {**config, "chtml": {"matchFontHeight": False}, "startup": {"typeset": False}}


def add_style(app, pagename, templatename, context, doctree):
    if is_possible():
        app.add_css_file("typeset.css")


def typeset(app, error):
    """Replace the formulas of all pages, and write what a live formula loads."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    describe(app, static)
    if not is_possible():
        return
    copy(static / "mathjax")
    pages = {path: path.read_text(encoding="utf-8") for path in Path(app.outdir).rglob("*.html")}
    known = cache(app)
    asked = {formula for text in pages.values() for formula in formulas(text)}
    if not asked <= known["html"].keys() or not (static / "typeset.css").exists():
        known = ask(app, sorted(asked | known["html"].keys()))
        write_style(known["css"], static)
    for path, text in pages.items():
        new = PLACE.sub(lambda place: replaced(place, known["html"]), text)
        if new != text:
            path.write_text(new, encoding="utf-8")


def formulas(text):
    """The (LaTeX, display) of each formula in a page."""
    for place in PLACE.finditer(text):
        for tex in TEX.finditer(place[3]):
            yield key(tex)


def key(tex):
    return html.unescape(tex[tex.lastgroup]), tex.lastgroup != "inline"


def replaced(place, known):
    return place[1] + TEX.sub(lambda tex: known[key(tex)], place[3]) + place[4]


def cached(app):
    return Path(app.doctreedir) / f"typeset-{app.config.typeset_by}.json"


def cache(app):
    """What earlier builds have typeset, for the pages that this one does not write again."""
    path = cached(app)
    if not path.exists():
        return {"html": {}, "css": ""}
    known = json.loads(path.read_text(encoding="utf-8"))
    return {**known, "html": {(tex, display): text for tex, display, text in known["html"]}}


def ask(app, asked):
    """Let MathJax typeset all formulas at once, keep them, and return them with their style sheet."""
    question = json.dumps({"config": settings(app), "formulas": asked})
    command = [shutil.which("node"), ROOT / "scripts" / "typeset.mjs", MATHJAX]
    answer = json.loads(subprocess.run(command, input=question, capture_output=True, text=True, check=True).stdout)
    for tex, message in answer["errors"]:
        logger.warning("MathJax cannot read %r: %s", tex, message)
    rows = [[*formula, text] for formula, text in zip(asked, answer["html"], strict=True)]
    kept = {"html": rows, "css": answer["css"]}
    cached(app).write_text(json.dumps(kept), encoding="utf-8")
    return cache(app)


def copy(target):
    """MathJax itself, for what is typeset live."""
    for name in SHIPPED:
        source = MATHJAX / "es5" / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target / name)


def describe(app, static):
    """Tell web/typeset.js where MathJax is, and its settings."""
    script = "../mathjax/tex-chtml.js" if is_possible() else MATHJAX_URL
    (static / "web").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"script": script, "config": settings(app)})
    (static / "web" / "typeset.json").write_text(text, encoding="utf-8")


GLYPH = re.compile(r"mjx-c\.c[0-9A-F]+(?:\.(TEX-\w+))?::before\s*(\{[^}]*\})")
FACE = re.compile(r'(font-family: MJX([\w-]+);\s*src: )url\("[^"]*/([^"/]+\.woff)"\)')


def write_style(css, static):
    """Write MathJax's style sheet, with fonts that have the glyphs which it takes from them and no others."""
    anywhere = glyphs.characters(re.sub(r"url\([^)]*\)", "", GLYPH.sub("", css)))
    taken = {}
    for font, rule in GLYPH.findall(css):
        taken.setdefault(font or "TEX", set()).update(glyphs.characters(rule))

    def shrunk(face):
        codes = anywhere | taken.get(face[2], set())
        return (
            f'{face[1]}url("typeset/{glyphs.write_few(MATHJAX / "es5" / FONTS / face[3], codes, static / "typeset")}")'
        )

    css = FACE.sub(shrunk, css) + f"\nmjx-container {{ font-size: {SCALE}em; position: relative; }}\n"
    (static / "typeset.css").write_text(css, encoding="utf-8")


def setup(app):
    app.add_html_math_renderer("typeset", (html_visit_math, None), (html_visit_displaymath, None))
    app.add_config_value("typeset_by", by_whom(), "html")
    app.connect("config-inited", choose)
    app.connect("html-page-context", add_style)
    app.connect("build-finished", typeset, priority=400)
    return {"parallel_read_safe": True}
