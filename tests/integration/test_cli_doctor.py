"""`newsletter doctor`: a well site passes, and every planted fault is found and named."""

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from newsletter.clock import SystemClock
from newsletter.message.dkim_keys import generate, pem, record
from newsletter.store import leases
from newsletter.store.engine import open_engine, writing
from newsletter.store.leases import Holder
from tests.support.certificates import Authority, Leaf
from tests.support.imapserver import Imapd, imap_server
from tests.support.nameserver import NameServer
from tests.support.relay import Relay
from tests.support.session import scripted
from tests.support.site import Site, make_site

DOMAIN = "digest.newsroom.ca"
KEY = generate("ed25519")
SELECTOR = f"news._domainkey.{DOMAIN}"


@dataclass
class Pages:
    """A web server that answers everything with one status."""

    port: int = 0
    status: int = 200


@dataclass
class World:
    """A well site, and all that it leans on."""

    site: Site
    names: NameServer
    relay_answers: dict[str, list[str | None]]
    relay_offers: list[str]
    settings: dict[str, dict[str, object]]
    pages: Pages
    imap: Imapd
    options: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        return self.site.folder / name

    def write(self) -> None:
        lines = []
        for section, keys in self.settings.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        self.path("config.toml").write_text("\n".join(lines) + "\n")

    def let_a_service_run(self) -> None:
        """Take the service's lease, as `newsletter run` would, for longer than a test takes."""
        engine = open_engine(f"sqlite:///{self.path('var/newsletter.db')}")
        in_an_hour = SystemClock().now() + timedelta(hours=1)
        with writing(engine) as connection:
            leases.take(connection, leases.SERVICE, Holder.this_process(), in_an_hour)
        engine.dispose()

    def examined(self) -> list[dict[str, str]]:
        """Write the settings, run the doctor, return what it found."""
        self.write()
        self.code = self.site("doctor", "--json", "--resolver", self.names.address, *self.options)
        document = json.loads(self.site.out)
        assert document["ok"] == (self.code == 0)
        found: list[dict[str, str]] = document["checks"]
        return found


@contextmanager
def web() -> Iterator[Pages]:
    """Serve a page at every address."""
    served = Pages()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(served.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        served.port = server.server_address[1]
        yield served
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """The readers' pages, at one address: the sample's letters, which name it, are made once."""
    with web() as served:
        yield served


@pytest.fixture
def world(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    authority: Authority,
    localhost: Leaf,
    pages: Pages,
) -> Iterator[World]:
    for name in [one for one in os.environ if one.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    site = make_site(tmp_path / "site", capsys)
    for name, text in (("password", b"s3cret"), ("dkim.pem", pem(KEY))):
        path = site.folder / "var" / name
        path.touch(mode=0o600)
        path.write_bytes(text)
    answers: dict[str, list[str | None]] = {}
    offers = ["STARTTLS", "PIPELINING", "AUTH PLAIN"]
    pages.status = 200
    texts = {
        DOMAIN: ["v=spf1 ip4:192.0.2.1 -all", "some-site-verification=1"],
        SELECTOR: [record(KEY)],
        f"_dmarc.{DOMAIN}": ["v=DMARC1; p=none"],
    }
    relay = Relay(
        lambda verb, nth: scripted(answers)(verb, nth),
        offers=offers,
        tls_offers=offers,
        starttls=localhost.context(),
    )
    mailbox = imap_server(localhost.context())
    with relay, mailbox as imap, NameServer(texts) as names:
        settings: dict[str, dict[str, object]] = {
            "newsletter": {
                "from": f"digest@{DOMAIN}",
                "postal_address": "1 Example Street, Ottawa",
                "public_url": f"http://127.0.0.1:{pages.port}",
                "timezone": "America/Toronto",
            },
            "delivery": {"backend": "smtp"},
            "delivery.smtp": {
                "host": "localhost",
                "port": relay.port,
                "username": "anna",
                "password_file": "var/password",
                "ca_file": str(authority.certificate),
            },
            "bounces": {"return_path": f"bounces+{{token}}@{DOMAIN}"},
            "bounces.imap": {
                "host": "localhost",
                "port": imap.port,
                "username": "bounces",
                "password_file": "var/password",
                "ca_file": str(authority.certificate),
            },
            "delivery.dkim": {"domain": DOMAIN, "selector": "news", "key_file": "var/dkim.pem"},
            "schedule": {},
            "database": {},
            "alerts": {"to": ["operator@newsroom.ca"]},
        }
        world = World(site, names, answers, offers, settings, pages, imap)
        world.write()
        world.let_a_service_run()
        yield world


Fault = Callable[[World], None]
FAULTS: list[tuple[str, str, str, Fault]] = []
"""Name and level of the check that finds it, words it must say, and how the fault is planted."""


def fault(name: str, words: str, level: str = "wrong") -> Callable[[Fault], Fault]:
    """Add a fault to the list."""

    def add(plant: Fault) -> Fault:
        FAULTS.append((name, level, words, plant))
        return plant

    return add


@fault("configuration", "did you mean `backend`?")
def unknown_setting(world: World) -> None:
    world.settings["delivery"] = {"backed": "smtp"}


@fault("configuration", "a secret stands in the configuration file")
def secret_in_the_file(world: World) -> None:
    world.settings["delivery.smtp"]["password"] = "hunter2"


@fault("configuration", "is not a time zone")
def unknown_time_zone(world: World) -> None:
    world.settings["newsletter"]["timezone"] = "America/Torronto"


@fault("configuration", "write a bare address")
def no_sender(world: World) -> None:
    world.settings["newsletter"]["from"] = "digest"


@fault("configuration", "postal_address is empty", "warning")
def no_postal_address(world: World) -> None:
    del world.settings["newsletter"]["postal_address"]


@fault("schedule", "can't be read")
def unreadable_schedule(world: World) -> None:
    world.settings["schedule"]["day"] = "first monday"


@fault("taxonomy", "taxonomy.toml")
def broken_taxonomy(world: World) -> None:
    world.path("content/taxonomy.toml").write_text("[[topics]\n")


@fault("readers' links", "there is no secret")
def no_secret(world: World) -> None:
    world.path("var/secret").unlink()


@fault("readers' links", "can be read by others")
def open_secret(world: World) -> None:
    world.path("var/secret").chmod(0o644)


@fault("readers' links", "at least 16 letters")
def short_secret(world: World) -> None:
    world.path("var/secret").write_text("short")


@fault("smtp password", "can be read by others")
def open_password(world: World) -> None:
    world.path("var/password").chmod(0o640)


@fault("smtp password", "there is no file")
def no_password_file(world: World) -> None:
    world.path("var/password").unlink()


@fault("smtp password", "has no password")
def no_password(world: World) -> None:
    del world.settings["delivery.smtp"]["password_file"]


@fault("dkim key", "is not a private key")
def broken_key(world: World) -> None:
    world.path("var/dkim.pem").write_text("-----BEGIN NOTHING-----\n")


@fault("database", "can be read by others")
def open_database(world: World) -> None:
    world.path("var/newsletter.db").chmod(0o644)


@fault("database", "is not a database")
def no_database(world: World) -> None:
    world.path("var/newsletter.db").write_bytes(b"not a database at all" * 500)


@fault("database", "newsletter db upgrade")
def old_database(world: World) -> None:
    with closing(sqlite3.connect(world.path("var/newsletter.db"))) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()


@fault("database", "refers to a")
def broken_link(world: World) -> None:
    with closing(sqlite3.connect(world.path("var/newsletter.db"))) as connection:
        connection.execute("INSERT INTO doubt VALUES (4711)")
        connection.commit()


@fault("templates", "body.mjml")
def broken_template(world: World) -> None:
    own = world.path("templates/email/digest")
    own.mkdir(parents=True)
    (own / "body.mjml").write_text("<mjml>{% if %}</mjml>")


@fault("backend", "did you mean `smtp`?")
def unknown_backend(world: World) -> None:
    world.settings["delivery"]["backend"] = "smpt"


@fault("mail server", "can't be reached")
def relay_is_down(world: World) -> None:
    world.settings["delivery.smtp"]["port"] = 1


@fault("mail server", "refused the login")
def refused_login(world: World) -> None:
    world.relay_answers["AUTH"] = ["535 5.7.8 wrong password"] * 3


@fault("mail server", "certificate can't be trusted")
def foreign_certificate(world: World) -> None:
    del world.settings["delivery.smtp"]["ca_file"]


@fault("mail server", "STARTTLS")
def no_encryption(world: World) -> None:
    world.relay_offers.remove("STARTTLS")


@fault("spf", "has no SPF record")
def no_spf(world: World) -> None:
    del world.names.texts[DOMAIN]


@fault("spf", "has 2 SPF records")
def two_spf(world: World) -> None:
    world.names.texts[DOMAIN].append("v=spf1 -all")


@fault("spf", "lets everybody send")
def open_spf(world: World) -> None:
    world.names.texts[DOMAIN] = ["v=spf1 +all"]


@fault("spf", "needs 11 look-ups")
def long_spf(world: World) -> None:
    inner = " ".join(f"a:host{number}.newsroom.ca" for number in range(10))
    world.names.texts["inner.newsroom.ca"] = [f"v=spf1 {inner} -all"]
    world.names.texts[DOMAIN] = ["v=spf1 include:inner.newsroom.ca -all"]


@fault("dkim", "there is no record")
def no_dkim(world: World) -> None:
    del world.names.texts[SELECTOR]


@fault("dkim", "is of another key")
def other_dkim(world: World) -> None:
    world.names.texts[SELECTOR] = [record(generate("rsa"))]


@fault("dkim", "is revoked")
def revoked_dkim(world: World) -> None:
    world.names.texts[SELECTOR] = ["v=DKIM1; k=ed25519; p="]


@fault("dmarc", "has no DMARC record")
def no_dmarc(world: World) -> None:
    del world.names.texts[f"_dmarc.{DOMAIN}"]


@fault("dmarc", "no policy that receivers know")
def odd_dmarc(world: World) -> None:
    world.names.texts[f"_dmarc.{DOMAIN}"] = ["v=DMARC1; p=strict"]


@fault("spf", "does not answer", "warning")
def dead_names(world: World) -> None:
    world.names.broken = True


@fault("public_url", "can't be reached")
def no_pages(world: World) -> None:
    world.settings["newsletter"]["public_url"] = "http://127.0.0.1:1"


@fault("public_url", "answers with an error: 502")
def broken_pages(world: World) -> None:
    world.pages.status = 502


@fault("backups", "none are made", "warning")
def no_backups(world: World) -> None:
    world.settings["database"]["backup_keep"] = 0


@fault("backups", "the newest 1", "warning")
def old_backups(world: World) -> None:
    world.path("var/backups").mkdir()
    old = world.path("var/backups/newsletter-2026-01-01.db")
    old.touch()
    os.utime(old, (1_700_000_000, 1_700_000_000))


@fault("alerts", "nobody is told", "warning")
def no_alerts(world: World) -> None:
    world.settings["alerts"] = {}


@fault("alerts", "is not an address on the web")
def odd_webhook(world: World) -> None:
    world.settings["alerts"]["webhook"] = "hooks.newsroom.ca/alert"


@fault("alerts", "there is no address in")
def no_webhook_file(world: World) -> None:
    world.settings["alerts"]["webhook_file"] = "var/webhook"


@fault("alerts", "can be read by others")
def open_webhook_file(world: World) -> None:
    world.path("var/webhook").write_text("https://hooks.newsroom.ca/alert\n")
    world.path("var/webhook").chmod(0o644)
    world.settings["alerts"]["webhook_file"] = "var/webhook"


@fault("service", "none runs", "warning")
def no_service(world: World) -> None:
    with closing(sqlite3.connect(world.path("var/newsletter.db"))) as connection:
        connection.execute("DELETE FROM lease")
        connection.commit()


@fault("configuration", "alerts.to")
def odd_operator(world: World) -> None:
    world.settings["alerts"]["to"] = ["the operator"]


@fault("return path", "bounces go to the From address", "warning")
def no_return_path(world: World) -> None:
    del world.settings["bounces"]["return_path"]


@fault("return path", "the same for all letters", "warning")
def one_return_path(world: World) -> None:
    world.settings["bounces"]["return_path"] = f"bounces@{DOMAIN}"


@fault("return path", "SPF does not count for DMARC", "warning")
def foreign_return_path(world: World) -> None:
    world.settings["bounces"]["return_path"] = "bounces+{token}@elsewhere.ca"
    del world.settings["delivery.dkim"]


@fault("return path", "the mail server refuses bounces+1-")
def refused_return_path(world: World) -> None:
    world.relay_answers["MAIL"] = ["553 5.1.7 no plus here"]


@fault("return path", "without the +", "warning")
def return_path_to_nobody(world: World) -> None:
    world.relay_answers["RCPT"] = ["550 5.1.1 no such user"]


@fault("returned mail", "nobody reads what comes back", "warning")
def no_mailbox(world: World) -> None:
    del world.settings["bounces.imap"]


@fault("returned mail", "there is nothing at")
def lost_mailbox(world: World) -> None:
    world.settings["bounces"]["mailbox"] = "var/nowhere"


@fault("returned mail", "Connection refused")
def mailbox_is_down(world: World) -> None:
    world.settings["bounces.imap"]["port"] = 1


@fault("returned mail", "a certificate we can't trust")
def foreign_mailbox(world: World) -> None:
    del world.settings["bounces.imap"]["ca_file"]


@fault("returned mail", "refuses our login")
def wrong_mailbox_password(world: World) -> None:
    path = world.path("var/other")
    path.touch(mode=0o600)
    path.write_text("guess")
    world.settings["bounces.imap"]["password_file"] = "var/other"


@fault("returned mail", "can be read by others")
def open_mailbox_password(world: World) -> None:
    path = world.path("var/other")
    path.touch(mode=0o644)
    path.chmod(0o644)
    world.settings["bounces.imap"]["password_file"] = "var/other"


@fault("returned mail", "there is no file")
def lost_mailbox_password(world: World) -> None:
    world.settings["bounces.imap"]["password_file"] = "var/gone"


@fault("returned mail", "there is no login")
def no_mailbox_login(world: World) -> None:
    del world.settings["bounces.imap"]["username"]


@fault("returned mail", "in plain text")
def plain_mailbox(world: World) -> None:
    world.settings["bounces.imap"] |= {"host": "imap.newsroom.ca", "security": "none"}


@fault("returned mail", "is there a folder “Bounces”")
def lost_folder(world: World) -> None:
    world.settings["bounces.imap"]["folder"] = "Bounces"


def test_a_well_site_passes(world: World) -> None:
    """Nothing is wrong with the site that the faults are planted in; only loopback is remarked."""
    found = world.examined()
    assert world.code == 0
    assert [(one["name"], one["level"]) for one in found if one["level"] != "ok"] == [
        ("public_url", "warning")
    ]


@pytest.mark.parametrize(
    ("name", "level", "words", "plant"), FAULTS, ids=[one[3].__name__ for one in FAULTS]
)
def test_every_planted_fault_is_named(
    world: World, name: str, level: str, words: str, plant: Fault
) -> None:
    """Its line bears the name of what is wrong and says what to do; the exit code follows."""
    plant(world)
    found = world.examined()
    said = [one for one in found if one["name"] == name and one["level"] == level]
    assert any(words in f"{one['message']} {one['hint']}" for one in said), found
    assert all(one["hint"] for one in said)
    assert world.code == (1 if any(one["level"] == "wrong" for one in found) else 0)


def test_a_full_disk_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than 200 MB free is wrong."""
    usage = shutil.disk_usage(world.site.folder)._replace(free=100_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    (disk,) = [one for one in world.examined() if one["name"] == "disk"]
    assert disk["level"] == "wrong"


def test_one_broken_check_leaves_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in a check is a line of its own, and every other check still speaks."""

    def broken(_path: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    found = world.examined()
    assert "planted" in next(one["message"] for one in found if one["name"] == "disk")
    assert found[-1]["name"] == "service"


def test_offline_asks_nobody(world: World) -> None:
    """With --offline neither names nor the relay nor the pages are asked."""
    world.options = ["--offline"]
    world.settings["delivery.smtp"]["port"] = 1
    world.examined()
    assert world.code == 0
    assert world.names.asked == []


def test_nothing_is_changed(world: World) -> None:
    """The doctor leaves every file as it was, and makes none."""

    def files() -> dict[str, bytes]:
        everything = (path for path in world.site.folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in everything if path.suffix[-3:] != "shm"}

    world.path("var/newsletter.db").unlink()
    for path in world.path("var").glob("newsletter.db-*"):
        path.unlink()
    world.write()
    before = files()
    world.examined()
    assert files() == before


def test_a_name_server_that_is_none(world: World) -> None:
    """What can't be asked is a mistake in the command."""
    assert world.site("doctor", "--resolver", "dns.example.org") == 2
    assert "127.0.0.1:5353" in world.site.err


def test_lines_for_people(world: World) -> None:
    """One line a check, OK or not, and what to do behind an arrow."""
    no_postal_address(world)
    world.write()
    assert world.site("doctor", "--resolver", world.names.address) == 0
    lines = world.site.out.splitlines()
    assert any(line.startswith("OK      database: ") for line in lines)
    assert any(line.startswith("warning configuration: ") and " → " in line for line in lines)
    assert lines[-2] == "0 wrong, 2 to look at."
    assert lines[-1].startswith("Next: ")
