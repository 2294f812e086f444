"""What people are told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.model import Finding, Month
from newsletter.schedule import Due
from newsletter.service import notices
from newsletter.service.notices import Audience, Notice, Readiness

DUE = Due(Month(2021, 1), datetime(2021, 2, 1, 9, tzinfo=ZoneInfo("America/Toronto")))
UNTIL = DUE.at + timedelta(days=7)
ERRORS = (
    Finding("error", "no-title", "it has no title", "content/2021-01/01-a.md", 3, "add one"),
    Finding("error", "render", "the template failed"),
)


@pytest.mark.parametrize(
    ("ready", "wanted", "words"),
    [
        (0, 2, "0 of 2 summaries are ready"),
        (1, 2, "1 of 2 summaries is ready"),
        (2, 2, "2 of 2 summaries are ready"),
        (3, 2, "3 summaries are ready"),
        (1, 1, "1 of 1 summary is ready"),
        (1, 0, "1 summary is ready"),
    ],
)
def test_how_a_month_stands(ready: int, wanted: int, words: str) -> None:
    """Said as a person would."""
    assert Readiness(ready, wanted).in_words() == words
    assert Readiness(ready, wanted).enough is (ready >= wanted)


def test_a_reminder() -> None:
    """It is the editor's; it says when, what is wrong and where, and how to approve."""
    notice = notices.reminder(DUE, Readiness(1, 2, ERRORS), approval=True)
    assert notice.to == (Audience.EDITOR,)
    assert notice.subject == (
        "2021-01: 1 of 2 summaries is ready; it goes out on Monday 1 February 9:00"
    )
    assert notice.text.splitlines() == [
        "1 of 2 summaries is ready; the mail goes out on Monday 1 February 9:00.",
        "- content/2021-01/01-a.md:3: it has no title (add one)",
        "- the template failed",
        "It goes out if it is approved by then: newsletter approve 2021-01",
    ]


def test_a_reminder_where_nobody_approves() -> None:
    """Where the month goes by itself, nobody is asked to approve it."""
    assert "approve" not in notices.reminder(DUE, Readiness(2, 2), approval=False).text


EVERY = (
    notices.reminder(DUE, Readiness(1, 2, ERRORS), approval=True),
    notices.awaits_approval(DUE, Readiness(1, 2, ERRORS), UNTIL),
    notices.too_few(DUE, Readiness(1, 2), UNTIL),
    notices.has_errors(DUE, ERRORS, UNTIL),
    notices.decision_wanted(DUE),
)


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.key)
def test_each_says_what_to_do(notice: Notice) -> None:
    """One line of subject with the month in it, and a command to type."""
    assert "2021-01" in notice.subject
    assert "\n" not in notice.subject
    assert "newsletter " in notice.text
    assert notice.to


def test_keys_differ() -> None:
    """Each thing has a key of its own, or saying one would silence another."""
    assert len({notice.key for notice in EVERY}) == len(EVERY)


def test_until_when_it_is_tried() -> None:
    """What was not sent says until when it is tried again."""
    for notice in (EVERY[2], EVERY[3]):
        assert "every hour until Monday 8 February 9:00" in notice.text
