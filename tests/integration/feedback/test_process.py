"""How returned mail is worked through: crashes, broken messages, bombs."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from newsletter.errors import MailboxError
from newsletter.feedback import process
from newsletter.feedback.process import TRIES, Row, look
from newsletter.postbox import Report
from newsletter.postbox.mime import MAX_OCTETS, MAX_PARTS
from newsletter.postbox.read import read
from newsletter.postbox.source import Item
from newsletter.store import returns
from newsletter.store.engine import reading
from tests.support.clerk import Counter, bounce


@dataclass
class Pile:
    """A source that keeps its messages in memory and remembers what it was told."""

    messages: dict[str, bytes]
    fails: bool = False
    told: list[str] = field(default_factory=list)

    def items(self) -> Iterator[Item]:
        for name, octets in self.messages.items():
            yield Item(name, len(octets), lambda octets=octets: octets, name)

    def done(self, item: Item) -> None:
        if self.fails:
            raise MailboxError("the line broke")
        self.told.append(f"done {item.name}")

    def aside(self, item: Item) -> None:
        self.told.append(f"aside {item.name}")

    def close(self) -> None:
        """Hold nothing."""


def worked(counter: Counter, pile: Pile) -> list[Row]:
    return list(counter.clerk.process(pile))


def test_acknowledged_after_the_commit(counter: Counter) -> None:
    """When the flag can't be set, what follows is in the database all the same, and once."""
    pile = Pile({"one": bounce(counter.letters[0])}, fails=True)
    with pytest.raises(MailboxError):
        worked(counter, pile)
    assert len(counter.history()) == 1
    pile.fails = False
    worked(counter, pile)
    assert len(counter.history()) == 1
    assert pile.told == ["done one"]


def test_nothing_is_acknowledged_that_was_not_committed(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash before the commit leaves the message where it is, and no trace of it."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    pile = Pile({"one": bounce(counter.letters[0])})
    with monkeypatch.context() as patched:
        patched.setattr(returns, "fail", crash)
        with pytest.raises(KeyboardInterrupt):
            worked(counter, pile)
    assert (pile.told, list(counter.history())) == ([], [])
    worked(counter, pile)
    assert (pile.told, len(counter.history())) == (["done one"], 1)


def test_a_broken_message_is_set_aside_after_three_tries(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in reading one message keeps none of the others from being read."""

    def faulty(octets: bytes) -> Report:
        if octets == b"broken":
            raise RuntimeError("a mistake in the program")
        return read(octets)

    monkeypatch.setattr(process, "read", faulty)
    pile = Pile({"bad": b"broken", "good": bounce(counter.letters[0])})
    for number in range(1, TRIES + 1):
        bad, good = worked(counter, pile)
        assert good.verdict == "hard"
        assert bad.reply.startswith("can't be read: RuntimeError")
        assert ("aside bad" in pile.told) is (number == TRIES)
        assert "done bad" not in pile.told
    with reading(counter.desk.engine) as connection:
        assert returns.set_aside(connection) == 1


BOMBS = {
    "size": b"x" * (MAX_OCTETS + 1),
    "parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * (MAX_PARTS + 1),
}


@pytest.mark.parametrize("octets", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_set_aside_at_once(counter: Counter, octets: bytes) -> None:
    """It is refused the first time, and the others are read."""
    pile = Pile({"bomb": octets, "good": bounce(counter.letters[0])})
    bad, good = worked(counter, pile)
    assert (bad.kind, bad.verdict, good.verdict) == ("other", "none", "hard")
    assert bad.reply.startswith("refused: ")
    assert pile.told == ["aside bomb", "done good"]


def test_looking_changes_nothing(counter: Counter) -> None:
    """A dry run says the same and writes nothing."""
    messages = {"one": bounce(counter.letters[0]), "bomb": BOMBS["parts"]}
    looked = list(look(Pile(messages)))
    assert [row.verdict for row in looked] == ["hard", "none"]
    assert counter.stop() is None
    assert not counter.history()
