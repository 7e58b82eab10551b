"""Print the whole book to _build/book.pdf: one long page, built by Sphinx, printed by Chromium."""

import argparse
import subprocess
import sys
from pathlib import Path

import browser
from serve import serve

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "pdf"
PRINT_CSS = """
.bd-header, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-footer, .bd-footer { display: none }
.header-article { display: none }
.bd-main .bd-content .bd-article-container { max-width: 100% }
pre { white-space: pre-wrap }
figure, .cell_output img, .admonition { break-inside: avoid }
details.hide, details > summary { display: none }
"""


def build():
    """Build the book as one HTML page and return its folder; exit with Sphinx's last lines if that fails."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT]
    command += ["--builder", "singlehtml", "--path-output", FOLDER]
    print("building one long page …", flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"{result.stdout[-3000:]}\nthe build failed; no PDF was written")
    return FOLDER / "_build" / "singlehtml"


def print_page(url, target):
    """Open `url`, wait until the mathematics is typeset, and print it with an outline."""
    from playwright.sync_api import sync_playwright

    path = browser.find() or sys.exit(browser.REMEDY)
    print("printing …", flush=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=browser.ARGUMENTS)
        page = chromium.new_page()
        page.goto(url, wait_until="networkidle")
        page.evaluate("document.fonts.ready.then(() => true)")
        page.add_style_tag(content=PRINT_CSS)
        page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")
        page.pdf(
            path=target,
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            margin={"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
        )
        chromium.close()


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    server = serve(build())
    target = ROOT / "_build" / "book.pdf"
    print_page(f"{server.url}/intro.html", target)
    print(f"The PDF: {target}")


if __name__ == "__main__":
    main()
