"""Start the explorer: a free port of this machine, a random key, and a browser."""

from __future__ import annotations

import contextlib
import errno
import secrets
import socket
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path

from bioann.base.errors import DescriptionError, OutputError, unknown_name_error
from bioann.base.optional import import_optional
from bioann.explorer.messages import ENGINE_NAMES
from bioann.explorer.worker_client import WorkerClient
from bioann.pair_files.find import find_subject_file, list_pairs

#: Only this machine reaches the page.
LOOPBACK = "127.0.0.1"
#: Bytes of the random key in the address.
TOKEN_BYTES = 16


def serve_explorer(
    name: str,
    *,
    settings: Mapping[str, str],
    port: int,
    engine: str,
    folder: Path,
    on_start: Callable[[str], None],
) -> None:
    """Serve the page until the process is interrupted.

    Parameters
    ----------
    name : str
        Name or file of the pair.
    settings : mapping of str to str
        Values of parameters with which the page opens, with their units, by address.
    port : int
        Port of this machine; 0 takes a free one.
    engine : str
        Engine of spiking models.
    folder : pathlib.Path
        Folder for pair files and reports.
    on_start : callable
        Called with the address of the page when the server is about to start.

    Raises
    ------
    MissingExtraError
        If starlette or uvicorn is not installed.
    UnknownNameError, PairError
        If there is no such pair or engine.
    OutputError
        If the port is in use.
    """
    if engine not in ENGINE_NAMES:
        raise unknown_name_error("play, engine", "engine", engine, ENGINE_NAMES)
    import_optional("starlette", "app", "bioann play")
    uvicorn = import_optional("uvicorn", "app", "bioann play")
    application = import_optional("bioann.explorer.application", "app", "bioann play")
    path = find_subject_file(name)
    pairs = list_pairs()
    origins = {path.stem: str(path.resolve())} if Path(name).suffix == ".py" else {}
    first = path.stem
    if not origins and first not in pairs:
        raise DescriptionError(
            f"play {name!r}", "a pair", "a study, which has no models", "Name a pair."
        )
    listener = open_port(port)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    client = WorkerClient({"origins": origins, "engine": engine, "folder": str(folder)})
    names = tuple(dict.fromkeys((first, *pairs)))
    app = application.make_application(client, token, first, names, folder)
    query = f"?{urllib.parse.urlencode(settings)}" if settings else ""
    with contextlib.closing(listener):
        on_start(f"http://{LOOPBACK}:{listener.getsockname()[1]}/{token}/{first}{query}")
        config = uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


def open_port(port: int) -> socket.socket:
    """Open a port of this machine; `OutputError` if another program uses it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        got = "one that another program uses" if error.errno == errno.EADDRINUSE else str(error)
        remedy = "Choose another one, or leave --port out: then a free one is taken."
        raise OutputError(f"play, port {port}", "a free port", got, remedy) from error
    return listener


def read_link(text: str) -> tuple[str, dict[str, str]]:
    """Return name of the pair and settings of a link that an explorer showed.

    Parameters
    ----------
    text : str
        The link; only its last name and what follows the question mark count.

    Raises
    ------
    DescriptionError
        If it has no name of a pair.
    """
    link = urllib.parse.urlsplit(text)
    name = urllib.parse.unquote(link.path.rstrip("/").rpartition("/")[2])
    if not name or link.path.strip("/").count("/") != 1:
        raise DescriptionError(
            "play, link",
            "a link like http://127.0.0.1:8000/KEY/inverter?trials=4",
            repr(text),
            "Copy the whole address of the page, in quotation marks.",
        )
    return name, dict(urllib.parse.parse_qsl(link.query))
