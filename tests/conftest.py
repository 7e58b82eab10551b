"""A site, served as a reader's browser gets it, and the browser itself."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
BROWSERS = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Chromium asks its maker for updates and field trials; the tests are about what the pages ask for.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_browser(playwright):
    """Return the path of Chrome or Chromium on this machine, or fail with one line that says what to install."""
    candidates = [shutil.which(name) for name in BROWSERS] + list(MAC_BROWSERS)
    candidates.append(playwright.chromium.executable_path)
    for path in candidates:
        if path and Path(path).exists():
            return path
    pytest.fail("no Chrome or Chromium here: install one, or run `playwright install chromium`", pytrace=False)


@pytest.fixture(scope="session")
def browser():
    """Headless Chrome or Chromium, started once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(playwright), args=BROWSER_ARGUMENTS, headless=True
        )
        yield browser
        browser.close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log line each."""

    def log_message(self, format, *args):
        pass


def serve(folder):
    """Start a static server on a free port of this machine; return it (its `.url` has no closing slash)."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="session")
def site():
    """The address of the built book. Builds it if it is not there."""
    if not (SITE / "index.html").exists():
        subprocess.run([sys.executable, "-m", "jupyter_book", "build", str(ROOT)], check=True, env=os.environ)
    server = serve(SITE)
    yield server.url
    server.shutdown()
