"""The server: who may ask what, and what it answers without the worker process."""

import asyncio
import importlib

import pytest

from bioann.explorer.messages import SUPERSEDED
from bioann.explorer.worker_client import WorkerClient

pytest.importorskip("starlette", reason="starlette is not installed")
application = importlib.import_module("bioann.explorer.application")
httpx = pytest.importorskip("httpx", reason="httpx is not installed")

TOKEN = "key"
ADDRESS = "http://127.0.0.1:1234"


class EchoClient:
    """Answers with the request itself."""

    async def ask(self, tab, request):
        return {"tab": tab, "request": request}


class Browser:
    """Sends requests to an application without a network."""

    def __init__(self, app):
        self.app = app

    def send(self, method, path, **options):
        async def send_once():
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
                return await client.request(method, path, **options)

        return asyncio.run(send_once())

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, **options):
        return self.send("POST", path, **options)


@pytest.fixture
def browser(tmp_path):
    (tmp_path / "new.html").write_text("<p>report</p>")
    (tmp_path / "secret.txt").write_text("secret")
    app = application.make_application(
        EchoClient(), TOKEN, "inverter", ("inverter", "balanced"), tmp_path
    )
    return Browser(app)


@pytest.mark.parametrize(
    "path",
    ["/", "/inverter", "/wrong/inverter", "/wrong/assets/explorer.js", "/wrong/pairs", "/key2",
     "/favicon.ico", "/wrong/reports/new.html", "/wrong/inverter/circuit.svg", "/ключ/inverter"],
)  # fmt: skip
def test_without_the_key_everything_is_refused_with_a_sentence(browser, path):
    response = browser.get(path)
    assert (response.status_code, response.text) == (403, application.WRONG_TOKEN)
    assert browser.post("/wrong/inverter/run", json={}).status_code == 403


def test_another_host_name_is_refused(browser):
    assert browser.get(f"/{TOKEN}/inverter", headers={"host": "evil.example"}).status_code == 400


def test_every_answer_states_the_policy_and_the_page_has_no_address_of_another_host(browser):
    for path in ("inverter", "pairs", *(f"assets/{name}" for name in application.ASSETS)):
        response = browser.get(f"/{TOKEN}/{path}")
        assert response.status_code == 200
        assert response.headers["content-security-policy"] == application.POLICY
    page = application.read_asset("explorer.html").decode()
    script = (
        application.read_asset("explorer.js").decode() + application.read_asset("plots.js").decode()
    )
    for text in (page, script, application.read_asset("explorer.css").decode()):
        assert "http" not in text
        assert "//" not in text.replace("// ", "")
    assert "onclick=" not in page
    assert "style=" not in page
    assert "innerHTML" not in script  # texts of a pair are never read as HTML


def test_the_bare_address_leads_to_the_pair_with_its_settings(browser):
    response = browser.get(f"/{TOKEN}/?trials=3")
    assert response.headers["location"] == f"/{TOKEN}/inverter?trials=3"


def test_an_unknown_pair_gets_names_like_it(browser):
    response = browser.get(f"/{TOKEN}/invreter")
    assert response.status_code == 404
    assert "Did you mean 'inverter'?" in response.text
    answer = browser.post(f"/{TOKEN}/invreter/run", json={}).json()
    assert "Did you mean 'inverter'?" in answer["error"]


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[1]", b'{"settings": [1]}', b'{"settings": {"a": 1}}',
             b'{"condition": "x"}', b'{"condition": true}', b" " * 300_000, b"\xff"],
    ids=repr,
)  # fmt: skip
def test_a_request_that_is_none_gets_a_sentence(browser, body):
    response = browser.post(f"/{TOKEN}/inverter/run", content=body)
    assert response.status_code == 400
    assert response.json() == {"error": "The explorer cannot read this request."}


def test_only_listed_kinds_of_requests_reach_the_worker(browser):
    assert browser.post(f"/{TOKEN}/inverter/load_pair", json={}).status_code == 400
    answer = browser.post(f"/{TOKEN}/inverter/run", json={"tab": "t", "pair": "/etc/x.py"}).json()
    assert answer == {"tab": "t", "request": {"kind": "run", "pair": "inverter"}}


def test_only_reports_of_the_folder_are_shown(browser):
    assert browser.get(f"/{TOKEN}/reports/new.html").text == "<p>report</p>"
    for name in ("secret.txt", "..%2fsecret.txt", "none.html"):
        assert browser.get(f"/{TOKEN}/reports/{name}").status_code == 404


class SlowWorker(WorkerClient):
    """Waits for a permission before each answer."""

    def __init__(self):
        super().__init__({})
        self.permission, self.requests = asyncio.Event(), []

    async def _exchange(self, request):
        self.requests.append(request)
        await self.permission.wait()
        return {"curves": request["number"]}


def test_the_latest_request_of_a_tab_wins_and_other_tabs_get_theirs():
    async def ask_all():
        worker = SlowWorker()

        async def ask(tab, number):
            return await worker.ask(tab, {"kind": "run", "pair": "p", "number": number})

        tasks = []
        for tab, number in (("a", 1), ("a", 2), ("b", 3), ("a", 4), ("a", 5)):
            tasks.append(asyncio.create_task(ask(tab, number)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        worker.permission.set()
        return await asyncio.gather(*tasks), [r["number"] for r in worker.requests]

    answers, sent = asyncio.run(ask_all())
    assert answers == [{"curves": 1}, SUPERSEDED, {"curves": 3}, SUPERSEDED, {"curves": 5}]
    assert sent == [1, 3, 5]
