"""An editor's month, from a saved page to an approved letter, on a machine without a network."""

import email
import email.policy
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli.main import run
from newsletter.cli.site import scaffold
from tests.support.studio import Running, serving
from tests.support.waiting import until

PAGE = """Our Blog
May 2021
What Supervision Does for New Therapists
Adler, A., & Berg, B. (2020). Supervision in the first year: A survey of new therapists. \
Journal of Made-Up Studies, 1, 2-3. https://doi.org/10.1000/supervision
New therapists were asked how supervision helped them in their first year. Those who were \
supervised each week felt surer of their work than those who were not. Supervision did most for \
those who had doubted themselves at the beginning, and who could say so.
Practice Implications
A new therapist may ask for an hour each week, and say early what they doubt. Supervisors may ask.
How Clients Say That They Want to Stop
Chen, C. (2021). Ending early: A survey of clients who left. Journal of Made-Up Studies, 4, 5-6. \
https://doi.org/10.1000/ending
Clients who had ended their therapy early were asked why. Many had not said so beforehand. Half of \
them would have stayed if their therapist had asked them how the therapy went for them.
Practice Implications
Therapists may ask their clients in every third session whether they are on a good way together.
"""


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is known, and no machine but this one can be reached."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def refuse(host: Any, *rest: Any, **options: Any) -> Any:
        assert host == "127.0.0.1", f"the network was asked for {host}"
        return resolve(host, *rest, **options)

    def nearby(self: socket.socket, address: Any) -> None:
        assert self.family == socket.AF_UNIX or address[0] == "127.0.0.1", address
        connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", nearby)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    scaffold(folder, ())
    (folder / "page.txt").write_text(PAGE, "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NEWSLETTER_CHECKS__SPAM", "off")
    return folder


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def shown(studio: Running, words: str) -> str:
    until(lambda: words in studio.get("/2021-05").text, f"the studio says “{words}”")
    return studio.get("/2021-05").text


def test_import_edit_preview_check_test_send_approve(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each step does its work, and finds what the one before left."""
    (site / "readers.csv").write_text("email,name\nada@example.org,Ada\n")
    assert run(["subscribers", "import", "readers.csv", "--source", "a test"]) == 0
    assert run(["import", "page.txt"]) == 0
    first, second = sorted((site / "content/2021-05").glob("*.md"))
    assert (first.name, second.name) == (
        "01-what-supervision-does-for-new-therapists.md",
        "02-how-clients-say-that-they-want-to-stop.md",
    )

    with serving(site / "config.toml") as studio:
        shown(studio, "everything in full · 1 reader")
        text = first.read_text("utf-8")
        first.write_text(text.replace("doi: 10.1000/", "doi: ten/"), "utf-8")
        assert f"content/2021-05/{first.name}:" in shown(studio, "1 error")
        assert run(["check", "2021-05"]) == 1
        first.write_text(re.sub(r"(?m)^topics: .*$", "topics: []", text), "utf-8")
        shown(studio, "Take over Training")
        until(lambda: "1 error" not in studio.get("/2021-05").text, "the error is gone")
        chosen = {"file": first.name, "topic": "training"}
        assert studio.post("/2021-05/topics", chosen).status == 303
        assert "topics: [training]" in first.read_text("utf-8")
        capsys.readouterr()
        assert run(["check", "2021-05"]) == 0, capsys.readouterr().out

        asked = hidden(studio.get("/2021-05/test").text) | {"addresses": "editor@example.org"}
        assert studio.post("/2021-05/test", asked).status == 303
        (path,) = (site / "var/outbox").glob("*.eml")
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert letter["To"].addresses[0].addr_spec == "editor@example.org"
        assert letter["Subject"].startswith("[Test]")

        approved = studio.post("/2021-05/approve", hidden(studio.get("/2021-05/approve").text))
        assert "frozen and approved" in studio.get(approved.headers["location"]).text

    capsys.readouterr()
    assert run(["status", "2021-05", "--json"]) == 0
    assert '"scheduled"' in capsys.readouterr().out
