"""``bioann play`` in a terminal."""

import signal
import socket

import pytest
from click.testing import CliRunner

from bioann.base.errors import BioannError
from bioann.cli.main import main
from bioann.explorer.serve import read_link
from tests.explorer.conftest import start_explorer

WEIGHT = "projection interneurons -> output, weight"


@pytest.fixture
def libraries():
    for library in ("starlette", "uvicorn"):
        pytest.importorskip(library, reason=f"{library} is not installed")


def invoke(*arguments):
    result = CliRunner().invoke(main, ["play", "--no-browser", *arguments])
    assert "Traceback" not in result.output
    return result


def test_a_link_is_the_pair_and_its_settings():
    link = f"http://127.0.0.1:8000/k_e-y/inverter?{WEIGHT.replace(' ', '+')}=1.2+nS&trials=4"
    assert read_link(link) == ("inverter", {WEIGHT: "1.2 nS", "trials": "4"})
    for text in ("http://127.0.0.1", "http://127.0.0.1/inverter", "http://127.0.0.1/a/b/c"):
        with pytest.raises(BioannError, match="Copy the whole address of the page"):
            read_link(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["invreter"], "Did you mean 'inverter'"),
        (["xor_capacity_of_nothing.py"], "xor_capacity_of_nothing.py"),
        (["sign_crossings"], "wanted a pair, got a study, which has no models"),
        (["inverter", "--engine", "gpu"], "wanted the name of an engine, got 'gpu'"),
        (["inverter", "--set", "trials"], "wanted ADDRESS=VALUE, got 'trials'"),
        (["inverter", "--port", "70000"], "70000"),
    ],
)
def test_what_cannot_be_opened_gets_a_sentence(libraries, arguments, message):
    result = invoke(*arguments)
    assert result.exit_code != 0
    assert message in result.output


def test_a_port_in_use_gets_a_sentence(libraries):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = invoke("inverter", "--port", str(port))
    assert result.exit_code == 1
    assert (
        f"play, port {port}: wanted a free port, got one that another program uses."
        in result.output
    )
    assert "leave --port out" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_traceback(libraries, tmp_path, number):
    with start_explorer("inverter", "--set", "trials=4", folder=str(tmp_path)) as started:
        assert started.address.endswith("/inverter?trials=4")
        started.process.send_signal(number)
        output, _ = started.process.communicate(timeout=30)
    assert "Traceback" not in output
    assert started.process.returncode == (0 if number == signal.SIGINT else 128 + number)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_file_of_ones_own_is_a_pair_of_the_page(libraries, pair_file, tmp_path):
    httpx = pytest.importorskip("httpx", reason="httpx is not installed")
    with start_explorer(
        str(pair_file(name="own.py")), "--engine", "numpy", folder=str(tmp_path)
    ) as started:
        assert started.address.endswith("/own")
        answer = httpx.post(f"{started.address}/run", json={"settings": {}}, timeout=120).json()
        assert answer["curves"]["x"] == [0.0, 0.5]
        written = httpx.post(
            f"{started.address}/report", json={"settings": {"trials": "1"}}, timeout=240
        ).json()
        page = httpx.get(f"{started.address.rsplit('/', 1)[0]}/reports/{written['page']}")
    assert "Does a test run?" in page.text
    assert {path.suffix for path in tmp_path.glob("tiny_changed.*")} == {".py", ".html", ".pdf"}
