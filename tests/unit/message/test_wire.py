import pytest

from tests.unit.message.samples import letter, reader
from tests.wire import assert_conforms

RAW = b"".join(letter().fill(reader()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\n", b"\n"),
        (b"Subject: ", b"Subject: \x07"),
        (b"Subject: ", b"Subject: =?utf-8?q?broken "),
        (b"Subject: ", b"Subject: x\r\nSubject: "),
        (b"Subject: ", b"Bcc: b@example.org\r\nSubject: "),
        (b"Subject: ", b"X-Mailer: y\r\nSubject: "),
        (b"List-Unsubscribe: <https", b"List-Unsubscribe: =?utf-8?q?x?= <https"),
        (b"List-Unsubscribe: <https://n", b"List-Unsubscribe: <https://\r\n n"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"text/plain", b"text/html"),
        (b"quoted-printable", b"base64"),
        (b"=2Ea dot", b".a dot"),
        (b"=46rom here", b"From here"),
        (b"=3D3D is", b"=3 is"),
        (b" line =20\r\n", b" line  \r\n"),
        (b"This month.", b"This month." + b"x" * 70),
        (b"This month.", b"This month." + "é".encode()),
        (b"</html>\r\n", b"</html>=\r\n"),
        (b"--\r\n", b"--"),
    ],
)
def test_a_message_with_a_flaw_is_found_out(old: bytes, new: bytes) -> None:
    """Each promise is really looked at: break it, and the message no longer conforms."""
    assert_conforms(RAW)
    assert old in RAW
    with pytest.raises(AssertionError):
        assert_conforms(RAW.replace(old, new, 1) if old != b"\r\n" else RAW.replace(old, new))
