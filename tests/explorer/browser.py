"""A headless Chromium that tests steer over its debugging protocol."""

import contextlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest


def find_chromium() -> str:
    """Return the path of Chromium; a test without it is skipped."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
    if path is None:
        pytest.skip("chromium is not installed")
    return path


class Tab:
    """A tab: evaluates JavaScript, and keeps the addresses that it asked for."""

    def __init__(self, connection) -> None:
        self.connection, self.numbers = connection, itertools.count(1)
        self.addresses, self.errors = [], []
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method, **params):
        number = next(self.numbers)
        self.connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self.connection.recv(timeout=60))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self.note_event(message)

    def note_event(self, message):
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.addresses.append(params["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(params["exceptionDetails"])
        if message.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])

    def evaluate(self, code):
        result = self.call("Runtime.evaluate", expression=code, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, address):
        self.call("Page.navigate", url=address)

    def wait_for(self, code, seconds=120):
        """Wait until an expression is true, and return its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.evaluate(code):
                return value
            time.sleep(0.05)
        state = self.evaluate("document.body.innerText")
        raise AssertionError(f"not true after {seconds} s: {code}\n{state}\n{self.errors}")

    def move_slider(self, address, value):
        self.evaluate(
            f"(() => {{ const box = document.querySelector('[data-address={json.dumps(address)}]');"
            f"const range = box.querySelector('[type=range]'); range.value = {value};"
            "range.dispatchEvent(new Event('input')); })()"
        )


@contextlib.contextmanager
def open_browser(width=1280, height=1600):
    """Start Chromium, and yield a function that opens a tab."""
    client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [
                *(find_chromium(), "--headless", "--no-sandbox", "--disable-gpu"),
                *("--remote-debugging-port=0", f"--user-data-dir={folder}"),
                *(f"--window-size={width},{height}", "--no-first-run", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        with contextlib.ExitStack() as connections:
            try:
                lines = iter(process.stderr.readline, "")
                endpoint = next(m[1] for m in (re.search(r"ws://([^/]+)/", x) for x in lines) if m)

                def open_tab():
                    http = pytest.importorskip("httpx", reason="httpx is not installed")
                    target = http.put(f"http://{endpoint}/json/new?about:blank").json()
                    address = target["webSocketDebuggerUrl"]
                    return Tab(connections.enter_context(client.connect(address, max_size=2**26)))

                yield open_tab
            finally:
                connections.close()
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                process.stderr.close()
