"""A site, served as a reader's browser gets it, and the browser itself."""

import os
import subprocess
import sys
from pathlib import Path

import browser as chromium
import filelock
import pytest
from hypothesis import settings
from serve import serve

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # as hwlib.models has it: JAX would set another for all that start later

# A slow machine is no failure. CI tries the same examples every time, everybody else new ones.
settings.register_profile("book", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("book")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def browser():
    """Headless Chrome or Chromium, started once."""
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    if path is None:
        pytest.fail(chromium.REMEDY, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the book, built from clean with every warning an error, once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    log, folder = shared / "build.log", shared / "book"
    with filelock.FileLock(shared / "build.lock"):
        if not log.exists():
            command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "--path-output", folder]
            result = subprocess.run(
                [*command, "-W", "-n", "--keep-going"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            log.write_text(f"{result.stdout}\nexit {result.returncode}\n", encoding="utf-8")
    if not log.read_text(encoding="utf-8").endswith("exit 0\n"):
        pytest.fail(f"the strict build failed:\n{log.read_text(encoding='utf-8')[-6000:]}", pytrace=False)
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def site(book):
    """The address at which the built book is served, without a closing slash."""
    server = serve(book)
    yield server.url
    server.shutdown()
