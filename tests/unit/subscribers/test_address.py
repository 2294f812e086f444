"""Addresses."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.address import MAX_OCTETS, Address, examine, examine_all, parse
from subscribers.errors import AddressError

_LOCALS = st.text("abcXYZ09.+-_'!\"@ üß<>(,", max_size=70)
_LABELS = st.text("abzXN09-_ü中ß.", max_size=20) | st.sampled_from(
    ["xn--exmple-cua", "xn--", "a--b"]
)
_DOMAINS = st.lists(_LABELS, max_size=5).map(".".join)
_ADDRESSES = st.builds("{}@{}".format, _LOCALS, _DOMAINS) | st.emails() | st.text()


def _oracle(text: str) -> str | None:
    try:
        valid = validate_email(text, strict=True, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return f"{valid.local_part}@{valid.ascii_domain}"


@given(_ADDRESSES)
@example("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 57 + ".org")
@example("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 58 + ".org")
@example("a@" + ".".join(["中" * 20] * 4) + ".org")
@example("a@xn--fiq" + "a" * 50 + "." + "xn--fiq" + "a" * 50 + ".org")
def test_agrees_with_email_validator(text: str) -> None:
    """The cheap pattern never decides otherwise than the whole check would."""
    found = examine(text)
    expected = _oracle(text.strip(" \t\u00a0\u200b\ufeff"))
    if expected is not None and len(expected.partition("@")[0].encode()) > 64:
        expected = None  # letters outside ASCII: we count octets, as RFC 5321 does
    assert (found.email if isinstance(found, Address) else None) == expected


_PLAIN = st.from_regex(r"[A-Za-z.+]{1,5}@(example\.org|Example\.org|b|x\.ca)", fullmatch=True)


@given(st.lists(_ADDRESSES | _PLAIN, max_size=8))
@example(["a@example.org", "", "A@example.org", "a.@example.org", ".a@example.org"])
@example(["a@example.org", "a\nb@example.org"])
@example(["a..b@example.org", "ab@example.org", "a@example..org"])
@example(["a" * 64 + "@example.org", "a" * 65 + "@example.org", "a@b" + ".c" * 120 + ".org"])
@example(["a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".org"])
def test_many_are_read_like_each(texts: list[str]) -> None:
    """The short way for many addresses says what the long way says of each."""
    emails, keys, hashes, refused = examine_all(texts)
    assert len(emails) == len(texts)
    each = enumerate(map(Address, emails, keys, hashes))
    assert [refused.get(at, one) for at, one in each] == [examine(text) for text in texts]


@given(_ADDRESSES)
def test_reading_again_changes_nothing(text: str) -> None:
    """The form we deliver to reads as itself, with the same key and hash."""
    found = examine(text)
    if isinstance(found, Address):
        assert examine(found.email) == found
        assert len(found.email.encode()) <= MAX_OCTETS
        assert found.email.isprintable()
        assert " " not in found.email


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann@Example.ORG", "ann@example.org"),
        ("ann@exämple.org", "ANN@xn--exmple-cua.org"),
        ("u\u0308@example.org", "Ü@example.org"),
        ("  ann@example.org\u200b", "ann@example.org"),
    ],
)
def test_spellings_of_one_mailbox(one: str, other: str) -> None:
    """Case, Unicode form and the domain's spelling don't make two readers."""
    assert parse(one)[1:] == parse(other)[1:]


def test_delivery_form() -> None:
    """The local part goes out as written, the domain in lower-case ASCII."""
    assert parse("Ann.B@EXÄMPLE.org").email == "Ann.B@xn--exmple-cua.org"


def test_international_local_part_is_kept() -> None:
    """A local part beyond ASCII stays itself (SMTPUTF8), never a transliteration."""
    assert parse("jürgen@example.org").email == "jürgen@example.org"


@pytest.mark.parametrize("domain", ["example.org", "example.com", "mail.test"])
def test_test_domains(domain: str) -> None:
    """The domains kept for examples and tests can be used."""
    assert parse(f"a@{domain}").email == f"a@{domain}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("nobody", "@-sign"),
        ("a@example.org\r\nBcc: b@example.org", "line break"),
        ("a\x00@example.org", "control character"),
        ("a@exam\tple.org", "control character"),
        ("a@b", "period"),
        ("a b@example.org", "before the @-sign"),
        ("a..b@example.org", "two periods"),
        ("a" * 65 + "@example.org", "too long before"),
        ("ü" * 33 + "@example.org", "longer than 64"),
        ("a@" + "b." * 130 + "org", "longer than 254"),
        ("Ann <ann@example.org>", "display name"),
        ('"a b"@example.org', "quoting"),
        ("a@[127.0.0.1]", "bracket"),
        ("a\u202eb@example.org", "RIGHT-TO-LEFT OVERRIDE"),
        ("a@intranet.local", "special-use"),
    ],
)
def test_refusals(text: str, reason: str) -> None:
    """Each refusal says in plain words what is wrong."""
    with pytest.raises(AddressError, match=reason):
        parse(text)


def test_the_message_is_one_printable_line() -> None:
    """What was refused can be shown on a terminal: no control character survives."""
    with pytest.raises(AddressError) as info:
        parse("a\x1b[31m\r\n" + "b" * 500)
    assert info.value.message.isprintable()
    assert len(info.value.message) < 200


def test_hash_is_of_the_key() -> None:
    """The hash is SHA-256 in hex, the same on every machine."""
    assert parse("Ann@example.org").hash == (
        "438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331"
    )
