"""The server's side of the worker process: the latest request of each kind and tab wins."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any

from bioann.explorer.messages import (
    INTERRUPT_SIGNAL,
    MAX_BYTES,
    SUPERSEDED,
    decode_message,
    encode_message,
)

#: Seconds after which a run is stopped for a newer one. A pair's first run is never stopped: it may
#: be compiling, and the newer one would have to begin that again.
PATIENCE = 1.5
#: Seconds that the process has for its clean-up.
SECONDS_TO_END = 5.0
#: Answer if the process ended during a request.
ENDED: dict[str, Any] = {
    "error": "The process that runs the models ended, perhaps for lack of memory. "
    "Use fewer trials or smaller populations; the next change starts it again."
}


class WorkerClient:
    """Sends requests to the worker process, one at a time.

    Parameters
    ----------
    configuration : dict
        First message to the process (`bioann.explorer.worker.answer_requests`).
    """

    def __init__(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration
        self.process: asyncio.subprocess.Process | None = None
        self.waiting: dict[tuple[str, str], tuple[dict[str, Any], asyncio.Future[Any]]] = {}
        self.sender: asyncio.Task[None] | None = None
        self.present: tuple[str, str] | None = None
        self.present_pair, self.n_sent = "", 0
        self.finished_pairs: set[str] = set()

    async def ask(self, tab: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request.

        A request that waits is replaced by a newer one of the same tab and kind, and is answered by
        `SUPERSEDED`.
        """
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        key = tab, request["kind"]
        if key in self.waiting:
            _set_answer(self.waiting.pop(key)[1], SUPERSEDED)
        self.waiting[key] = request, future
        if self.sender is None or self.sender.done():
            self.sender = asyncio.create_task(self._send_requests())
        if key == self.present and key[1] == "run":
            asyncio.get_running_loop().call_later(PATIENCE, self._interrupt, self.n_sent)
        answer: dict[str, Any] = await future
        return answer

    def _interrupt(self, number: int) -> None:
        """Stop a run, by its number, if it still goes on."""
        if number != self.n_sent or self.present is None or self.process is None:
            return
        if self.present_pair in self.finished_pairs and INTERRUPT_SIGNAL is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(INTERRUPT_SIGNAL)

    async def _send_requests(self) -> None:
        """Send the requests that wait, the oldest first, until there are no more."""
        while self.waiting:
            key = next(iter(self.waiting))
            request, future = self.waiting.pop(key)
            self.present, self.present_pair = key, str(request.get("pair"))
            self.n_sent += 1
            try:
                answer = await self._exchange(request)
            except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                self.stop()
                answer = ENDED
            self.present = None
            if "curves" in answer:
                self.finished_pairs.add(self.present_pair)
            _set_answer(future, answer)

    async def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request, and wait for its answer."""
        process = await self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode_message(request))
        await process.stdin.drain()
        line = await process.stdout.readuntil(b"\n")
        return decode_message(line)

    async def start(self) -> asyncio.subprocess.Process:
        """Start the process unless it runs."""
        if self.process is None or self.process.returncode is not None:
            # A session of its own: Ctrl-C in the terminal reaches the server alone.
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bioann.explorer.worker",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                limit=MAX_BYTES, start_new_session=True,
            )  # fmt: skip
            assert self.process.stdin is not None
            self.process.stdin.write(encode_message(self.configuration))
        return self.process

    def stop(self) -> asyncio.subprocess.Process | None:
        """Ask the process to end, and return it; its compilers and programs end with it."""
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        return process

    async def close(self) -> None:
        """End the process, and wait for its end; kill it if it takes long."""
        if self.sender is not None:
            self.sender.cancel()
        process = self.stop()
        if process is not None:
            try:
                await asyncio.wait_for(process.wait(), SECONDS_TO_END)
            except TimeoutError:
                process.kill()
                await process.wait()


def _set_answer(future: asyncio.Future[Any], answer: dict[str, Any]) -> None:
    if not future.done():  # the browser may have closed the connection
        future.set_result(answer)
