"""What a server may answer at each stage, and what the ledger says of the reader then."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest

from tests.faults.children import Ended
from tests.faults.conftest import MakeWorld
from tests.faults.world import MONTH, World, assert_complete
from tests.support.relay import Relay
from tests.support.session import DROP, MUTE, Script, scripted

pytestmark = pytest.mark.faults

STAGES = ("MAIL", "RCPT", "DATA", "BODY")


class Fate(NamedTuple):
    """What becomes of the reader who met the answer, and of their address."""

    state: str
    suppressed: bool = False


SENT, LATER, DOUBT = Fate("sent"), Fate("deferred"), Fate("uncertain")
FAILED, DEAD = Fate("failed"), Fate("failed", suppressed=True)

# 4xx: later. 5.1.1: the address is dead, but not on the word of MAIL, which is about us. A mailbox
# that is full fails this time. Policy is our own fault, and the reader is left alone.
REFUSALS: Mapping[str, Mapping[str, Fate]] = {
    "450 4.2.1 busy": dict.fromkeys(STAGES, LATER),
    "451 4.7.1 greylisted": dict.fromkeys(STAGES, LATER),
    "452 4.3.1 no room": dict.fromkeys(STAGES, LATER),
    "550 5.1.1 unknown": {"MAIL": FAILED, "RCPT": DEAD, "DATA": DEAD, "BODY": DEAD},
    "552 5.2.2 mailbox full": dict.fromkeys(STAGES, FAILED),
    "554 5.7.1 policy": dict.fromkeys(STAGES, FAILED),
}

# A message the server had said nothing of goes over another connection at once.
ENDINGS: Mapping[str, Mapping[str, Fate]] = {
    "421 4.3.2 shutting down": {"MAIL": SENT, "RCPT": LATER, "DATA": LATER, "BODY": LATER},
    DROP: {"MAIL": SENT, "RCPT": LATER, "DATA": LATER, "BODY": DOUBT},
    MUTE: {"MAIL": SENT, "RCPT": LATER, "DATA": LATER, "BODY": DOUBT},
}


def sent_to(world: World, script: Script) -> Ended:
    """Send the month over one connection to a server that follows a script."""
    patience = {"SMTP__REPLY_TIMEOUT": "1s", "SMTP__DATA_TIMEOUT": "1s"}
    with Relay(script) as relay:
        return world.send_to(relay.port, CONNECTIONS=1, **patience)


def fates(world: World) -> Sequence[Fate]:
    """Return what became of each reader, in their order."""
    rows, dead = world.ledger(), world.suppressed()
    return [Fate(rows[email].state, email in dead) for email in world.readers]


@pytest.mark.parametrize("stage", STAGES)
def test_refusals(make_world: MakeWorld, stage: str) -> None:
    """Each reader but the first and the last meets another refusal at this stage."""
    world = make_world(len(REFUSALS) + 2)
    ended = sent_to(world, scripted({stage: [None, *REFUSALS]}))
    assert ended.code == 1, ended.err  # for some have failed
    expected = [fate[stage] for fate in REFUSALS.values()]
    assert fates(world) == [SENT, *expected, SENT]
    replies = [world.ledger()[email].reply for email in world.readers[1:-1]]
    assert replies == [refusal[4:] for refusal in REFUSALS]
    assert world.mailing() == "sending"


@pytest.mark.parametrize(
    ("stage", "ending", "fate"),
    [
        pytest.param(stage, ending, fate, id=f"{ending.split()[0]}-{stage}")
        for ending, row in ENDINGS.items()
        for stage, fate in row.items()
    ],
)
def test_endings(make_world: MakeWorld, stage: str, ending: str, fate: Fate) -> None:
    """The server ends the session, hangs up or falls silent; that is one reader's delay at most."""
    world = make_world(4)
    ended = sent_to(world, scripted({stage: [None, ending]}))
    assert ended.code == 0, ended.err
    assert fates(world) == [SENT, fate, SENT, SENT]
    assert world.mailing() == ("sent" if fate is SENT else "sending")


def test_cut_off_inside_a_message(make_world: MakeWorld) -> None:
    """Later, or uncertain where the system had the final dot already; never sent, never failed."""
    world = make_world(4)
    assert sent_to(world, scripted({"INSIDE": [None, DROP]})).code == 0
    first, second, *others = fates(world)
    assert second in (LATER, DOUBT)
    assert [first, *others] == [SENT, SENT, SENT]


def test_a_lost_answer_leads_to_the_same_message_again(make_world: MakeWorld) -> None:
    """Every sixth answer is lost after the dot: that message goes out again, octet for octet."""
    world = make_world(40, "drop", 6, RETRY='["1s"]')
    assert world.start("send", MONTH, "--yes", "--wait", "--json").finish().code == 0
    record = world.receiver.settled()
    assert record.duplicates == len(record.taken) // 6
    world.kills = record.duplicates
    assert_complete(world)
