"""What a spam filter on this machine says of the letter: SpamAssassin, or rspamd's client.

Only local tests run: nothing about the letter is asked for in the network. The score is no
promise, since every provider has rules of its own; the names of the rules are what helps.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.checks.desk import found
from newsletter.model import Finding, Level

PATIENCE = 60.0
"""Seconds for a filter; SpamAssassin reads all of its rules at each start."""

REMARKABLE = 2.0
"""Points from which they are worth a remark; from what the filter itself requires, a warning."""

_TOTAL = re.compile(
    r"^Content analysis details:\s+\((-?[\d.]+) points, (-?[\d.]+) required\)", re.M
)
_RULE = re.compile(r"^ ?(-?\d+\.\d) +([A-Z][A-Z0-9_]+) ", re.M)
_NETWORK = ["rbl", "surbl", "fuzzy", "phishing", "spf", "dmarc", "dkim"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A filter's name, the points it gives, those from which it calls a mail spam, its rules."""

    filter: str
    points: float
    required: float
    rules: tuple[tuple[str, float], ...]


def check(message: bytes) -> Iterator[Finding]:
    """Yield what the filter has against a message; nothing where no filter is installed."""
    try:
        verdict = ask(message)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        hint = "see that it works by itself"
        said = f"the spam filter could not be asked: {error}"
        yield found("spam-score", said, None, hint, level="info")
        return
    if verdict is None or verdict.points < REMARKABLE:
        return
    level: Level = "warning" if verdict.points >= verdict.required else "info"
    worst = sorted(verdict.rules, key=lambda rule: -rule[1])
    named = ", ".join(f"{name} {points:g}" for name, points in worst if points > 0)
    said = f"{verdict.filter} gives {verdict.points:g} points; from {verdict.required:g} it is spam"
    yield found("spam-score", said, None, f"by its rules: {named}", level=level)


def ask(message: bytes) -> Verdict | None:
    """Ask the filter that is installed, SpamAssassin first; None where there is none.

    Raises OSError, SubprocessError or ValueError where it fails.
    """
    if program := shutil.which("spamassassin"):
        return _spamassassin(program, message)
    if program := shutil.which("rspamc"):
        return _rspamd(program, message)
    return None


def _spamassassin(program: str, message: bytes) -> Verdict:
    """Run with local tests alone (-L) and a report (-t); it keeps notes at home, so has none."""
    with tempfile.TemporaryDirectory() as home:
        said = _run([program, "-L", "-t", "-x"], message, os.environ | {"HOME": home})
    total = _TOTAL.search(said)
    if total is None:
        raise ValueError("SpamAssassin gave no report")
    rules = tuple((name, float(points)) for points, name in _RULE.findall(said[total.end() :]))
    return Verdict("SpamAssassin", float(total[1]), float(total[2]), rules)


def _rspamd(program: str, message: bytes) -> Verdict:
    command = [
        program,
        "--json",
        "--header",
        f"Settings={json.dumps({'groups_disabled': _NETWORK})}",
        "symbols",
    ]
    answer = json.loads(_run(command, message, os.environ))
    symbols = answer.get("symbols", {})
    rules = tuple((name, float(one.get("score", 0))) for name, one in symbols.items())
    required = float(answer.get("required_score", 15))
    return Verdict("rspamd", float(answer["score"]), required, rules)


def _run(command: list[str], message: bytes, environment: Mapping[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 -- a program of the system, without words of others
        command, input=message, env=environment, capture_output=True, timeout=PATIENCE, check=False
    )
    if done.returncode and not done.stdout:
        raise ValueError(done.stderr.decode("utf-8", "replace").strip()[:200] or "it failed")
    return done.stdout.decode("utf-8", "replace")
