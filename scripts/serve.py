"""Serve a folder of files on a free port of this machine, without a log line each."""

import functools
import http.server
import threading


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """A static server's handler that logs nothing."""

    def log_message(self, format, *args):
        pass


def serve(folder):
    """Start a static server in the background; return it. Its `.url` has no closing slash."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
