"""Print what the pages cost a reader: first paint, bytes before interaction, time to a live result and a digit.

Every page is opened in a fresh browser profile, so that nothing is cached, from a server on this machine. Bytes
are as files lie on disk; most hosts compress them to about a third. Build the book first (`make book`).
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import browser as chromium
import yaml
from playwright.sync_api import sync_playwright
from serve import serve

ROOT = Path(__file__).resolve().parent.parent
DIGITS = "chapters/04-mnist"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SIZES = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .map((entry) => [entry.name, entry.encodedBodySize])"""


def pages():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in contents["parts"] for chapter in part["chapters"]]
    files = [page["file"] for chapter in chapters for page in (chapter, *chapter.get("sections", ()))]
    return [contents["root"], *files]


def load(browser, address):
    """Open a page; return its first paint in ms, all its bytes, and those of web/ (what interaction costs)."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address, wait_until="networkidle")
    paint, sizes = page.evaluate(PAINT), page.evaluate(SIZES)
    page.close()
    return paint, sum(size for _, size in sizes), sum(size for url, size in sizes if "/_static/web/" in url)


def live(browser, address):
    """Return the seconds from a click on Run to the first result and to the next; None without a live cell."""
    page = browser.new_page()
    page.goto(address, wait_until="networkidle")
    cell = page.locator(".cell.tag_live").first
    if not cell.count():
        page.close()
        return None
    cell.scroll_into_view_if_needed()
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        cell.get_by_role("button", name="Run cell").click()
        cell.locator(".live-run:enabled").wait_for(timeout=120_000)
        seconds.append(time.perf_counter() - start)
    page.close()
    return seconds


def recognition(browser, address):
    """Return the milliseconds in which the page's network reads an image, the median of 100."""
    page = browser.new_page()
    page.goto(address, wait_until="networkidle")
    page.locator("hw-draw-digit").scroll_into_view_if_needed()
    page.locator("hw-draw-digit[ready]").wait_for()
    times = page.locator("hw-draw-digit").evaluate("""element => Array.from({ length: 100 }, () => {
        const start = performance.now();
        element.network.run(new Float32Array(784).fill(0.4));
        return performance.now() - start;
    })""")
    page.close()
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html", help="the built book's folder")
    parser.add_argument("--repeat", type=int, default=3, help="visits to each page; the median counts")
    options = parser.parse_args()
    if not (options.site / "index.html").exists():
        sys.exit(f"{options.site} has no index.html: run `make book` first")
    if (path := chromium.find()) is None:
        sys.exit(chromium.REMEDY)
    server = serve(options.site)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        print(f"{'page':32}{'first paint':>12}{'bytes':>11}{'of it web/':>11}{'first result':>14}{'next':>9}")
        for name in pages():
            address = f"{server.url}/{name}.html"
            visits = [load(browser, address) for _ in range(options.repeat)]
            paint = statistics.median(visit[0] for visit in visits)
            _, whole, web = visits[0]
            print(f"{name:32}{paint:9.0f} ms{whole / 1e3:8.0f} kB{web / 1e3:8.1f} kB", end="", flush=True)
            runs = [run for _ in range(options.repeat) if (run := live(browser, address))]
            first, following = (statistics.median(run[k] for run in runs) if runs else None for k in (0, 1))
            print(f"{first:12.1f} s{following:7.2f} s" if runs else "", flush=True)
        time_of_image = recognition(browser, f"{server.url}/{DIGITS}.html")
        print(f"the network in {DIGITS} reads an image in {time_of_image:.1f} ms")
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
