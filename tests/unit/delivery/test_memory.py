"""The backend for tests."""

from collections.abc import Callable

from newsletter.delivery import Message, Receipt
from newsletter.delivery.memory import MemoryBackend

Make = Callable[..., Message]


def test_keeps_in_order(message: Make) -> None:
    """Messages are kept as they came."""
    backend = MemoryBackend()
    list(backend.deliver(message(key) for key in range(120)))
    assert [one.key for one in backend.delivered] == list(range(120))


def test_scripted_refusal(message: Make) -> None:
    """A scripted refusal comes back, and its message isn't kept."""

    def answer(one: Message) -> Receipt | None:
        return Receipt(one.key, accepted=False, code=550) if one.key == 2 else None

    backend = MemoryBackend(answer=answer)
    (group,) = backend.deliver(message(key) for key in (1, 2, 3))
    assert [one.accepted for one in group] == [True, False, True]
    assert [one.key for one in backend.delivered] == [1, 3]


def test_in_flight(message: Make) -> None:
    """Groups are as large as asked for."""
    groups = MemoryBackend(in_flight=1).deliver(message(key) for key in range(3))
    assert [len(group) for group in groups] == [1, 1, 1]
