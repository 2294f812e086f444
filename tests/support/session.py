"""A scriptable SMTP server without a socket: octets in, octets out.

It behaves as RFC 5321 says, sequence errors included, except where the script says otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

DROP = "drop"
"""An answer of the script: hang up without a word."""
MUTE = "mute"
"""An answer of the script: none, now and ever after, and the session stays open."""

Script = Callable[[str, int], str | None]
"""Says what to answer to a verb (`MAIL`, `BODY` for a whole message, `INSIDE` for its first octets)
the nth time it is heard, from 1. None: what a good server would say. A text that begins with `421`
is said before hanging up; lines of a multi-line answer are parted by a line feed.
"""


@dataclass
class Taken:
    """A message the server took, as it came (dots still doubled)."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class Log:
    """What a server saw, over all its sessions."""

    taken: list[Taken] = field(default_factory=list)
    verbs: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    """Lines of AUTH and of what follows it."""
    bodies: int = 0
    """Final dots seen."""
    sessions: int = 0


def plain(verb: str, nth: int) -> str | None:
    """The script of a good server."""
    return None


def scripted(answers: dict[str, Sequence[str | None]]) -> Script:
    """Answer each verb's first hearings as listed, and what comes later as a good server does."""

    def script(verb: str, nth: int) -> str | None:
        given = answers.get(verb, ())
        return given[nth - 1] if nth <= len(given) else None

    return script


class Session:
    """One connection to the server. `closed` says that it hung up."""

    def __init__(
        self,
        log: Log,
        script: Script = plain,
        offers: Sequence[str] = ("PIPELINING",),
        heard: dict[str, int] | None = None,
    ) -> None:
        self.closed = False
        self.hurried = False
        """Whether the client sent a command before the last was answered."""
        self.upgrade = False
        """Whether STARTTLS was agreed upon."""
        self._log = log
        self._script = script
        self._offers = offers
        self._heard = {} if heard is None else heard
        self._data = b""
        self._in_body = False
        self._inside = False
        self._in_login = False
        self._deaf = False
        self._path = ""
        self._mail: str | None = None
        self._recipients: list[str] = []
        log.sessions += 1

    def greeting(self) -> bytes:
        return self._say("GREETING", "220 relay.test ready")

    def feed(self, data: bytes) -> bytes:
        """Take octets; return the answers they call for."""
        self._data += data
        out = b""
        while not (self.closed or self.upgrade or self._deaf):
            before = len(self._data)
            out += self._message() if self._in_body else self._command()
            if len(self._data) == before:
                break
        return out

    def _command(self) -> bytes:
        line, end, rest = self._data.partition(b"\r\n")
        if not end:
            return b""
        self._data = rest
        verb = line.split(b" ")[0].split(b":")[0].decode().upper()
        if self._in_login:
            verb = "ANSWER"
        if verb in ("AUTH", "ANSWER"):
            self._log.credentials.append(line.decode())
        self._log.verbs.append(verb)
        if rest and verb != "RSET":
            self.hurried = True
        self._path = _path(line.decode())
        return self._say(verb, self._usual(verb, line.decode()))

    def _usual(self, verb: str, line: str) -> str:
        if verb == "EHLO":
            return "\n".join(["250 relay.test", *(f"250 {offer}" for offer in self._offers)])
        if verb == "MAIL":
            return "503 5.5.1 nested MAIL" if self._mail is not None else f"250 2.1.0 {line[10:]}"
        if verb == "RCPT":
            return "503 5.5.1 MAIL first" if self._mail is None else f"250 2.1.5 {line[8:]}"
        if verb == "DATA":
            if self._mail is None:
                return "503 5.5.1 MAIL first"
            return "354 go on" if self._recipients else "554 5.5.1 no valid recipients"
        if verb in ("AUTH", "ANSWER"):
            return "235 2.7.0 welcome"
        usual = {"RSET": "250 2.0.0 reset", "QUIT": "221 2.0.0 bye", "STARTTLS": "220 go"}
        return usual.get(verb, "502 5.5.2 unknown")

    def _say(self, verb: str, usual: str) -> bytes:
        nth = self._heard[verb] = self._heard.get(verb, 0) + 1
        answer = self._script(verb, nth)
        if answer == DROP:
            self.closed = True
            return b""
        if answer == MUTE:
            self._deaf = True
            return b""
        text = usual if answer is None else answer
        self._note(verb, text)
        self.closed = self.closed or text.startswith("421") or verb == "QUIT"
        return _wire(text)

    def _note(self, verb: str, text: str) -> None:
        good = text.startswith("2")
        if verb == "MAIL" and good:
            self._mail, self._recipients = self._path, []
        elif verb == "RCPT" and good:
            self._recipients.append(self._path)
        elif verb == "RSET" and good:
            self._mail, self._recipients = None, []
        elif verb == "DATA":
            self._in_body, self._inside = text.startswith("3"), False
        elif verb == "STARTTLS":
            self.upgrade = good
        elif verb in ("AUTH", "ANSWER"):
            self._in_login = text.startswith("334")

    def _message(self) -> bytes:
        if self._data and not self._inside:
            self._inside = True
            nth = self._heard["INSIDE"] = self._heard.get("INSIDE", 0) + 1
            early = self._script("INSIDE", nth)
            if early is not None:
                self.closed = True
                return b"" if early == DROP else _wire(early)
        end = 0 if self._data.startswith(b".\r\n") else self._data.find(b"\r\n.\r\n") + 2
        if end == 1:
            return b""
        content, self._data = self._data[:end], self._data[end + 3 :]
        self._in_body = False
        self.hurried = self.hurried or bool(self._data)
        self._log.bodies += 1
        recipients, self._recipients = self._recipients, []
        sender, self._mail = self._mail, None
        taken = Taken(sender or "", recipients, content)
        said = self._say("BODY", "250 2.0.0 taken" if recipients else "554 5.5.1 nobody to take it")
        if said.startswith(b"2") or (self.closed and not said):
            self._log.taken.append(taken)  # dropped after the dot: taken, but not told
        return said


def _path(line: str) -> str:
    return line.partition("<")[2].rpartition(">")[0]


def _wire(text: str) -> bytes:
    lines = text.split("\n")
    marked = [f"{line[:3]}-{line[4:]}" for line in lines[:-1]] + lines[-1:]
    return "".join(f"{line}\r\n" for line in marked).encode()
