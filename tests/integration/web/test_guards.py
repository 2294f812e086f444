"""What stands before every page."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from newsletter.web import app as pages_app
from newsletter.web import guards
from newsletter.web.pages import Pages
from subscribers.model import State
from tests.support.web import Web, opened

PATHS = ("/nothing", "/static/site.css", "/static/nothing.css")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded(client: TestClient, path: str) -> None:
    """The policy, the referrer and the rest stand on pages, files and errors alike."""
    headers = client.get(path).headers
    rules = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers
    assert "strict-transport-security" not in headers


def test_https_is_asked_for_where_the_public_address_has_it(tmp_path: Path) -> None:
    """Browsers are told to stay with TLS only where there is TLS."""
    own = {"public_url": "https://digest.example.org"}
    with opened(tmp_path / "site", newsletter=own) as web:
        headers = web.client(base_url="https://digest.example.org").get("/nothing").headers
    assert headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "a@b@c"])
def test_another_host_is_refused(client: TestClient, host: str, path: str) -> None:
    """A name that isn't ours sees nothing, whatever path it asks for."""
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:9999", "[::1]:8025", "LOCALHOST"])
def test_this_machine_is_served(client: TestClient, host: str) -> None:
    """An operator on the machine sees the pages under its own names, at any port."""
    assert client.get("/static/site.css", headers={"Host": host}).status_code == 200


def test_the_public_host_is_served(tmp_path: Path) -> None:
    """The name in `public_url` is ours, in any case of letters."""
    own = {"public_url": "https://digest.example.org/letters"}
    with opened(tmp_path / "site", newsletter=own) as web:
        host = {"Host": "Digest.Example.org"}
        assert web.client().get("/static/site.css", headers=host).status_code == 200
        assert web.client().get("/letters/static/site.css", headers=host).status_code == 200
        page = web.client().get("/letters/nothing", headers=host).text
    assert 'href="/letters/static/site.css' in page


def echo(request: Request) -> Response:
    """Say who asks, how, and how much was posted."""
    client = request.client.host if request.client else "nobody"
    return PlainTextResponse(f"{client} {request.url.scheme} {len(guards.body(request))}")


def fail(request: Request) -> Response:
    """Fail with a reader's address in the error."""
    raise LookupError("anna@example.org")


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routes of the tests' own beside the real ones."""
    real = pages_app.routes

    def routes(pages: Pages) -> list[Any]:
        own = [
            Route("/echo/{token}", echo, methods=["GET", "POST"]),
            Route("/fail/{token}", fail),
        ]
        return [*real(pages), *own]

    monkeypatch.setattr(pages_app, "routes", routes)


FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


@pytest.mark.usefixtures("planted")
def test_a_stranger_can_not_say_where_they_come_from(client: TestClient) -> None:
    """Forwarding headers are believed from nobody who isn't named."""
    assert client.get("/echo/x", headers=FORWARDED).text == "testclient http 0"


@pytest.mark.usefixtures("planted")
def test_a_trusted_proxy_is_believed(tmp_path: Path) -> None:
    """It says who asked; what came before it in the header is the asker's own invention."""
    with opened(tmp_path / "site", web={"trusted_proxies": ["10.0.0.1"]}) as web:
        client = web.client(client=("10.0.0.1", 5))
        headers = FORWARDED | {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
        assert client.get("/echo/x", headers=headers).text == "192.0.2.7 https 0"
        stranger = web.client(client=("10.0.0.2", 5))
        assert stranger.get("/echo/x", headers=headers).text == "10.0.0.2 http 0"


def hang_up(web: Web, path: str, sent: bytes) -> None:
    """Post the first octets of a form, and be gone."""
    parts = [{"type": "http.request", "body": sent, "more_body": True}]

    async def receive() -> Any:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        """Nobody hears it."""

    where = {"type": "http", "scheme": "http", "method": "POST", "path": path, "query_string": b""}
    asked = {"headers": [(b"host", b"127.0.0.1:8025")], "client": ("::1", 1)}
    asyncio.run(web.site(where | asked, receive, send))


def test_half_a_form_changes_nothing(web: Web) -> None:
    """It holds the first of a reader's topics, or none: they keep what they have."""
    reader = web.add("anna@example.org", topics=("depression",))
    hang_up(web, web.app.office.links.preferences(reader.id).removeprefix(web.url), b"name=An")
    assert web.reader("anna@example.org") == reader


def test_who_hangs_up_after_the_click_has_left_all_the_same(web: Web) -> None:
    """One click needs no form: mail programs don't wait for an answer."""
    reader = web.add("anna@example.org")
    link, _ = web.app.office.links.unsubscribe(reader.id)
    hang_up(web, link.removeprefix(web.url), b"")
    assert web.reader("anna@example.org").state is State.UNSUBSCRIBED


@pytest.mark.usefixtures("planted")
def test_a_form_has_a_size(client: TestClient) -> None:
    """What fits arrives whole; one octet more is refused, with and without its length given."""
    assert client.post("/echo/x", content=b"a" * guards.MOST).text.endswith(f" {guards.MOST}")
    too_much = b"a" * (guards.MOST + 1)
    assert client.post("/echo/x", content=too_much).status_code == 413
    assert client.post("/echo/x", content=iter([too_much[:70], too_much])).status_code == 413


def test_a_form_that_does_not_come_is_not_waited_for(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who keeps a form open gets 408, not a place for ever."""
    monkeypatch.setattr(guards, "SECONDS", 0.01)
    sent: list[dict[str, Any]] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "client": ("::1", 1)}
    asyncio.run(guards.Bodies(pages_app.site(web.app))(scope, never, send))
    assert sent[0]["status"] == 408


@pytest.mark.usefixtures("planted")
def test_the_log_knows_pages_and_not_people(client: TestClient) -> None:
    """Neither a token, nor a query, nor who asked stands in it; nor what an unknown path held."""
    with capture_logs() as lines:
        client.get("/echo/12.secret?email=anna@example.org", headers=FORWARDED)
        client.get("/12.secret")
        client.get("/fail/12.secret")
    pages = [line["page"] for line in lines if line["event"] == "page"]
    assert pages == ["/echo/{token}", "none", "/fail/{token}"]
    assert not re.search("secret|anna|192|testclient", repr(lines))


@pytest.mark.usefixtures("planted")
def test_a_fault_says_nothing_private(client: TestClient) -> None:
    """The page is a page, guarded like the others, without the error's words; the log has where."""
    with capture_logs() as lines:
        answer = client.get("/fail/x")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "anna" not in answer.text + repr(lines)
    assert answer.headers["referrer-policy"] == "no-referrer"
    failed = next(line for line in lines if line["event"] == "a page failed")
    assert any("test_guards.py" in place for place in failed["at"])


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../base.html", "/static/%2e%2e/base.html", "/static/..%2fbase.html"),
        *("/static/base.html", "/static/.hidden.css", "/static//etc/passwd", "/static/"),
        "/static/site.css%00.css",
        f"/static/{'a' * 300}.css",
    ],
)
def test_no_file_but_the_pages_own(client: TestClient, path: str) -> None:
    """Nothing leads out of the folder of static files, and templates don't lie in it."""
    assert client.get(path).status_code == 404


def test_files_are_kept_only_under_their_print(client: TestClient) -> None:
    """The address on a page is kept for ever; one that may change soon is asked for again."""
    page = client.get("/nothing").text
    address = re.search(r'href="(/static/site\.css\?v=\w+)"', page)
    assert address
    assert "immutable" in client.get(address[1]).headers["cache-control"]
    assert "immutable" not in client.get("/static/site.css?v=other").headers["cache-control"]


def test_the_site_s_colours_are_the_pages(tmp_path: Path) -> None:
    """[theme] holds for the pages, in light and dark."""
    with opened(tmp_path / "site", theme={"accent": "#123456", "dark_accent": "#abcdef"}) as web:
        css = web.client().get("/static/theme.css").text
    light, dark = css.split("@media")
    assert "--accent: #123456" in light
    assert "--accent: #abcdef" in dark


def test_the_site_s_own_templates_come_first(web: Web, client: TestClient) -> None:
    """A page and a style sheet in the site's folder replace the packaged ones."""
    own = web.app.settings.site / "templates/web"
    (own / "static").mkdir(parents=True)
    (own / "failure.html").write_text("Ours: {{ _(title) }}")
    (own / "static/site.css").write_text("body {}")
    assert client.get("/nothing").text == "Ours: There is no such page"
    assert client.get("/static/site.css").text == "body {}"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_what_is_read_can_not_be_written(client: TestClient, method: str) -> None:
    """A file takes no other method; the answer is a page like every other."""
    answer = client.request(method, "/static/site.css")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
