"""Makes the finished pages light: of the theme's styles, icons and figures a reader fetches what the book uses.

The theme ships three thousand icons (as a script and as fonts) and two frameworks' style sheets. What remains
is a tenth. Each file keeps its name; its address ends in a digest of what is left, so that a browser may keep it.
"""

import hashlib
import re
from pathlib import Path

import glyphs
import tinycss2
from PIL import Image

# The theme's sheets; the book's own name classes that its scripts put together, and are small.
THEIRS = (
    "styles/bootstrap.css", "styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css", "basic.css",
    "togglebutton.css", "copybutton.css", "sphinx-design.min.css", "mystnb.*.css", "proof.css", "exercise.css",
    "pygments.css", "vendor/fontawesome/*/css/all.min.css", "typeset.css",
)  # fmt: skip
PUT_TOGETHER = ("bs-tooltip-",)  # what Bootstrap's script composes, so that no file holds the whole name
# Icons as a script and as whole fonts; tabs, of which the book has none.
UNUSED = re.compile(
    r"<script [^>]*(?:fontawesome|design-tabs)[^>]*></script>\n?"
    r'|<link rel="preload" as="font"[^>]*fontawesome[^>]*/>\n?'
)
NO_MARKUP = ("fontawesome", "mathjax")  # folders of scripts that write no element which a sheet of the theme styles
FONT = re.compile(r"url\(([^)]*)/webfonts/(fa-[\w-]+)\.woff2\)[^;}]*")
VARIABLE = re.compile(r'(?<=[{;])(--[\w-]+):(?:[^;{}"]|"[^"]*")*(?:;|(?=\}))')
KEYFRAMES = re.compile(r"@(?:-webkit-)?keyframes ([\w-]+)\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
LEVELS = 15  # steps from dark to full in each channel of a figure; what differs by less is the same in a chart
IMAGE = re.compile(r'<img\b[^>]*?\bsrc="([^"]*_images/([^"/]+)\.png)"[^>]*>')


def lighten(app, error):
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    pages = {path: text for path, text in pages.items() if "<head>" in text}
    new = {path: UNUSED.sub("", text) for path, text in pages.items()}
    digests = lighten_styles(site / "_static", words(site, new.values()))
    shown = figures(site / "_images")
    for path, text in new.items():
        text = with_digests(text, digests)
        text = with_figures(text, shown)
        if text != pages[path]:
            path.write_text(text, encoding="utf-8")


# Styles and icons


def words(site, pages):
    """Every word that is in a page or a script, and so may be the name of a class, an element or an id."""
    scripts = [path for path in (site / "_static").rglob("*.js") if not {*NO_MARKUP} & {*path.parts}]
    scripts = [path.read_text(encoding="utf-8") for path in scripts]
    return {word for text in (*pages, *scripts) for word in re.findall(r"[\w-]+", text)}


def lighten_styles(static, used):
    """Rewrite the theme's sheets; return {name: digest}."""
    digests = {}
    paths = [path for pattern in THEIRS for path in static.glob(pattern)]
    texts = {path: purged(path.read_text(encoding="utf-8"), used) for path in paths}
    texts = without_unused(texts, used)
    own = (path.read_text(encoding="utf-8") for path in static.glob("book.css"))
    icons = glyphs.characters("".join([*texts.values(), *own]))
    for path, text in texts.items():
        text = FONT.sub(lambda font, path=path: few_icons(path, font, icons), text)
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
        digests[path.name] = hashlib.sha256(text.encode()).hexdigest()[:8]
    return digests


def few_icons(sheet, font, icons):
    folder = sheet.parent / font[1] / "webfonts"
    name = glyphs.write_few(folder / f"{font[2]}.ttf", icons, folder)
    return f'url({font[1]}/webfonts/{name}) format("woff")'


def purged(css, used):
    """A style sheet without the rules that no element of the book can match, and without comments."""
    return serialized(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), used)


def serialized(rules, used):
    parts = []
    for rule in rules:
        if rule.type == "qualified-rule":
            kept = [selector for selector in selectors(rule.prelude) if matches(selector, used)]
            if kept:
                heads = ",".join(tinycss2.serialize(selector).strip() for selector in kept)
                parts.append(f"{heads}{{{declarations(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if text := serialized(inside, used):
                parts.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{text}}}")
        else:
            parts.append(rule.serialize())
    return "".join(parts)


def declarations(tokens):
    found = tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True)
    return ";".join(map(declared, found))


def declared(node):
    if node.type != "declaration":
        return node.serialize()
    return f"{node.name}:{tinycss2.serialize(node.value).strip()}{'!important' * node.important}"


def without_unused(texts, used):
    """Drop the variables that nothing reads, then those that only they have read, and animations nobody starts."""
    css = "".join(texts.values())
    read = {*re.findall(r"var\(\s*(--[\w-]+)", css), *used}
    started = " ".join(re.findall(r"animation(?:-name)?:([^;}]*)", css))

    def left(text):
        text = VARIABLE.sub(lambda variable: variable[0] if variable[1] in read else "", text)
        return KEYFRAMES.sub(lambda frames: frames[0] if frames[1] in started else "", text)

    new = {path: left(text) for path, text in texts.items()}
    return new if new == texts else without_unused(new, used)


def selectors(tokens):
    """Split a rule's head at its commas."""
    parts = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def matches(selector, used):
    """Say whether every name in a selector is a word of the book; what stands in brackets may be anything."""
    before = ""
    for token in selector:
        name = getattr(token, "value", "")
        is_name = token.type == "hash" or token.type == "ident" and before != ":"
        if is_name and name not in used and not name.startswith(PUT_TOGETHER):
            return False
        before = name if token.type == "literal" else ""
    return True


def with_digests(text, digests):
    """Point to each rewritten sheet by its digest."""

    def address(link):
        digest = digests.get(link[1].rpartition("/")[2])
        return f'{link[1]}?v={digest}"' if digest else link[0]

    return re.sub(r'(?<=href=")([^"?]*\.css)(?:\?[^"]*)?"', address, text)


# Figures


def figures(folder):
    """Store each figure in a third of its bytes, in colors that no eye tells apart; return {name: (width, height)}."""
    for path in folder.glob("*.png"):
        with Image.open(path) as image:
            fewer = image.convert("RGBA").point([round(round(c / 255 * LEVELS) * 255 / LEVELS) for c in range(256)] * 4)
        fewer.save(path.with_suffix(".webp"), lossless=True, quality=100, method=4)
        path.unlink()
    sizes = {}
    for path in folder.glob("*.webp"):
        with Image.open(path) as image:
            sizes[path.stem] = image.size
    return sizes


def with_figures(text, sizes):
    """Give each figure its size, so that nothing moves when it arrives; those further down wait until they are near."""

    def figure(tag):
        width, height = sizes[tag[2]]
        added = f' width="{width}" height="{height}" loading="lazy" decoding="async"'
        return tag[0].replace("<img", f"<img{added}", 1)

    text = IMAGE.sub(lambda tag: figure(tag) if tag[2] in sizes else tag[0], text)
    return re.sub(r"(_images/([^\"/]+))\.png", lambda link: f"{link[1]}.webp" if link[2] in sizes else link[0], text)


def setup(app):
    app.connect("build-finished", lighten, priority=600)
    return {"parallel_read_safe": True}
