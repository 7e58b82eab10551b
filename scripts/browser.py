"""Find Chrome or Chromium on this machine, or get one: from Playwright, else from Debian."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome", "msedge")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Chromium asks its maker for updates and field trials; the tests are about what the pages ask for.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REMEDY = "no Chrome or Chromium that starts: install one, or run `playwright install --with-deps chromium`"


def starts(path):
    """Say whether the browser at `path` can be started at all (its libraries may be missing)."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find():
    """Return the path of a browser that starts, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    candidates = [shutil.which(name) for name in NAMES] + [*ELSEWHERE, own]
    return next((path for path in candidates if path and Path(path).exists() and starts(path)), None)


def get():
    """Install Chromium by Playwright, else, for root on Debian, by apt-get; return its path or None."""
    print("No Chrome or Chromium here; asking Playwright for one …", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
    if not find() and shutil.which("apt-get") and os.geteuid() == 0:
        print("Playwright's is out of reach or does not start; asking Debian …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=environment)
        subprocess.run(["apt-get", "install", "-y", "-q", "chromium"], env=environment)
    return find()


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(find() or get() or REMEDY)  # the browser tests fail with the same line; the others can still run


if __name__ == "__main__":
    main()
