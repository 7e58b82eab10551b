"""The page's interactive elements: playgrounds, live cells, Python for them, and the security policy.

    :::{playground} cross-entropy
    The figure or text that stands there until the element has loaded, and for whoever never loads it.
    :::

puts <hw-cross-entropy>, which web/cross-entropy.js defines, into the page. A code cell with the tag `live`
gets a Run button. A page with either loads web/loader.js, and the rest only in view or on a click.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import typeset
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from hwlib.files import replacing

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
PYODIDE = ROOT / "node_modules" / "pyodide"
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
CDN = "https://cdn.jsdelivr.net"
CDN_SIZE = 13_500_000  # bytes of the same files there
# Firefox fetches what a page calls its next one, and reports that the policy does not let it.
PREFETCHED = re.compile(r'<link rel="next"[^>]*>')
META = '<meta http-equiv="Content-Security-Policy" content="{}" />'


# Playgrounds and live cells


class playground(nodes.General, nodes.Element):
    """A custom element; its children are what the page shows without it."""


class Playground(SphinxDirective):
    """The static content of an element <hw-NAME>."""

    required_arguments = 1
    has_content = True

    def run(self):
        name = self.arguments[0]
        if not (WEB / f"{name}.js").exists():
            raise self.error(f"no playground {name!r}: there is no web/{name}.js")
        node = playground(name=name)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def open_tag(translator, node):
    translator.body.append(f'<hw-{node["name"]} class="playground-place">\n')


def close_tag(translator, node):
    translator.body.append(f"</hw-{node['name']}>\n")


def content_alone(translator, node):
    """What other formats show: no tag around the static content."""


def is_interactive(doctree):
    cells = (cell for cell in doctree.findall(nodes.container) if "tag_live" in cell["classes"])
    return any(True for _ in doctree.findall(playground)) or any(True for _ in cells)


def add_loader(app, pagename, templatename, context, doctree):
    """Put the one small script on the pages that need it, with what a live cell would load."""
    if doctree is not None and app.builder.name == "html" and is_interactive(doctree):
        archives = sum(path.stat().st_size for path in python_folder(app).glob("*.zip"))
        size = f"{(archives + pyodide_size()) / 1e6:.0f} MB"
        app.add_js_file("web/loader.js", type="module", **{"data-python": size})
        app.add_css_file("web/live.css")


def copy_web(app, error):
    """Copy web/ and its data into the site."""
    if error or app.builder.name != "html":
        return
    target = Path(app.outdir) / "_static" / "web"
    shutil.copytree(WEB, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    subprocess.run([sys.executable, ROOT / "scripts" / "web_data.py", target / "data"], check=True)
    if PYODIDE.exists():
        folder = target / "pyodide"
        folder.mkdir(exist_ok=True)
        for name in PYODIDE_FILES:
            shutil.copy2(PYODIDE / name, folder / name)


# Python in the page


def python_folder(app):
    return Path(app.outdir) / "_static" / "web" / "python"


def pyodide_size():
    return sum((PYODIDE / name).stat().st_size for name in PYODIDE_FILES) if PYODIDE.exists() else CDN_SIZE


def pyodide_version():
    return json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]["pyodide"]


def python_sources():
    """Return what the page's Python can import: a name for the archive, and {path in it: file here}."""
    sources = {}
    for name in ("sympy", "mpmath"):
        package = Path(find_spec(name).submodule_search_locations[0])
        modules = sorted(package.rglob("*.py"))
        shipped = [path for path in modules if not {"tests", "benchmarks"} & set(path.relative_to(package).parts)]
        sources[f"{name}-{version(name)}"] = {str(path.relative_to(package.parent)): path for path in shipped}
    own = [ROOT / "hwlib" / "__init__.py", *sorted((ROOT / "hwlib" / "matrix_calculus").rglob("*.py"))]
    own = {str(path.relative_to(ROOT)): path for path in own} | {path.name: path for path in WEB.glob("*.py")}
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in own.values())).hexdigest()[:8]
    sources[f"hwlib-{digest}"] = own
    return sources


def pack_python(app):
    """Zip SymPy, mpmath and hwlib.matrix_calculus as they are installed here, and start to compile them."""
    if app.builder.name != "html":
        return
    folder = python_folder(app)
    folder.mkdir(parents=True, exist_ok=True)
    sources = python_sources()
    archives = [folder / f"{name}.zip" for name in sources]
    for archive, files in zip(archives, sources.values(), strict=True):
        if not archive.exists():
            pack(archive, files)
    node = shutil.which("node")
    if PYODIDE.exists() and node:
        digest = hashlib.sha256(" ".join([pyodide_version(), *sources]).encode()).hexdigest()[:8]
        bytecode = folder / f"bytecode-{digest}.zip"
        if not bytecode.exists():
            app.compiler = subprocess.Popen(
                [node, ROOT / "scripts" / "bytecode.mjs", PYODIDE, bytecode, *archives],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        archives.append(bytecode)
    for old in set(folder.glob("*.zip")) - set(archives):
        old.unlink()


def list_python(app, env):
    """List the archives for the page, once the compiler is done, which has worked while Sphinx read."""
    if app.builder.name != "html":
        return
    if compiler := getattr(app, "compiler", None):
        output, _ = compiler.communicate()
        if compiler.returncode:
            logger.warning("Python will start slower in the pages: scripts/bytecode.mjs failed\n%s", output[-2000:])
    folder = python_folder(app)
    where = "../pyodide/" if PYODIDE.exists() else f"{CDN}/pyodide/v{pyodide_version()}/full/"
    archives = sorted(folder.glob("*.zip"))
    weight = pyodide_size() + sum(path.stat().st_size for path in archives)
    manifest = {"pyodide": where, "archives": [path.name for path in archives], "bytes": weight}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def pack(target, files):
    with replacing(target) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)


# Content-Security-Policy


class InlineScripts(HTMLParser):
    """Collects the text of a page's inline scripts and event handlers, and those that the article brings."""

    def __init__(self):
        super().__init__()
        self.scripts, self.handlers, self.in_article = set(), set(), set()
        self.article, self.reading = 0, False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.article += tag == "article"
        kind = attributes.get("type") or "text/javascript"
        self.reading = tag == "script" and "src" not in attributes and kind in ("text/javascript", "module")
        self.keep(self.handlers, (value for name, value in attributes.items() if name.startswith("on")))

    def handle_endtag(self, tag):
        self.article -= tag == "article"
        self.reading = False

    def handle_data(self, text):
        if self.reading:
            self.keep(self.scripts, [text])

    def keep(self, found, texts):
        (self.in_article if self.article else found).update(texts)


def drop_thebe_configuration(app, doctree, docname):
    """Take Thebe's inline scripts out of the pages: this book does not use it."""
    for node in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in node.astext() or "kernelName =" in node.astext():
            node.parent.remove(node)


def drop_page_name(app, pagename, templatename, context, doctree):
    """Leave out the one script that differs from page to page: it would need a hash a page, and has no use."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if ".pagename =" not in (getattr(script, "attributes", {}).get("body") or "")
    ]


def fingerprint(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(scripts, handlers):
    """Return the policy: nothing from outside, and no inline script but those given.

    Styles may be inline, because MathJax writes them. Without npm, MathJax and Pyodide come from their CDN.
    """
    local = PYODIDE.exists() and typeset.is_possible()
    here = "'self'" if local else f"'self' {CDN}"
    hashes = " ".join(sorted(map(fingerprint, scripts)))
    theme = " ".join(["'unsafe-hashes'", *sorted(map(fingerprint, handlers))]) if handlers else ""
    directives = {
        "default-src": "'none'",
        "script-src": f"{here} 'wasm-unsafe-eval' {hashes} {theme}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": here,
        "connect-src": here,
        "worker-src": "'self' blob:",  # a worker from a blob is bound by this policy too
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def set_policy(app, error):
    """Compute the site's policy from its pages, write it into each and into _headers, and print it."""
    if error or app.builder.name != "html":
        return
    site = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    pages = {path: text for path, text in pages.items() if "<head>" in text}
    scripts, handlers = set(), set()
    for path, text in pages.items():
        found = InlineScripts()
        found.feed(text)
        if found.in_article:
            raise ExtensionError(f"{path.relative_to(site)}: the text brings a script: {found.in_article}")
        scripts |= found.scripts
        handlers |= found.handlers
    value = policy(scripts, handlers)
    (site / "_headers").write_text(f"/*\n  Content-Security-Policy: {value}\n", encoding="utf-8")
    old = re.compile(re.escape(META).replace(r"\{\}", '[^"]*') + "\n")
    for path, text in pages.items():
        meta = f"{META.format(value)}\n"
        new = PREFETCHED.sub("", old.sub("", text)).replace("<head>\n", f"<head>\n{meta}", 1)
        if new != text:
            path.write_text(new, encoding="utf-8")
    print(f"Content-Security-Policy: {value}", flush=True)


def setup(app):
    app.add_node(playground, html=(open_tag, close_tag), latex=(content_alone, content_alone))
    app.add_directive("playground", Playground)
    app.connect("builder-inited", pack_python)
    app.connect("env-updated", list_python)
    app.connect("doctree-resolved", drop_thebe_configuration, priority=900)
    app.connect("html-page-context", add_loader)
    app.connect("html-page-context", drop_page_name, priority=900)
    app.connect("build-finished", copy_web)
    app.connect("build-finished", set_policy, priority=900)
    return {"parallel_read_safe": True}
