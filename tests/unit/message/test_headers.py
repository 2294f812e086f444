import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message import ascii_address, needs_smtputf8
from newsletter.message.headers import (
    ascii_domain,
    clean,
    list_id,
    list_unsubscribe,
    mailbox,
    message_id_line,
    unstructured,
    uri,
)
from tests.unit.message.samples import NASTY, URL, names


def decoded(line: bytes) -> str:
    """Return a header line's value as a mail program shows it."""
    value = line.decode("ascii").partition(":")[2].strip().replace("\r\n", "")
    return str(make_header(decode_header(value)))


def display_name(line: bytes) -> str:
    """Return the name before `<a@example.org>` as a mail program shows it."""
    if line == b"To: a@example.org\r\n":
        return ""
    phrase, space, rest = line.removeprefix(b"To: ").replace(b"\r\n", b"").rpartition(b" ")
    assert (space, rest) == (b" ", b"<a@example.org>")
    if phrase.startswith(b'"'):
        assert re.fullmatch(rb'"(?:[^"\\]|\\["\\])*"', phrase)
        return re.sub(r"\\(.)", r"\1", phrase[1:-1].decode("ascii"))
    return str(make_header(decode_header(phrase.decode("ascii"))))


@given(names)
def test_a_subject_reads_as_it_was_written(name: str) -> None:
    """Decoding a Subject gives the cleaned text; long words and long texts included."""
    assert " ".join(decoded(unstructured("Subject", name)).split()) == clean(name)


@given(names)
def test_a_display_name_reads_as_it_was_written(name: str) -> None:
    """Decoding To gives the cleaned name and the address, whatever the name holds."""
    assert display_name(mailbox("To", name, "a@example.org")) == clean(name)


@given(names)
def test_no_name_adds_a_line_that_is_not_folded(name: str) -> None:
    """A name can't begin a header of its own."""
    line = mailbox("To", name, "a@example.org")
    assert all(part[:1] == b" " for part in line.removesuffix(b"\r\n").split(b"\r\n")[1:])


@given(names)
def test_nothing_looks_like_an_encoded_word_after_decoding(name: str) -> None:
    """A parser that decodes twice finds nothing to decode the second time."""
    assert "=?" not in decoded(mailbox("To", name, "a@example.org"))


@given(names | st.text())
def test_cleaning_twice_changes_nothing(value: str) -> None:
    """What was cleaned is clean."""
    assert clean(clean(value)) == clean(value)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("", b"To: a@example.org\r\n"),
        ("Anna Brown", b"To: Anna Brown <a@example.org>\r\n"),
        ("Anna B.", b'To: "Anna B." <a@example.org>\r\n'),
        ('A "B" \\', b'To: "A \\"B\\" \\\\" <a@example.org>\r\n'),
        ("é", b"To: =?utf-8?b?w6k=?= <a@example.org>\r\n"),
        ("Zoë Brown", b"To: =?utf-8?q?Zo=C3=AB_Brown?= <a@example.org>\r\n"),
        ("A\r\nBcc: b@example.org", b'To: "A Bcc: b@example.org" <a@example.org>\r\n'),
        ("=?utf-8?q?=0D=0ABcc=3A?=", b"To: ?utf-8?q?0D=0ABcc=3A? <a@example.org>\r\n"),
        ("=?=", b"To: ? <a@example.org>\r\n"),
        ("\u202eannA", b"To: annA <a@example.org>\r\n"),
    ],
)
def test_how_a_mailbox_is_written(name: str, wanted: bytes) -> None:
    """Atoms bare, specials quoted, the rest encoded, and nothing injected."""
    assert mailbox("To", name, "a@example.org") == wanted


def test_long_names_fold() -> None:
    """Three hundred letters stay within 76 octets a line."""
    for name in ("x" * 300, "é" * 300, "Anna " * 60):
        lines = mailbox("Reply-To", name, "a@example.org").split(b"\r\n")
        assert max(map(len, lines)) <= 76


def test_an_address_beyond_ascii_becomes_an_empty_group() -> None:
    """The line stays ASCII and still shows the address (RFC 6857)."""
    line = mailbox("To", "Jörg", "jörg@example.org")
    assert line.endswith(b":;\r\n")
    assert decoded(line) == "Jörg jörg@example.org :;"


def test_a_domain_beyond_ascii_becomes_punycode() -> None:
    """DNS's own spelling stands in the header."""
    assert mailbox("To", "", "a@bücher.example") == b"To: a@xn--bcher-kva.example\r\n"


@pytest.mark.parametrize(
    ("address", "ascii_form", "smtputf8"),
    [
        ("a@example.org", "a@example.org", False),
        ("a@bücher.example", "a@xn--bcher-kva.example", False),
        ("jörg@example.org", None, True),
        ("a b@example.org", None, False),
        ("a@example.org>\r\nBcc: <b@example.org", None, False),
        ("a@-é-.example", None, False),
        ("", None, False),
    ],
)
def test_which_addresses_ascii_can_hold(
    address: str, ascii_form: str | None, smtputf8: bool
) -> None:
    """Only a local part beyond ASCII needs SMTPUTF8; what is no address has no ASCII form."""
    assert ascii_address(address) == ascii_form
    assert needs_smtputf8(address) is smtputf8


@given(st.text())
def test_any_text_can_be_asked_for_its_domain(text: str) -> None:
    """The answer is ASCII or None, never an error."""
    assert (ascii_domain(text) or "").isascii()


def test_list_unsubscribe_is_never_encoded_nor_folded_inside() -> None:
    """The fold stands between the two addresses, however long they are."""
    raw = list_unsubscribe(URL, "mailto:leave@example.org?subject=" + "x" * 200)
    wanted = f"List-Unsubscribe: <{URL}>,\r\n <mailto:leave@example.org?subject={'x' * 200}>\r\n"
    assert raw == wanted.encode() + b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@given(st.text(), st.text("https:mailto /,<>?\r\n", max_size=20))
def test_any_addresses_to_unsubscribe_make_headers_or_none(url: str, mailto: str) -> None:
    """Nothing that is handed in leaves its angle brackets."""
    raw = list_unsubscribe(f"https:{url}", f"mailto:{mailto}")
    one = rb"<[a-z]+:[!-+\--;=?-~]+>"
    pattern = rb"(List-Unsubscribe: %b(,(\r\n)? %b)?\r\n(List-Unsubscribe-Post: .*\r\n)?)?"
    assert re.fullmatch(pattern % (one, one), raw)


def test_pythons_own_policy_would_encode_it() -> None:
    """The trap this module is there for: 79 characters become an encoded-word elsewhere."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["List-Unsubscribe"] = f"<{URL}>"
    assert b"=?utf-8?q?" in message.as_bytes()
    assert b"=?" not in list_unsubscribe(URL, "")


def test_one_address_is_enough_to_unsubscribe() -> None:
    """Without a mailto the page stands alone; without either there is no header."""
    assert list_unsubscribe("https://a.example/u", "").startswith(
        b"List-Unsubscribe: <https://a.example/u>\r\n"
    )
    assert list_unsubscribe("", "") == b""


def test_one_click_needs_a_page() -> None:
    """A mail address alone takes no POST, so that none is offered (RFC 8058, 3.1)."""
    mail = "mailto:leave@example.org"
    assert list_unsubscribe("", mail) == f"List-Unsubscribe: <{mail}>\r\n".encode()


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/é>", "https://a.example/%C3%A9%3E"),
        ("https://a.example/a,b", "https://a.example/a%2Cb"),
        ("https://a.example/\r\nBcc:", "https://a.example/%0D%0ABcc:"),
        ("javascript", ""),
        ("https://a.example/" + "x" * 1000, ""),
    ],
)
def test_what_may_stand_between_angle_brackets(given_text: str, wanted: str) -> None:
    """Commas, brackets and everything beyond ASCII are percent-encoded (RFC 2369)."""
    assert uri(given_text) == wanted


@pytest.mark.parametrize("text", NASTY)
def test_a_bad_message_id_is_replaced(text: str) -> None:
    """One line, whatever was given, and the same one each time."""
    line = message_id_line(text, "example.org")
    assert line == message_id_line(text, "example.org")
    assert line.count(b"\r\n") == 1
    assert line.endswith(b"@example.org>\r\n")


def test_list_id_names_the_list() -> None:
    """The name as a phrase, the identifier in brackets (RFC 2919)."""
    assert list_id("Digest, monthly", "d.example.org") == (
        b'List-Id: "Digest, monthly" <d.example.org>\r\n'
    )
    assert list_id("é", "not one!>").endswith(b"<digest.invalid>\r\n")
