"""The receiver with a memory (`receiver.c`): compiled, started, and its record read."""

import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import until

SOURCE = Path(__file__).with_name("receiver.c")


def build(folder: Path) -> Path:
    """Compile the receiver into `folder`; return the program."""
    program = folder / "receiver"
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-o", program, SOURCE], check=True)
    return program


@dataclass(frozen=True, slots=True)
class Taken:
    """One message it took. `moment` is in nanoseconds of the monotonic clock, all processes' own.

    `print` stands for the octets: a hash and their number.
    """

    moment: int
    recipient: str
    message_id: str
    print: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the receiver wrote down so far, in order."""

    taken: Sequence[Taken]
    standing: int
    """Connections that have not been closed."""
    opened: int

    @property
    def recipients(self) -> Counter[str]:
        """How many messages each recipient got."""
        return Counter(one.recipient for one in self.taken)

    @property
    def duplicates(self) -> int:
        """How many messages went to somebody who had one already."""
        return len(self.taken) - len(self.recipients)


class Receiver:
    """A running receiver."""

    def __init__(self, port: int, path: Path) -> None:
        self.port = port
        self._path = path
        self._read = 0
        self._taken: list[Taken] = []
        self._kinds: Counter[str] = Counter()

    def record(self) -> Record:
        """Read what it has taken so far."""
        with self._path.open("rb") as file:
            file.seek(self._read)
            news = file.read()
        whole = news[: news.rfind(b"\n") + 1]  # the last line may be on its way
        self._read += len(whole)
        for line in whole.decode().splitlines():
            kind, _, moment, *rest = line.split()
            self._kinds[kind] += 1
            if kind == "took":
                recipient, message_id, print, octets = rest
                self._taken.append(Taken(int(moment), recipient, message_id, f"{print}/{octets}"))
        opened = self._kinds["open"]
        return Record(tuple(self._taken), opened - self._kinds["shut"], opened)

    def settled(self) -> Record:
        """Wait until it has dealt with all that was sent to it by clients that are gone."""
        until(lambda: self.record().standing == 0, "the receiver's connections are closed")
        return self.record()

    def wait_for(self, number: int) -> Record:
        """Wait until it has taken so many messages."""
        until(lambda: len(self.record().taken) >= number, f"{number} messages have been taken")
        return self.record()


@contextmanager
def receiver(program: Path, folder: Path, *options: object) -> Iterator[Receiver]:
    """Run a receiver that keeps its record in `folder`; options as in `receiver.c`."""
    path = folder / "record"
    command = [str(program), str(path), *map(str, options)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Receiver(port, path)
        assert process.poll() is None, "the receiver has died"
        process.communicate()
