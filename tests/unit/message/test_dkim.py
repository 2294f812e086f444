import base64
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import Dkim
from newsletter.errors import ConfigError
from newsletter.message.dkim import SIGNED, DkimSigner, make_signer
from newsletter.message.dkim_keys import Key, generate, load_key, pem, record, zone_line
from tests.unit.message.samples import addresses, letter, names, reader
from tests.wire import assert_conforms

RSA = Key("example.org", "r1", generate("rsa"))
ED = Key("example.org", "e1", generate("ed25519"))
ZONE = {f"{key.selector}._domainkey.example.org.": record(key.private) for key in (RSA, ED)}
LETTER = letter()
SEGMENTS = LETTER.fill(reader())


def look_up(name: bytes, timeout: int = 5) -> bytes:
    """Answer as DNS would."""
    return ZONE[name.decode()].encode()


def signed(keys: list[Key], segments: tuple[bytes, ...]) -> bytes:
    """Return the message with its signatures in front."""
    return DkimSigner(keys).sign(segments) + b"".join(segments)


def verifies(raw: bytes, index: int = 0) -> bool:
    """Ask dkimpy, which shares no code with ours."""
    try:
        return dkim.DKIM(raw).verify(idx=index, dnsfunc=look_up)
    except dkim.ValidationError:
        return False


@settings(max_examples=30)
@given(names, addresses)
def test_both_signatures_of_any_letter_verify(name: str, address: str) -> None:
    """dkimpy accepts RSA and Ed25519, and the message still conforms."""
    raw = signed([RSA, ED], LETTER.fill(reader(name, address)))
    assert verifies(raw, 0)
    assert verifies(raw, 1)
    assert_conforms(raw)


lines = st.text(" \t.ax", max_size=12)


@given(st.lists(lines), st.sampled_from(["\r\n", "\r\n\r\n", " \r\n \r\n"]), st.data())
def test_any_body_in_any_segments_verifies(parts: list[str], end: str, data: st.DataObject) -> None:
    """White space, empty lines at the end and where segments are cut make no difference."""
    body = "\r\n".join(parts) + end
    whole = f"From:  a@example.org \r\nSubject: a \t b\r\n\tc\r\nTO:b\r\n\r\n{body}".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    segments = [whole[i:j] for i, j in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert verifies(DkimSigner([ED]).sign(segments) + whole)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda raw: raw.replace(b"This month", b"That month"),
        lambda raw: raw.replace(b"Anna Brown <", b"Anna White <"),
        lambda raw: raw.replace(b"One-Click", b"Two-Click", 1),
        lambda raw: raw.replace(b"unsubscribe/7.Zm", b"unsubscribe/7.zM", 1),
        lambda raw: raw.replace(b"From: ", b"From: evil@example.net\r\nFrom: ", 1),
        lambda raw: raw.replace(b"Subject: ", b"Subject: x\r\nSubject: ", 1),
        lambda raw: raw.replace(b"Subject: ", b"List-Unsubscribe: <x:y>\r\nSubject: ", 1),
        lambda raw: raw + b"more\r\n",
        lambda raw: raw.replace(b"c=relaxed/relaxed", b"c=relaxed/simple"),
    ],
)
@pytest.mark.parametrize("key", [RSA, ED], ids=["rsa", "ed25519"])
def test_tampering_is_found(key: Key, tamper: Callable[[bytes], bytes]) -> None:
    """A changed body, a changed field or an added one breaks the signature."""
    raw = signed([key], SEGMENTS)
    assert verifies(raw)
    assert tamper(raw) != raw
    assert not verifies(tamper(raw))


def test_every_field_is_listed_once_more_than_it_occurs() -> None:
    """So none can be added; Reply-To is covered even where there is none."""
    field = DkimSigner([RSA]).sign(SEGMENTS)
    found = re.search(rb"h=([^;]+);", field)
    assert found
    listed = re.sub(rb"\s", b"", found[1]).decode().split(":")
    assert set(listed) == set(SIGNED)
    assert all(listed.count(name) == 2 for name in SIGNED)


def test_the_signature_is_short_lines_of_ascii() -> None:
    """Folded within 78 octets, and it ends a line, so that it can stand first."""
    field = DkimSigner([RSA, ED]).sign(SEGMENTS)
    assert field.isascii()
    assert field.endswith(b"\r\n")
    assert max(map(len, field.split(b"\r\n"))) <= 78


def test_every_try_has_the_same_signature() -> None:
    """The same bytes at every try: no time stamp, no chance."""
    assert DkimSigner([RSA, ED]).sign(SEGMENTS) == DkimSigner([RSA, ED]).sign(SEGMENTS)


def test_threads_can_share_a_signer() -> None:
    """Many at once give what one alone gives."""
    signer = DkimSigner([RSA, ED])
    messages = [LETTER.fill(reader(f"Reader {number}")) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(signer.sign, messages)) == [signer.sign(one) for one in messages]


def test_a_record_holds_the_public_key() -> None:
    """Ed25519's stands bare, 32 octets (RFC 8463); RSA's is a whole SubjectPublicKeyInfo."""
    assert len(base64.b64decode(record(ED.private).partition("p=")[2])) == 32
    assert record(RSA.private).startswith("v=DKIM1; k=rsa; p=MIIBIj")


def test_a_zone_line_cuts_the_record() -> None:
    """No string of a TXT record is longer than 255 octets, and nothing is lost."""
    text = record(RSA.private)
    strings = re.findall(r'"([^"]*)"', zone_line("example.org", "r1", text))
    assert "".join(strings) == text
    assert max(map(len, strings)) <= 255
    assert zone_line("example.org", "r1", text).startswith("r1._domainkey.example.org. IN TXT ( ")


def key_file(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    """Write a key's file."""
    path = folder / "key.pem"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_settings_make_a_signer(tmp_path: Path) -> None:
    """Both keys of the settings sign."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    signer = make_signer(
        Dkim(
            domain="example.org",
            selector="r1",
            key_file=key_file(tmp_path / "a", pem(RSA.private)),
            second_selector="e1",
            second_key_file=key_file(tmp_path / "b", pem(ED.private)),
        )
    )
    assert signer is not None
    assert signer.sign(SEGMENTS) == DkimSigner([RSA, ED]).sign(SEGMENTS)


def test_without_a_domain_nothing_signs() -> None:
    """The relay signs, then."""
    assert make_signer(Dkim()) is None


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (pem(RSA.private), 0o640, "can be read by others"),
        (b"nonsense", 0o600, "is not a private key"),
        (b"", 0o600, "is not a private key"),
    ],
)
def test_a_bad_key_file_is_refused(tmp_path: Path, content: bytes, mode: int, words: str) -> None:
    """The error names the file and what to do."""
    path = key_file(tmp_path, content, mode)
    with pytest.raises(ConfigError, match=words) as refusal:
        make_signer(Dkim(domain="example.org", selector="r1", key_file=path))
    assert str(path) in refusal.value.message
    assert refusal.value.hint


@pytest.mark.parametrize(
    ("domain", "selector"),
    [("é..", "r1"), ("a; d=b", "r1"), ("example.org", "r1;"), ("a\r\n", "b")],
)
def test_names_that_dns_can_not_hold_are_refused(
    tmp_path: Path, domain: str, selector: str
) -> None:
    """Nothing but a name gets into the signature."""
    with pytest.raises(ConfigError, match=r"is not a domain|can't be a selector"):
        load_key(key_file(tmp_path, pem(ED.private)), domain, selector)


def test_a_domain_beyond_ascii_signs_as_dns_writes_it(tmp_path: Path) -> None:
    """`d=` holds punycode."""
    key = load_key(key_file(tmp_path, pem(ED.private)), "Bücher.example", "r1")
    assert key.domain == "xn--bcher-kva.example"


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    """A signature that was asked for is never left out silently."""
    with pytest.raises(ConfigError, match="can't be read"):
        make_signer(Dkim(domain="example.org", selector="r1", key_file=tmp_path / "none.pem"))


@pytest.mark.parametrize(
    "given_settings", [{}, {"selector": "r1"}, {"key_file": Path("x")}, {"second_selector": "e1"}]
)
def test_half_a_key_is_refused(given_settings: dict[str, str]) -> None:
    """A domain without a selector and a key file is a mistake, not a choice."""
    with pytest.raises(ConfigError, match="needs both"):
        make_signer(Dkim(domain="example.org", **given_settings))  # type: ignore[arg-type]


def test_a_key_does_not_print_itself() -> None:
    """The private half stays out of logs and tracebacks."""
    assert "private" not in repr(RSA)
