"""SPF, DKIM and DMARC records are read as receivers read them."""

from collections.abc import Mapping, Sequence

import pytest

from newsletter.bootstrap import App
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.doctor.check import Check
from newsletter.doctor.records import dkim, dmarc, spf
from newsletter.doctor.resolver import asker
from newsletter.doctor.visit import Visit
from newsletter.errors import OutsideError, UsageError
from tests.support.nameserver import NameServer

Texts = Mapping[str, Sequence[str]]


def visit(texts: Texts | None, sender: str = "digest@news.example.ca") -> Visit:
    settings = Settings.model_validate({"newsletter": {"from": sender}})
    ask = None if texts is None else lambda name: tuple(texts.get(name, ()))
    return Visit(App(settings, SystemClock()), ask)


def one(checks: tuple[Check, ...]) -> str:
    (check,) = checks
    return check.level.value


@pytest.mark.parametrize(
    ("records", "level"),
    [
        (["v=spf1 mx -all"], "ok"),
        (["V=SPF1 mx -all"], "ok"),
        (["v=spf1"], "ok"),
        (["v=spf10 mx -all"], "wrong"),
        (["spf1 mx"], "wrong"),
        (["v=spf1 mx -all", "v=spf1 a -all"], "wrong"),
        (["v=spf1 mx all"], "wrong"),
        (["v=spf1 mx ?all"], "ok"),
    ],
)
def test_spf(records: list[str], level: str) -> None:
    """One record with the right first word, which does not let everybody send."""
    assert one(spf(visit({"news.example.ca": records}))) == level


def test_spf_that_names_itself() -> None:
    """A record that includes itself ends, as a finding or not."""
    assert one(spf(visit({"news.example.ca": ["v=spf1 include:news.example.ca -all"]}))) == "ok"


@pytest.mark.parametrize(("number", "level"), [(10, "ok"), (11, "wrong")])
def test_spf_lookups(number: int, level: str) -> None:
    """Ten look-ups are allowed; addresses cost none."""
    terms = " ".join(["ip4:192.0.2.1"] * 3 + [f"a:h{n}.example.ca" for n in range(number)])
    assert one(spf(visit({"news.example.ca": [f"v=spf1 {terms} -all"]}))) == level


@pytest.mark.parametrize(
    ("place", "record", "level"),
    [
        ("_dmarc.news.example.ca", "v=DMARC1; p=none", "ok"),
        ("_dmarc.news.example.ca", "v=DMARC1;p = reject ; rua=mailto:a@example.ca", "ok"),
        ("_dmarc.example.ca", "v=DMARC1; p=quarantine", "ok"),
        ("_dmarc.ca", "v=DMARC1; p=none", "wrong"),
        ("_dmarc.news.example.ca", "v=dmarc1; p=none", "wrong"),
        ("_dmarc.news.example.ca", "v=DMARC1; sp=none", "wrong"),
    ],
)
def test_dmarc(place: str, record: str, level: str) -> None:
    """The policy stands at the domain or at its organisation's, never at a top-level domain."""
    assert one(dmarc(visit({place: [record]}))) == level


def test_a_sender_in_another_script() -> None:
    """The records of a domain beyond ASCII are asked for as the DNS writes it."""
    texts = {"xn--bcher-kva.example": ["v=spf1 -all"]}
    assert one(spf(visit(texts, "digest@bücher.example"))) == "ok"


def test_nothing_is_asked() -> None:
    """Without a name server each says that it was not looked at."""
    for look in (spf, dkim, dmarc):
        (check,) = look(visit(None))
        assert check.level.value == "ok"


def test_strings_of_a_record_are_one_text() -> None:
    """A record of several strings is joined without a space (RFC 7208, 3.3)."""
    with NameServer({"long.example.ca": ["v=spf1 " + "x" * 600]}) as names:
        assert asker(names.address)("long.example.ca") == ("v=spf1 " + "x" * 600,)


def test_no_such_name_and_no_answer_differ() -> None:
    """A name that isn't there has no texts; a server that fails is an error with a way out."""
    with NameServer() as names:
        assert asker(names.address)("nowhere.example.ca") == ()
        names.broken = True
        with pytest.raises(OutsideError) as raised:
            asker(names.address)("nowhere.example.ca")
    assert "--resolver" in raised.value.hint


@pytest.mark.parametrize("text", ["9.9.9.9", "9.9.9.9:5353", "2620:fe::fe", "[2620:fe::fe]:53"])
def test_name_servers(text: str) -> None:
    """Addresses of both kinds, with a port or without."""
    asker(text)


@pytest.mark.parametrize(
    "text", ["dns.example.org", "9.9.9", "9.9.9.9:0", "9.9.9.9:70000", "[9.9.9", ":53", "9.9.9.9:"]
)
def test_no_name_servers(text: str) -> None:
    """Anything else is a mistake in the command."""
    with pytest.raises(UsageError):
        asker(text)
