"""Serve the book that `make book` has built on this machine, and open it in the browser.

Opened from disk the pages can be read, but no browser lets their interactive parts start.
"""

import argparse
import functools
import http.server
import sys
import threading
import webbrowser
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "_build" / "html"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A static server's handler that logs nothing."""

    def log_message(self, format, *args):
        pass


def serve(folder, port=0):
    """Start a static server in the background; return it. Its `.url` has no closing slash."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.thread = threading.Thread(target=server.serve_forever, daemon=True)
    server.thread.start()
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=BOOK, help="what to serve (default: the built book)")
    parser.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    parser.add_argument("--no-open", action="store_true", help="open no browser")
    options = parser.parse_args()
    if not (options.folder / "index.html").exists():
        sys.exit(f"{options.folder} holds no book: `make book` builds it")
    server = serve(options.folder, options.port)
    print(f"The book: {server.url}/index.html (Ctrl+C ends)", flush=True)
    if not options.no_open:
        webbrowser.open(f"{server.url}/index.html")
    try:
        server.thread.join()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
