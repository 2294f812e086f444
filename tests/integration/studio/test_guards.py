"""The studio keeps to itself."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.cli.site import scaffold
from newsletter.rendering.places import packaged_templates
from newsletter.studio.guards import links_leave_the_frame
from newsletter.studio.server import listen
from tests.support.site import MONTHS
from tests.support.studio import Running, serving

LETTER = "/2021-01/everything-in-full/letter"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guards") / "site"
    scaffold(folder, MONTHS)
    return folder


@pytest.fixture(scope="module")
def studio(site: Path) -> Iterator[Running]:
    """One studio for all: nothing here disturbs what another test asks."""
    with serving(site / "config.toml") as running:
        yield running


def policy(value: str) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in value.split(";"))
    return {name: sources for name, _, sources in parts}


def test_it_listens_on_loopback_alone() -> None:
    """No other machine can reach it."""
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "localhost.example", ""])
@pytest.mark.parametrize("path", ["/2021-01", LETTER, "/changes", "/static/studio.js"])
def test_another_host_is_refused(studio: Running, host: str, path: str) -> None:
    """A name that someone points at 127.0.0.1 sees nothing (DNS rebinding)."""
    assert studio.get(path, host=f"{host}:{studio.port}").status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_its_own_names_are_served(studio: Running, host: str) -> None:
    """With any port: an editor may reach it through a tunnel."""
    assert studio.get("/2021-01", host=f"{host}:9999").status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/2021-01", LETTER, "/changes"])
def test_nothing_can_be_changed(studio: Running, method: str, path: str) -> None:
    """These pages are for reading, even for the studio itself."""
    assert studio.get(path, method, headers={"Origin": studio.url}).status == 405


@pytest.mark.parametrize(
    "origin", ["http://example.org", "null", "http://127.0.0.1:1", "http://127.0.0.1", "", None]
)
@pytest.mark.parametrize("path", ["/2021-01", "/2021-01/test"])
def test_no_other_page_may_send_anything(studio: Running, path: str, origin: str | None) -> None:
    """A form of another site, of another port, of a sandboxed frame, or of nobody is refused."""
    headers = {} if origin is None else {"Origin": origin}
    assert studio.get(path, "POST", headers=headers).status == 403


@pytest.mark.parametrize("from_", ["cross-site", "same-site"])
def test_no_other_page_may_fetch(studio: Running, from_: str) -> None:
    """A page elsewhere can neither fetch nor embed; a link to the studio may stand anywhere."""
    fetched = {"Sec-Fetch-Site": from_, "Sec-Fetch-Mode": "no-cors"}
    followed = {"Sec-Fetch-Site": from_, "Sec-Fetch-Mode": "navigate"}
    assert studio.get("/2021-01", headers=fetched).status == 403
    assert studio.get("/changes", headers=fetched).status == 403
    assert studio.get("/2021-01", headers=followed).status == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../studio.html", "/static/%2e%2e/studio.html", "/static/..%2fstudio.html"),
        *("/static/....//studio.html", "/static//etc/passwd", "/static/%2fetc%2fpasswd"),
        *("/static/..%5cstudio.html", "/static/studio.css%00.html", "/../config.toml"),
        "/2021-01/../config.toml",
    ],
)
def test_no_file_but_its_own(studio: Running, path: str) -> None:
    """No path leads out of the folder of static files."""
    assert studio.get(path).status == 404


def test_a_link_in_the_folder_of_files_leads_nowhere(site: Path, tmp_path: Path) -> None:
    """A symbolic link out of the folder of static files is no way out of it."""
    templates = tmp_path / "web"
    shutil.copytree(packaged_templates() / "web", templates)
    (templates / "static/config.css").symlink_to(site / "config.toml")
    (templates / "static/up").symlink_to(site)
    with serving(site / "config.toml", templates) as studio:
        assert studio.get("/static/studio.css").status == 200
        assert studio.get("/static/config.css").status == 404
        assert studio.get("/static/up/config.toml").status == 404


def test_a_link_in_the_content_leads_nowhere(site: Path, tmp_path: Path) -> None:
    """A summary, or a month, that is a link out of the content folder shows nothing of it."""
    secret = tmp_path / "elsewhere/01-a.md"
    secret.parent.mkdir()
    secret.write_text("---\ntitle: The words of a secret\nstatus: ready\n---\nA secret.\n")
    (site / "content/2021-01/04-a.md").symlink_to(secret)
    (site / "content/2021-03").symlink_to(secret.parent)
    with serving(site / "config.toml") as studio:
        for month in ("2021-01", "2021-03"):
            for path in (f"/{month}", f"/{month}/everything-in-full/letter", f"/{month}/approve"):
                assert "secret" not in studio.get(path).text.lower(), path
        assert "leads out of the content folder" in studio.get("/2021-01").text


@pytest.mark.parametrize(
    "way",
    [
        '<mj-include path="{}" />',
        '{{% include "{}" %}}',
        '{{% include "../../../../..{}" %}}',
        '<mj-raw><img src="file://{}" /></mj-raw>',
    ],
)
def test_no_template_brings_a_file_from_outside(site: Path, tmp_path: Path, way: str) -> None:
    """A template that names a file outside its folders shows nothing of it."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the words of a secret")
    own = site / "templates/email/digest/body.mjml"
    own.parent.mkdir(parents=True, exist_ok=True)
    packaged = (packaged_templates() / "email/digest/body.mjml").read_text("utf-8")
    own.write_text(packaged.replace("</mj-body>", f"{way.format(secret)}</mj-body>"), "utf-8")
    try:
        with serving(site / "config.toml") as studio:
            for form in ("letter", "text", "html"):
                answer = studio.get(f"/2021-01/everything-in-full/{form}")
                assert "the words of a secret" not in answer.text
    finally:
        own.unlink()


def test_the_page_takes_nothing_from_elsewhere(studio: Running) -> None:
    """Its policy allows its own script and style, and no frame of another site around it."""
    answer = studio.get("/2021-01")
    rules = policy(answer.headers["content-security-policy"])
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "connect-src", "frame-src")} == {
        "'self'"
    }
    assert not re.search(r"<script(?! src=\"/static/)|<style|\son\w+=|\sstyle=", answer.text)


@pytest.mark.parametrize("form", ["letter", "inbox", "text", "headers", "html", "mjml"])
def test_the_mail_runs_nothing_and_fetches_nothing(studio: Running, form: str) -> None:
    """What stands in the frame has a stricter policy, in the frame and out of it."""
    answer = studio.get(f"/2021-01/everything-in-full/{form}")
    rules = policy(answer.headers["content-security-policy"])
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "script-src" not in rules
    assert "connect-src" not in rules
    assert rules["form-action"] == "'none'"
    assert "allow-scripts" not in rules["sandbox"]
    assert "allow-forms" not in rules["sandbox"]


def test_the_frame_is_sandboxed_as_its_answer_is(studio: Running) -> None:
    """The attribute of the frame says the same as the policy of what stands in it."""
    sandbox = re.search(r'sandbox="([^"]*)"', studio.get("/2021-01").text)
    rules = policy(studio.get(LETTER).headers["content-security-policy"])
    assert sandbox
    assert sandbox[1] == rules["sandbox"]


@pytest.mark.parametrize("path", ["/2021-01", LETTER, "/static/studio.js", "/nothing"])
def test_other_sites_can_not_take_what_is_shown(studio: Running, path: str) -> None:
    """No page elsewhere may embed an answer, no cache keeps it, no guess is made at its kind."""
    headers = studio.get(path).headers
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"


def test_what_an_editor_writes_is_text(studio: Running, site: Path) -> None:
    """Markup in a title, a file's name or an address is shown, not obeyed."""
    folder = site / "content/2020-12"
    (folder / "03-<img src=x>.md").write_text("---\ntitle: <script>alert(1)</script>\n---\nBody\n")
    page = studio.get("/2020-12?edition=%22%3E%3Cscript%3E").text
    assert "&lt;img src=x&gt;" in page
    assert "<script>" not in page
    assert "<img" not in page


def test_outward_links_open_a_window_of_their_own() -> None:
    """A link of the mail leaves the frame; one within the mail stays in it."""
    given = '<a class="x" href="https://a.example">a</a> <a href="#one">b</a> <a id="one">c</a>'
    made = links_leave_the_frame(given)
    assert made.count('target="_blank"') == 1
    assert made.startswith('<a target="_blank" rel="noopener noreferrer" class="x" href="https:')


def test_the_pages_ask_nothing_of_other_hosts() -> None:
    """No address of another host stands in the studio's own files."""
    web = packaged_templates() / "web"
    for path in (*web.glob("studio*.html"), *web.glob("static/studio.*")):
        assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"(?m)^// .*$", "", path.read_text()))
