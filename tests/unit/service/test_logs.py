"""The service's log."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from newsletter.service import logs


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """What is printed; how logging is set up is put back at the end."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield capsys
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def lines(capture: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capture.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "550 5.1.1 <ann@example.org>: no such user",
        "ann+news@example.org",
        "to=ann@example.org, relay=x",
        "änn@bücher.example",
        '"ann smith"@example.org',
        "mailto:ann@example.org?subject=x",
        "ann@[192.0.2.1]",
    ],
)
def test_addresses_are_hidden(text: str) -> None:
    """Wherever an address stands, it is gone."""
    assert "ann" not in logs.hide(text)
    assert "@" not in logs.hide(text)


@given(st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z0-9-]{1,20}\.[a-z]{2,5}", fullmatch=True), st.text())
def test_any_address_is_hidden(address: str, around: str) -> None:
    """In any text around it."""
    assert address not in logs.hide(f"{around} {address} {around}")


def test_lines_are_json(out: pytest.CaptureFixture[str]) -> None:
    """One document a line, with level and time; what is bound stands in each."""
    logs.configure()
    with structlog.contextvars.bound_contextvars(mailing=3):
        structlog.get_logger().info("delivered", deliveries=[1, 2])
        structlog.get_logger().debug("chatter")
    (line,) = lines(out)
    assert (line["event"], line["level"], line["mailing"]) == ("delivered", "info", 3)
    assert line["deliveries"] == [1, 2]
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert str(line["timestamp"]).endswith("Z")


def test_addresses_are_hidden_in_every_value(out: pytest.CaptureFixture[str]) -> None:
    """In lists and tables within a line too."""
    logs.configure()
    deep = [{"to": "ann@example.org"}, ("bob@example.org",)]
    structlog.get_logger().warning("to eve@example.org", deep=deep)
    assert "@" not in json.dumps(lines(out))


def test_libraries_write_the_same_way(out: pytest.CaptureFixture[str]) -> None:
    """What comes by `logging` is JSON too, from warnings on, without addresses."""
    logs.configure()
    logging.getLogger("uvicorn.error").warning("%s hung up", "ann@example.org")
    logging.getLogger("uvicorn.error").info("chatter")
    logging.getLogger("apscheduler.executors.default").warning("skipped")
    (line,) = lines(out)
    assert (line["event"], line["level"]) == ("(address) hung up", "warning")


def test_tracebacks_hold_no_variables(out: pytest.CaptureFixture[str]) -> None:
    """An error nobody foresaw comes with its traceback, and with no reader in it."""
    logs.configure()
    reader = "ann at example.org"
    try:
        raise ValueError(f"ann@example.org {len(reader)}")
    except ValueError:
        structlog.get_logger().exception("broken")
    (line,) = lines(out)
    assert "test_logs.py" in json.dumps(line["exception"])
    assert "ann" not in json.dumps(line)


def test_lines_for_who_watches(out: pytest.CaptureFixture[str]) -> None:
    """On a terminal: time, what happened, the numbers; what is long stands below; no address."""
    logs.configure(for_people=True)
    log = structlog.get_logger()
    log.info("mailing", state="sent", planned=2)
    log.error("job failed", job="send", error="no", hint="ask ann@example.org")
    log.info("started", next=["one", "two"])
    try:
        raise ValueError("bob@example.org")
    except ValueError:
        log.exception("oh")
    found = out.readouterr().out.splitlines()
    assert [line[10:] for line in found[:6]] == [
        "mailing: state sent, planned 2",
        "error: job failed: no: job send",
        "ask (address)",
        "started",
        "one",
        "two",
    ]
    assert found[0][2] == found[0][5] == ":"
    assert found[-1].strip() == "ValueError: (address)"
