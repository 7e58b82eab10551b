"""Firefox, driven by its own WebDriver BiDi: no driver program stands between it and the tests."""

import asyncio
import itertools
import json
import re
import shutil
import subprocess
import tempfile
import time

from tornado.websocket import websocket_connect

NAMES = ("firefox", "firefox-esr")
EVENTS = ["log.entryAdded", "network.beforeRequestSent"]


def find():
    """Return the path of Firefox on this machine, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A headless Firefox with a profile of its own; `errors` holds what its console said at level warn or error."""

    def __init__(self, path):
        self.profile = tempfile.TemporaryDirectory()
        command = [path, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", self.profile.name]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        address = next(m[1] for line in self.process.stderr if (m := re.search(r"listening on (ws://\S+)", line)))
        self.loop, self.numbers = asyncio.new_event_loop(), itertools.count(1)
        self.errors, self.asked = [], []
        self.socket = self.loop.run_until_complete(self._connect(f"{address}/session"))
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=EVENTS)
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    async def _connect(self, address):
        return await websocket_connect(address, max_message_size=10**8)

    def send(self, method, **parameters):
        """Send a command and return its result; the events that come before it are kept."""
        return self.loop.run_until_complete(self._send(next(self.numbers), method, parameters))

    async def _send(self, number, method, parameters):
        await self.socket.write_message(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(await self.socket.read_message())
            if message.get("type") == "event":
                self._keep(message["method"], message["params"])
            elif message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{message['error']}: {message['message']}")
                return message["result"]

    def _keep(self, event, details):
        if event == "network.beforeRequestSent":
            self.asked.append(details["request"]["url"])
        elif details["level"] in ("warn", "error"):
            self.errors.append(details["text"])

    def size(self, width, height):
        self.send("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height})

    def open(self, address):
        self.send("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, expression):
        """Evaluate JavaScript that gives a text, a number, a truth value or nothing, or a promise of one."""
        target = {"context": self.tab}
        answer = self.send("script.evaluate", expression=expression, target=target, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def until(self, expression, patience=120):
        """Wait until an expression is true."""
        end = time.monotonic() + patience
        while not self.evaluate(f"Boolean({expression})"):
            if time.monotonic() > end:
                raise TimeoutError(f"not true within {patience} s: {expression}")
            time.sleep(0.2)

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.profile.cleanup()
