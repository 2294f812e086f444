"""What the archive shows: what was sent, as it was corrected, and nothing else."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select

from newsletter.model import Citation, Issue, MailingState, Month
from newsletter.store import archive, mailings, shelves, texts
from newsletter.store.engine import reading, writing
from newsletter.store.tables import issue, summary, summary_topic, summary_words
from tests.support.archive import (
    ATTACHMENT,
    SURVEY,
    TRAINING,
    TRIAL,
    correct,
    day_of,
    freeze,
    send,
    start,
    study,
)

JANUARY, FEBRUARY = Month(2021, 1), Month(2021, 2)


def titles(engine: Engine, month: Month = JANUARY) -> list[str] | None:
    with reading(engine) as connection:
        found = archive.find(connection, month)
    return [one.title for one in found.issue.summaries] if found else None


def moved(engine: Engine, slug: str, month: Month = JANUARY) -> str | None:
    with reading(engine) as connection:
        return archive.moved(connection, month, slug)


def test_what_was_kept_comes_back(ready: Engine) -> None:
    """Every field that readers see, in order."""
    first = study("first", topics=(TRAINING, ATTACHMENT), research_type=TRIAL)
    second = study("second", citation=None, topics=(), research_type=None, author="")
    send(ready, "2021-01", first, second, introduction="Welcome.")
    with reading(ready) as connection:
        found = archive.find(connection, JANUARY)
    assert found is not None
    assert found.issue.summaries == (first, second)
    assert found.issue.introduction == "Welcome."
    assert (found.sent_at, found.updated_at) == (day_of(JANUARY), day_of(JANUARY))
    assert found.corrections == ()


@pytest.mark.parametrize("state", [s for s in MailingState if s is not MailingState.DRAFT])
def test_it_is_there_from_the_start_on(ready: Engine, state: MailingState) -> None:
    """Frozen, it isn't; once the mailing has started it is, whatever becomes of it."""
    freeze(ready, "2021-01", study("first"))
    assert titles(ready) is None
    start(ready, "2021-01", state)
    assert titles(ready) == ["First"]


def test_nothing_of_what_waits_is_shown(ready: Engine) -> None:
    """Not in lists, nor under topics and types, nor as a moved address."""
    send(ready, "2021-01", study("first"))
    freeze(ready, "2021-02", study("second", topics=(ATTACHMENT,), research_type=TRIAL))
    with reading(ready) as connection:
        recent = archive.recent(connection, 12)
        assert [one.month for one in recent] == [JANUARY]
        assert list(archive.months(connection)) == [JANUARY]
        assert [one.month for one in archive.of_year(connection, 2021)] == [JANUARY]
        assert [one.summary.slug for one in archive.summaries(connection)] == ["first"]
        assert shelves.topics(connection) == {TRAINING: 1}
        assert shelves.research_types(connection) == {SURVEY: 1}
    assert moved(ready, "second", FEBRUARY) is None


def test_a_month_frozen_anew_leaves_nothing_behind(ready: Engine) -> None:
    """Before it starts, the words of an approval that was replaced are gone."""
    number = freeze(ready, "2021-01", study("first"))
    with writing(ready) as connection:
        mailings.remove_scheduled(connection, number)
        for table in (issue, summary, summary_topic, summary_words):
            assert connection.execute(select(table)).first() is None
    send(ready, "2021-01", study("other"))
    assert titles(ready) == ["Other"]


def test_the_newest_words_are_shown(ready: Engine) -> None:
    """With the date of the correction, and its note, where it changed something."""
    send(ready, "2021-01", study("first"), study("second"))
    assert correct(ready, "2021-01", study("first", "Mended"), study("second"))
    with reading(ready) as connection:
        found = archive.find(connection, JANUARY)
    assert found is not None
    assert [one.title for one in found.issue.summaries] == ["Mended", "Second"]
    assert [(one.version, one.note) for one in found.corrections] == [(2, "A number was wrong.")]
    mended, as_it_was = found.summaries
    assert mended.corrected == found.corrections[0]
    assert mended.updated_at == found.updated_at > found.sent_at
    assert as_it_was.corrected is None
    assert as_it_was.updated_at == found.sent_at


def test_the_same_words_are_no_correction(ready: Engine) -> None:
    """They are not kept twice, and nobody is told of a change."""
    send(ready, "2021-01", study("first"))
    assert not correct(ready, "2021-01", study("first"))
    with reading(ready) as connection:
        found = archive.find(connection, JANUARY)
    assert found is not None
    assert (found.version, found.corrections) == (1, ())


def test_a_later_correction_keeps_the_earlier_ones_mark(ready: Engine) -> None:
    """Each summary names the correction that changed it; the month names both, latest first."""
    send(ready, "2021-01", study("first"), study("second"))
    correct(ready, "2021-01", study("first", "Mended"), study("second"), note="One.")
    correct(ready, "2021-01", study("first", "Mended"), study("second", "Too"), note="Two.", days=5)
    with reading(ready) as connection:
        found = archive.find(connection, JANUARY)
    assert found is not None
    assert [one.note for one in found.corrections] == ["Two.", "One."]
    assert [one.corrected and one.corrected.note for one in found.summaries] == ["One.", "Two."]


@pytest.mark.parametrize(
    "renamed",
    [
        study("new-name", citation=study("first").citation),
        study("new-name", "First", citation=None),
        study("new-name", citation=replace(study("first").citation, doi=None)),  # type: ignore[type-var]
    ],
    ids=["same DOI", "same title", "same reference"],
)
def test_an_address_that_was_leads_to_the_one_that_is(ready: Engine, renamed: object) -> None:
    """A summary whose file was renamed is the one it was: by DOI, reference or title."""
    send(ready, "2021-01", study("first"), study("second"))
    correct(ready, "2021-01", renamed, study("second"))  # type: ignore[arg-type]
    assert moved(ready, "first") == "new-name"
    with reading(ready) as connection:
        (one, _) = archive.summaries(connection)
    assert (one.summary.slug, one.origin) == ("new-name", "first")


def test_an_address_is_followed_through_many_corrections(ready: Engine) -> None:
    """Each name it ever had leads to the last one."""
    names = ("one", "two", "three")
    cited = study("one").citation
    send(ready, "2021-01", study("one"))
    for days, name in enumerate(names[1:], 1):
        correct(ready, "2021-01", study(name, citation=cited), days=days)
    assert [moved(ready, name) for name in names] == ["three", "three", "three"]


def test_what_was_taken_out_is_gone_but_not_forgotten(ready: Engine) -> None:
    """Its address is known to have been one of the month's."""
    send(ready, "2021-01", study("first"), study("second"))
    correct(ready, "2021-01", study("second"))
    assert moved(ready, "first") == ""
    assert moved(ready, "never") is None
    assert titles(ready) == ["Second"]


def test_a_name_that_changes_hands_keeps_two_lives_apart(ready: Engine) -> None:
    """A new summary under another's old name is not taken for it."""
    send(ready, "2021-01", study("first"))
    moved_on = study("second", citation=study("first").citation)
    newcomer = study("first", citation=Citation("Other, B. (2019). Else.", "10.1000/else"))
    correct(ready, "2021-01", moved_on, newcomer)
    with reading(ready) as connection:
        origins = {one.summary.slug: one.origin for one in archive.summaries(connection)}
    assert origins["second"] == "first"
    assert origins["first"] not in ("first", "second")


def test_topics_have_their_latest_names(ready: Engine) -> None:
    """Renamed in between, a topic is one; each summary keeps the name of its day."""
    send(ready, "2020-12", study("old", topics=(replace(TRAINING, name="Trainings"),)))
    send(ready, "2021-01", study("new"))
    with reading(ready) as connection:
        assert shelves.topics(connection) == {TRAINING: 2}
        named = [one.summary.topics[0].name for one in archive.summaries(connection)]
    assert named == ["Training", "Trainings"]


def test_lists_are_cut_into_pages(ready: Engine) -> None:
    """Newest month first, in the order they were sent; a page begins where the last one ended."""
    for month in ("2020-12", "2021-01"):
        send(ready, month, study(f"a-{month}"), study(f"b-{month}", topics=(ATTACHMENT,)))
    with reading(ready) as connection:
        slugs = [
            [one.summary.slug for one in archive.summaries(connection, offset=at, limit=3)]
            for at in (0, 3)
        ]
        on_topic = archive.summaries(connection, shelves.on_topic("attachment"))
        of_type = archive.summaries(connection, shelves.of_type("none"))
    assert slugs == [["a-2021-01", "b-2021-01", "a-2020-12"], ["b-2020-12"]]
    assert [one.summary.slug for one in on_topic] == ["b-2021-01", "b-2020-12"]
    assert of_type == []


def test_a_page_costs_the_same_few_statements(ready: Engine) -> None:
    """However many months it names."""
    for number in range(1, 13):
        send(ready, f"2021-{number:02}", study("first"), study("second"))
    counts = []
    for limit in (1, 12):
        statements: list[str] = []
        event.listen(ready, "before_cursor_execute", lambda *a, s=statements: s.append(a[2]))
        with reading(ready) as connection:
            assert len(archive.recent(connection, limit)) == limit
        counts.append(len(statements))
    assert counts == [4, 4]


def test_months_tell_when_they_changed(ready: Engine) -> None:
    """When they were sent, or corrected since."""
    send(ready, "2021-01", study("first"))
    send(ready, "2021-02", study("second"))
    correct(ready, "2021-01", study("first", "Mended"))
    with reading(ready) as connection:
        changed = archive.months(connection)
    assert list(changed) == [FEBRUARY, JANUARY]
    assert changed[FEBRUARY] == day_of(FEBRUARY)
    assert changed[JANUARY] > day_of(JANUARY)


def test_a_mailing_without_kept_words_is_passed_over(ready: Engine) -> None:
    """One that was sent before words were kept is not in the archive, and breaks nothing."""
    number = freeze(ready, "2021-01", study("first"))
    with writing(ready) as connection:
        texts.discard(connection, number)
    start(ready, "2021-01")
    assert titles(ready) is None
    with reading(ready) as connection:
        assert archive.recent(connection, 12) == []


def test_places_tell_when_each_summary_changed(ready: Engine) -> None:
    """Where every summary stands, with the moment of its own last change."""
    send(ready, "2021-01", study("first"), study("second"))
    freeze(ready, "2021-02", study("waiting"))
    correct(ready, "2021-01", study("first", "Mended"), study("second"))
    with reading(ready) as connection:
        found = {slug: moment for _, slug, moment in archive.places(connection)}
    assert found.keys() == {"first", "second"}
    assert found["first"] > found["second"] == day_of(JANUARY)


def test_what_the_archive_does_not_show_is_no_correction(ready: Engine) -> None:
    """A mended subject or preheader is an inbox's affair: readers are told of no change."""
    number = freeze(ready, "2021-01", study("first"))
    start(ready, "2021-01")
    said = Issue(JANUARY, (study("first"),), subject="Mended", preheader="Mended, too")
    with writing(ready) as connection:
        assert not texts.keep(connection, number, said, ["…"], "en", day_of(JANUARY), revision=2)
