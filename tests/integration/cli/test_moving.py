"""A site that moves to another database, on the command line."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.support.database import NewDatabase
from tests.support.relay import Relay
from tests.support.service import PATIENCE, PROGRAM
from tests.support.site import Site, make_site

MONTH = "2021-01"
READERS = 40


@pytest.fixture(params=["there", "back"])
def moved(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Site, str]:
    """A site in one kind of database, and the address of an empty one of the other kind."""
    kinds = ("sqlite", "postgresql") if request.param == "there" else ("postgresql", "sqlite")
    makers: list[NewDatabase] = [request.getfixturevalue(f"new_{kind}") for kind in kinds]
    site = make_site(tmp_path / "site", capsys, makers[0]())
    path = site.folder / "readers.csv"
    path.write_text("email\n" + "\n".join(f"reader{one:02}@example.org" for one in range(READERS)))
    assert site("subscribers", "import", str(path)) == 0, site.err
    return site, makers[1](ready=False)


def change_address(site: Site, url: str) -> None:
    """Do what the command says comes next."""
    path = site.folder / "config.toml"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f'url = "{url}"' if one[:4] == "url " else one for one in lines))


@contextmanager
def workers(site: Site) -> Iterator[None]:
    """Let two workers send, each a process of its own."""
    site.replace("connections = 2", 'connections = 2\ndispatcher = "procrastinate"\nchunk = 7')
    command = [*PROGRAM, "--config", str(site.folder / "config.toml"), "worker"]
    with (site.folder / "log").open("wb") as log:
        both = [subprocess.Popen(command, stdout=log, stderr=log) for _ in range(2)]
    try:
        yield
    finally:
        for one in both:
            one.terminate()
        assert [one.wait(PATIENCE) for one in both] == [0, 0], (site.folder / "log").read_text()


@pytest.mark.parametrize(
    ("moved", "senders"),
    [("there", nullcontext), ("back", nullcontext), ("there", workers)],
    indirect=["moved"],
    ids=["to postgresql", "to sqlite", "to workers"],
)
def test_a_paused_mailing_goes_on_in_the_new_place(
    moved: tuple[Site, str], senders: Callable[[Site], AbstractContextManager[object]]
) -> None:
    """Who had the month in the old place doesn't get it from the new one; all others do."""
    site, url = moved
    login_wanted = True

    def script(verb: str, nth: int) -> str | None:
        wants = login_wanted and verb == "MAIL" and nth > READERS // 2
        return "530 5.7.0 log in first" if wants else None

    with Relay(script) as relay:
        site.replace('backend = "file"', 'backend = "smtp"\nconnections = 2')
        site.set("delivery.smtp", port=relay.port, security="none", local_hostname="me.test")
        assert site("send", MONTH, "--yes") == 1, site.err
        assert "is paused" in site.out
        assert 0 < len(relay.log.taken) < READERS
        assert site("db", "move", url, "--yes") == 0, site.err
        change_address(site, url)
        login_wanted = False
        with senders(site):
            assert site("resume", MONTH) == 0, site.err
            assert site("send", MONTH) == 0, site.err
        taken = [one.recipients[0] for one in relay.log.taken]
    assert sorted(taken) == [f"reader{one:02}@example.org" for one in range(READERS)]
    assert site.json("status", MONTH)["state"] == "sent"


def test_the_command_says_what_comes_next(moved: tuple[Site, str]) -> None:
    """It asks, moves, counts the rows, and names the setting; the old address is refused then."""
    site, url = moved
    assert site("db", "move", url) == 2
    assert "--yes" in site.err
    rows = site.json("db", "move", url, "--yes")["rows"]
    assert (rows["subscriber"], rows["consent"], rows["delivery"]) == (READERS, READERS, 0)
    assert site("subscribers", "list") == 3
    assert "has moved to" in site.err
    change_address(site, url)
    assert len(site.json("subscribers", "list")) == READERS
    assert site("db", "move", url, "--yes") == 2
