"""`--json`: what an operator's scripts read of the commands that change something."""

import json

import pytest

from tests.support.relay import Relay
from tests.support.session import scripted
from tests.support.site import Site

MONTH = "2021-01"


@pytest.fixture
def site(site: Site) -> Site:
    """A site whose month is on its way to one reader."""
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    assert site("approve", MONTH) == 0, site.err
    return site


def test_steering(site: Site) -> None:
    """What is paused, resumed and cancelled says its state; settling says how many."""
    site.replace('backend = "file"', 'backend = "smtp"')
    site.set("delivery.smtp", port=1, security="none")  # it starts, and comes no further
    assert site("send", MONTH, "--yes") == 3, site.err
    assert site.json("pause", MONTH) == {"month": MONTH, "state": "paused"}
    assert site.json("resume", MONTH) == {"month": MONTH, "state": "sending"}
    settled = site.json("settle", MONTH, "--as", "sent")
    assert settled == {"month": MONTH, "settled": 0, "as": "sent"}
    assert site.json("cancel", MONTH) == {"month": MONTH, "state": "cancelled"}


def test_a_reader(site: Site) -> None:
    """What became of an address, and whether that is new."""
    email = "ann@example.org"
    words = ("subscribers", "suppress", email)
    assert site.json(*words) == {"email": email, "suppressed": True, "changed": True}
    assert site.json(*words, "--lift") == {"email": email, "suppressed": False, "changed": True}
    paused = site.json("subscribers", "pause", email, "--months", "2")
    assert paused["paused_until"] == site.json("subscribers", "show", email)["paused_until"]
    unpaused = site.json("subscribers", "pause", email, "--months", "0")
    assert unpaused == {"email": email, "paused_until": None}
    left = {"email": email, "state": "unsubscribed"}
    assert site.json("subscribers", "unsubscribe", email) == left | {"changed": True}
    assert site.json("subscribers", "unsubscribe", email) == left | {"changed": False}
    erased = site.json("subscribers", "erase", email, "--yes")
    assert erased == {"email": email, "state": "erased"}


def test_a_test_letter(site: Site) -> None:
    """Each address with the server's answer."""
    site.replace('backend = "file"', 'backend = "smtp"')
    with Relay(scripted({"RCPT": ["550 5.1.1 no such user"]})) as relay:
        site.set("delivery.smtp", port=relay.port, security="none")
        words = ("test-send", MONTH, "--to", "gone@example.org", "bert@example.org", "--json")
        assert site(*words) == 1
    gone, bert = json.loads(site.out)
    assert gone == {
        "email": "gone@example.org",
        "accepted": False,
        "code": 550,
        "reply": "5.1.1 no such user",
    }
    assert (bert["email"], bert["accepted"], bert["code"]) == ("bert@example.org", True, 250)


@pytest.mark.parametrize("site_url", [""])
def test_the_database(site: Site) -> None:
    """Upgrade, copy, and back: the files and the revisions are named."""
    copy = str(site.folder / "copy.db")
    upgraded = site.json("db", "upgrade")
    assert upgraded["before"] == upgraded["after"]
    assert site.json("db", "backup", copy) == {"file": copy}
    restored = site.json("db", "restore", copy, "--yes")
    kept = f"{site.folder}/var/newsletter.db.before-restore"
    assert restored == {"file": copy, "kept": kept, "opt_outs": 0}
    assert site.json("db", "check") == {"ok": True, "problems": []}


def test_where_a_setting_is_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`config show` names the line or the environment; what has its default has no place."""
    monkeypatch.setenv("NEWSLETTER_DELIVERY__CONNECTIONS", "7")
    assert site("config", "show") == 0
    rows = {line.split()[0]: line.split()[1:] for line in site.out.splitlines() if line}
    number = (site.folder / "config.toml").read_text().splitlines().index('backend = "file"') + 1
    assert rows["delivery.backend"] == ["file", "line", str(number)]
    assert rows["delivery.connections"] == ["7", "environment"]
    assert rows["delivery.retry"] == ["5m,", "15m,", "1h,", "4h,", "8h"]
    assert site.json("config", "show")["delivery.connections"] == 7
