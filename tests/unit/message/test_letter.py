import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import RenderError
from newsletter.message import Heading, Reader, compile_letter, mark, message_id, values
from newsletter.message.headers import list_unsubscribe, mailbox
from newsletter.model import Edition, EditionKey
from newsletter.slots import TOKENS, fill_html, fill_text
from tests.unit.message.samples import (
    DATE,
    EDITION,
    HEADING,
    NASTY,
    TOKEN,
    addresses,
    letter,
    names,
    reader,
    sites,
)
from tests.wire import assert_conforms, check_body, check_lines

LETTER = letter()


def surely(text: str) -> str:
    """Return text as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()


def whole(one: Reader) -> bytes:
    """Fill the sample letter."""
    return b"".join(LETTER.fill(one))


@pytest.mark.parametrize("name", NASTY)
def test_the_message_of_a_nasty_name_conforms(name: str) -> None:
    """Whatever a reader calls themselves, the bytes are well formed."""
    assert_conforms(whole(reader(name)))


@settings(max_examples=300)
@given(names, addresses)
def test_every_message_conforms_and_says_what_it_should(name: str, address: str) -> None:
    """Both parts are the edition with the values substituted, exactly."""
    one = reader(name, address)
    wire = assert_conforms(whole(one))
    assert wire.text == surely(fill_text(EDITION.text, values(EDITION, HEADING, one)))
    assert wire.html == surely(fill_html(EDITION.html, values(EDITION, HEADING, one)))


@given(names, addresses)
def test_a_letter_goes_to_whom_a_mailbox_names(name: str, address: str) -> None:
    """What is put together for a plain address is what the header's own rules would write."""
    assert b"\r\n" + mailbox("To", name, address) in whole(reader(name, address))


@given(*[st.text(max_size=200)] * 3)
def test_any_strings_fill_a_letter(email: str, name: str, since: str) -> None:
    """`fill` never fails, and what it returns has no stray line, byte or header."""
    assert_conforms(whole(reader()._replace(email=email, name=name, since=since)))


@settings(max_examples=300)
@given(sites, addresses | st.text(max_size=80))
def test_any_site_s_links_stand_in_its_letters(public_url: str, address: str) -> None:
    """Both parts hold a reader's links as they are; the header what a header may hold of them."""
    heading, one = replace(HEADING, public_url=public_url, unsubscribe_address=address), reader()
    raw = b"".join(letter(heading=heading).fill(one))
    check_lines(raw)
    head, _, documents = raw.partition(b"\r\n\r\n")
    token = one.unsubscribe.decode()
    wanted = list_unsubscribe(heading.frames.page + token, heading.frames.mailto + token)
    assert wanted + b"Content-Language: en\r\n" in head
    assert (b"\r\nList-Unsubscribe" in head) is bool(wanted)
    own = values(EDITION, heading, one)
    wanted_texts = fill_text(EDITION.text, own), fill_html(EDITION.html, own)
    content_type = head.rpartition(b"Content-Type: ")[2]
    assert check_body(content_type, documents) == tuple(map(surely, wanted_texts))


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_heading_s_message_ids_are_well_formed(month: str, domain: str) -> None:
    """Whatever the month and the domain are said to be; and a letter bears the id that is known."""
    month, domain = surely(month), surely(domain)
    one = reader()._replace(mark=mark(b"salt", month, 7))
    raw = b"".join(letter(heading=replace(HEADING, month=month, domain=domain)).fill(one))
    known = message_id(b"salt", month, 7, domain)
    assert assert_conforms(raw).headers["Message-ID"] == known.encode()


def test_headers_are_the_heading_s() -> None:
    """From, Subject, Date and the List headers say what they were given."""
    parsed = assert_conforms(whole(reader())).parsed
    assert parsed["From"] == "Research digest <digest@example.org>"
    assert parsed["To"] == "Anna Brown <a@example.org>"
    assert parsed["Reply-To"] == "editor@example.org"
    assert parsed["Subject"] == EDITION.subject
    assert parsed["Date"] == "Mon, 01 Feb 2021 09:00:00 -0500"
    assert parsed["List-Id"] == "Research digest <digest.example.org>"
    assert parsed["Content-Language"] == "en"


def test_the_unsubscribe_address_is_whole() -> None:
    """The one-click address stands in the raw bytes in one piece."""
    wanted = (
        b"List-Unsubscribe: <%b>,\r\n <mailto:leave@" % f"{HEADING.frames.page}{TOKEN}".encode()
    )
    assert wanted in whole(reader())


def test_every_try_gives_the_same_bytes() -> None:
    """Compiling and filling again changes nothing, so a retry is the same message."""
    assert LETTER.fill(reader()) == letter().fill(reader())


def test_the_long_stretch_is_shared() -> None:
    """Two readers' messages hold the same object, not a copy of it."""
    one, two = LETTER.fill(reader("A")), LETTER.fill(reader("B"))
    shared = [part for part in one if any(part is other for other in two)]
    assert max(map(len, shared)) > 9000
    assert len(one) <= 5


def test_all_headers_stand_in_the_first_segment() -> None:
    """So whoever signs need not search; also where a long text comes before any slot."""
    edition = replace(EDITION, text="x" * 9000, html="y" * 9000)
    head, gap, _ = letter(edition).fill(reader())[0].partition(b"\r\n\r\n")
    assert gap
    assert b"\r\nContent-Type: multipart/alternative" in head


def test_no_segment_is_empty() -> None:
    """Not even where a letter ends in a long stretch."""
    assert all(letter(replace(EDITION, html="y" * 9000)).fill(reader()))


def test_a_test_says_so() -> None:
    """The subject of a test begins with [Test]."""
    raw = b"".join(compile_letter(EDITION, HEADING, DATE, test=True).fill(reader()))
    assert assert_conforms(raw).parsed["Subject"] == f"[Test] {EDITION.subject}"


def test_without_reply_to_there_is_no_such_header() -> None:
    """An empty Reply-To is left out."""
    raw = b"".join(letter(heading=replace(HEADING, reply_to="")).fill(reader()))
    assert "Reply-To" not in assert_conforms(raw).headers


@settings(max_examples=50)
@given(names, names, st.text(), st.text())
def test_any_edition_becomes_a_conforming_letter(
    subject: str, sender: str, html: str, text: str
) -> None:
    """Whatever an editor writes, every part of it is encoded for its place."""
    clear = subject.replace("zq7slot", "")
    edition = Edition(EditionKey((0,)), clear, html, text, "")
    heading = replace(HEADING, from_name=sender, list_name=sender)
    wire = assert_conforms(b"".join(letter(edition, heading).fill(reader())))
    assert (wire.text, wire.html) == (surely(text), surely(html))


def test_documents_of_slots_alone_can_be_filled() -> None:
    """Slots side by side, at the beginning and at the end, and one of them twice."""
    edition = replace(
        EDITION,
        text="{address}{address}{greeting}".format(**TOKENS),
        html="{greeting}{since}".format(**TOKENS),
    )
    wire = assert_conforms(b"".join(letter(edition).fill(reader(""))))
    assert wire.text == "a@example.orga@example.org"
    assert wire.html == "12 March 2021"


def test_an_edition_without_slots_can_be_filled() -> None:
    """Only the headers differ from reader to reader."""
    edition = replace(EDITION, text="Hello", html="x" * 9000)
    wire = assert_conforms(b"".join(letter(edition).fill(reader())))
    assert (wire.text, wire.html) == ("Hello", "x" * 9000)


def test_the_boundary_is_the_edition_s_own() -> None:
    """Another edition has another boundary; neither can occur in a quoted-printable part."""
    other = letter(replace(EDITION, text="Other")).fill(reader())
    first = assert_conforms(whole(reader())).headers["Content-Type"]
    assert first != assert_conforms(b"".join(other)).headers["Content-Type"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": TOKENS["greeting"]}, "stands in the subject"),
        ({"html": "zq7slotnobody7qz"}, "the HTML has a slot"),
        ({"text": "zq7slotnobody7qz"}, "the plain text has a slot"),
    ],
)
def test_a_slot_in_the_wrong_place_is_refused(change: dict[str, str], words: str) -> None:
    """A template's mistake is found when the letter is compiled, before anything is sent."""
    with pytest.raises(RenderError, match=words):
        letter(replace(EDITION, **change))


def test_message_ids_are_steady_and_unlike() -> None:
    """The same delivery has the same id; another reader, month or mailing has another."""
    first = message_id(b"salt", "2021-02", 1, "example.org")
    assert first == message_id(b"salt", "2021-02", 1, "example.org")
    others = {
        message_id(b"salt", "2021-02", 2, "example.org"),
        message_id(b"salt", "2021-03", 1, "example.org"),
        message_id(b"pepper", "2021-02", 1, "example.org"),
    }
    assert len(others - {first}) == 3


def test_a_message_id_has_an_ascii_domain() -> None:
    """A domain beyond ASCII is written as DNS does; what is none becomes `invalid`."""
    assert message_id(b"", "2021-02", 1, "bücher.example").endswith("@xn--bcher-kva.example>")
    assert message_id(b"", "2021-02", 1, "-é-").endswith("@invalid>")


def test_a_heading_survives_json() -> None:
    """What the database keeps gives the same heading back."""
    heading = replace(HEADING, from_name="Café “Psyche”")
    assert Heading.from_json(heading.to_json()) == heading
    assert json.loads(heading.to_json())["from_name"] == "Café “Psyche”"
