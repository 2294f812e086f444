"""Reading what a server says."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery.replies import MAX_LINE, MAX_LINES, Replies, Reply, enhanced_status


def read(*packets: bytes) -> tuple[list[Reply], str]:
    replies = Replies()
    return [reply for packet in packets for reply in replies.feed(packet)], replies.broken


def test_one_line() -> None:
    """A line is a reply."""
    assert read(b"250 2.0.0 Ok: queued as 7F\r\n") == ([Reply(250, "2.0.0 Ok: queued as 7F")], "")


def test_several_replies_in_a_packet() -> None:
    """What was pipelined comes back in one packet, in order."""
    replies, _ = read(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert [reply.code for reply in replies] == [250, 250, 354]


def test_one_octet_a_packet() -> None:
    """It doesn't matter how the stream is cut."""
    data = b"250-first\r\n250 last\r\n354 go\r\n"
    assert read(*(bytes([octet]) for octet in data)) == read(data)


def test_multi_line() -> None:
    """Lines of a reply become one; the status they all repeat stands once."""
    replies, _ = read(b"550-5.7.1 Blocked.\r\n550-5.7.1 See https://a.example\r\n550 5.7.1\r\n")
    assert replies == [Reply(550, "5.7.1 Blocked. See https://a.example")]


@pytest.mark.parametrize("line", [b"250\r\n", b"250 \r\n", b"250 ok\n"])
def test_lenient(line: bytes) -> None:
    """No text, or a bare line feed, is still a reply."""
    replies, broken = read(line)
    assert [reply.code for reply in replies] == [250]
    assert not broken


@pytest.mark.parametrize(
    "line",
    [
        b"hello\r\n",
        b"25 ok\r\n",
        b"650 ok\r\n",
        b"150 ok\r\n",
        b"250ok\r\n",
        b"\r\n",
        b"2\xb20 ok\r\n",
        b"250-a\r\n550 b\r\n",
        b"x" * (MAX_LINE + 1),
        b"250 " + b"x" * MAX_LINE + b"\r\n",
        b"250-more\r\n" * (MAX_LINES + 1),
    ],
)
def test_not_smtp(line: bytes) -> None:
    """What isn't a reply, or never ends, is said to be broken, and nothing after it counts."""
    replies = Replies()
    assert replies.feed(line) == []
    assert replies.broken
    assert replies.feed(b"\r\n250 ok\r\n") == []


def test_replies_before_rubbish_count() -> None:
    """A reply that came before the server lost its mind is kept: it may say accepted."""
    replies, broken = read(b"250 ok\r\nrubbish\r\n")
    assert replies == [Reply(250, "ok")]
    assert broken


def test_words_are_printable() -> None:
    """Nothing a terminal or a log would act on survives."""
    replies, _ = read(b"550 \x1b[2J caf\xc3\xa9 \xff \x00\r\n")
    assert replies[0].text.isprintable()
    assert "café" in replies[0].text


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 no", "5.1.1"),
        ("2.0.0", "2.0.0"),
        ("4.7.28: slow down", "4.7.28"),
        ("5.1 no", ""),
        ("3.1.1 no", ""),
        ("5.1.1.1", ""),
        ("5.1.1000", ""),
        ("no 5.1.1", ""),
        ("", ""),
    ],
)
def test_enhanced_status(text: str, status: str) -> None:
    """A status counts only at the beginning and in full."""
    assert enhanced_status(text) == status


LINES = st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"").replace(b"\r", b""))
REPLIES = st.tuples(st.integers(200, 599), st.lists(LINES, min_size=1, max_size=4))


def wire(reply: tuple[int, list[bytes]]) -> bytes:
    code, lines = reply
    marks = [b"-"] * (len(lines) - 1) + [b" "]
    return b"".join(
        b"%d%s%s\r\n" % (code, mark, text) for mark, text in zip(marks, lines, strict=True)
    )


@given(st.lists(REPLIES, max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_any_cut(replies: list[tuple[int, list[bytes]]], cuts: list[int]) -> None:
    """However replies are cut into packets, each is read once, in order, with its code."""
    stream = b"".join(map(wire, replies))
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    packets = [stream[start:end] for start, end in pairwise(edges)]
    found, broken = read(*packets)
    assert [reply.code for reply in found] == [code for code, _ in replies]
    assert not broken
    assert found == read(stream)[0]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_noise(packets: list[bytes]) -> None:
    """Noise never raises, and never becomes text that can't be printed."""
    found, _ = read(*packets)
    assert all(reply.text.isprintable() and 200 <= reply.code < 600 for reply in found)
