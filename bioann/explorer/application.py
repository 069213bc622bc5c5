"""The web application: a page, its files, and requests that the worker process answers."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib import resources
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bioann.base.errors import unknown_name_error
from bioann.explorer.messages import KINDS
from bioann.explorer.worker_client import WorkerClient

#: Files of the page by name, with their media types.
ASSETS = {
    "explorer.js": "text/javascript",
    "explorer.css": "text/css",
    "plots.js": "text/javascript",
    "uPlot.iife.min.js": "text/javascript",
    "uPlot.min.css": "text/css",
    "icon.svg": "image/svg+xml",
    "uPlot.LICENSE.txt": "text/plain",
}
#: The page may load nothing from elsewhere, and no other page may frame it.
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
#: A report states itself what it may load, and allows its one script by its hash.
REPORT_POLICY = "frame-ancestors 'none'"
#: A drawing has styles inside.
DRAWING_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
WRONG_TOKEN = (
    "This address lacks the key of this explorer. Open the address that 'bioann play' printed; "
    "for a link of an earlier one, run: bioann play 'LINK'."
)
#: Bytes of a request at most.
MAX_REQUEST_BYTES = 200_000


def make_application(
    client: WorkerClient, token: str, name: str, names: tuple[str, ...], folder: Path
) -> Starlette:
    """Make the application.

    Parameters
    ----------
    client : WorkerClient
        Answers the requests of the page.
    token : str
        First part of every path; without it, an answer is 403.
    name : str
        Name of the pair that the bare address leads to.
    names : tuple of str
        Names of all pairs that may be opened.
    folder : pathlib.Path
        Folder of reports.

    Returns
    -------
    starlette.applications.Starlette
        The application; it stops the worker process when it ends.
    """
    pages = ExplorerPages(client, token, name, names, folder)

    @contextlib.asynccontextmanager
    async def stop_worker(_: Starlette) -> AsyncIterator[None]:
        await client.start()  # it imports Brian2 while the browser opens
        yield
        await client.close()

    routes = [
        Route("/{token}/assets/{file}", pages.show_asset),
        Route("/{token}/reports/{file}", pages.show_report),
        Route("/{token}/pairs", pages.list_names),
        Route("/{token}/{pair}", pages.show_page),
        Route("/{token}/{pair}/circuit.svg", pages.show_circuit),
        Route("/{token}/{pair}/{kind}", pages.answer, methods=["POST"]),
        Route("/{path:path}", pages.redirect),
    ]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return Starlette(routes=routes, middleware=[hosts], lifespan=stop_worker)


def need_token(
    show: Callable[[ExplorerPages, Request], Awaitable[Response]],
) -> Callable[[ExplorerPages, Request], Awaitable[Response]]:
    """Answer 403 to requests whose first part of the path is not the token; add the headers."""

    async def check_token(pages: ExplorerPages, request: Request) -> Response:
        first = request.url.path.split("/")[1]
        if not secrets.compare_digest(first.encode(), pages.token.encode()):
            response: Response = PlainTextResponse(WRONG_TOKEN, 403)
        else:
            response = await show(pages, request)
        response.headers.update(HEADERS)
        if "Content-Security-Policy" not in response.headers:
            response.headers["Content-Security-Policy"] = POLICY
        return response

    return check_token


class ExplorerPages:
    """The pages; parameters as of `make_application`."""

    def __init__(
        self, client: WorkerClient, token: str, name: str, names: tuple[str, ...], folder: Path
    ) -> None:
        self.client, self.token, self.name = client, token, name
        self.names, self.folder = names, folder

    @need_token
    async def redirect(self, request: Request) -> Response:
        """Lead from the bare address to the pair, with the settings of the link."""
        if request.url.path.strip("/") != self.token:
            return PlainTextResponse("There is no such page.", 404)
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(status_code=302, headers={"Location": f"/{self.token}/{self.name}{query}"})

    @need_token
    async def list_names(self, request: Request) -> Response:
        """Return the names of all pairs."""
        return JSONResponse(list(self.names))

    @need_token
    async def show_page(self, request: Request) -> Response:
        """Return the page, the same for all pairs."""
        name = request.path_params["pair"]
        if name not in self.names:
            return PlainTextResponse(describe_unknown(name, self.names), 404)
        return Response(read_asset("explorer.html"), media_type="text/html")

    @need_token
    async def show_asset(self, request: Request) -> Response:
        """Return a file of the page."""
        file = request.path_params["file"]
        if file not in ASSETS:
            return PlainTextResponse("There is no such file.", 404)
        return Response(read_asset(file), media_type=ASSETS[file])

    @need_token
    async def show_report(self, request: Request) -> Response:
        """Return a report that this explorer wrote."""
        path = self.folder / Path(request.path_params["file"]).name
        if path.suffix != ".html" or not path.is_file():
            return PlainTextResponse("There is no such report.", 404)
        return FileResponse(path, headers={"Content-Security-Policy": REPORT_POLICY})

    @need_token
    async def show_circuit(self, request: Request) -> Response:
        """Return the drawing of both circuits with the settings of the query."""
        settings = dict(request.query_params)
        narrow = settings.pop("narrow", "") == "1"
        settings.pop("tab", None)
        answer = await self.ask(request, "circuit", {"settings": settings, "narrow": narrow})
        if "svg" not in answer:
            return PlainTextResponse(str(answer.get("error", "A newer drawing is made.")), 409)
        policy = {"Content-Security-Policy": DRAWING_POLICY}
        return Response(answer["svg"], media_type="image/svg+xml", headers=policy)

    @need_token
    async def answer(self, request: Request) -> Response:
        """Answer a request of the page in JSON; one that fails holds ``error``."""
        kind = request.path_params["kind"]
        body = await request.body()
        try:
            message = json.loads(body) if len(body) <= MAX_REQUEST_BYTES else None
        except ValueError:
            message = None
        if kind not in KINDS or message is None or not is_valid_message(message):
            return JSONResponse({"error": "The explorer cannot read this request."}, 400)
        return JSONResponse(await self.ask(request, kind, message))

    async def ask(self, request: Request, kind: str, message: dict[str, Any]) -> dict[str, Any]:
        """Ask the worker process about the pair of a path."""
        name = request.path_params["pair"]
        if name not in self.names:
            return {"error": describe_unknown(name, self.names)}
        tab = str(message.pop("tab", request.query_params.get("tab", "")))[:40]
        return await self.client.ask(tab, {**message, "kind": kind, "pair": name})


def is_valid_message(message: Any) -> bool:
    """Return whether a message has settings that are texts, and a condition that is a number."""
    if not isinstance(message, dict):
        return False
    settings, condition = message.get("settings", {}), message.get("condition")
    has_texts = isinstance(settings, dict) and all(isinstance(v, str) for v in settings.values())
    return has_texts and (condition is None or type(condition) is int)


def describe_unknown(name: str, names: tuple[str, ...]) -> str:
    """Return the sentence for a pair that does not exist, with names like it."""
    return str(unknown_name_error("explorer", "pair", name, names))


def read_asset(name: str) -> bytes:
    """Return a file of the page."""
    return (resources.files("bioann.explorer") / "templates" / name).read_bytes()
