"""What one run took, and medians over several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: messages, seconds by the clock, CPU seconds of the client (user and system).

    `rss` is the client's largest size in MB, `size` that of its database; 0 where nobody looked.
    """

    messages: int
    seconds: float
    cpu: float
    rss: float = 0.0
    size: float = 0.0

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_each(self) -> float:
        """CPU microseconds a message."""
        return self.cpu / self.messages * 1e6


@dataclass(frozen=True, slots=True)
class Scale:
    """How much to measure: messages a run, rounds, and the largest list of readers."""

    messages: int = 20_000
    rounds: int = 5
    readers: int = 100_000


Runs = Mapping[str, Sequence[Sample]]
"""By client; the nth sample of each was taken in the nth round."""


def interleaved(clients: Mapping[str, Callable[[], Sample]], rounds: int) -> Runs:
    """Run each client once a round: whatever else the machine does hits them all alike."""
    found: dict[str, list[Sample]] = {name: [] for name in clients}
    for _ in range(rounds):
        for name, run in clients.items():
            found[name].append(run())
    return found


def rate(runs: Sequence[Sample]) -> float:
    """Return the median of messages a second."""
    return median(one.rate for one in runs)


def cpu(runs: Sequence[Sample]) -> float:
    """Return the median of CPU microseconds a message."""
    return median(one.cpu_each for one in runs)


def ratio(runs: Sequence[Sample], reference: Sequence[Sample]) -> float:
    """Return the median, over the rounds, of one client's rate divided by another's."""
    pairs = zip(runs, reference, strict=True)
    return median(one.rate / other.rate for one, other in pairs)
