"""What changed in a month, for somebody to read."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Citation, Issue, Month, Summary, Topic
from newsletter.studio.changes import Part, parts, pieces

ONE = Summary(
    "one", "First", "Some words stand here.", "Do this.", Citation("A. (2020).", "10.1/x")
)
TWO = Summary("two", "Second", "Other words.")
BEFORE = Issue(Month(2021, 1), (ONE, TWO), subject="Hello", introduction="A word.")


def changed(after: Issue, pairs: dict[str, Summary] | None = None) -> tuple[Part, ...]:
    same = {one.slug: one for one in BEFORE.summaries}
    return parts(BEFORE, after, same if pairs is None else pairs)


def with_first(**fields: object) -> Issue:
    return replace(BEFORE, summaries=(replace(ONE, **fields), TWO))  # type: ignore[arg-type]


def test_nothing_changed() -> None:
    """The same words are no change, whatever file they stand in."""
    assert changed(BEFORE) == ()


def test_a_word_in_a_text() -> None:
    """The summary and the text are named; the words that went and came stand between the others."""
    (part,) = changed(with_first(body="Some words lie here."))
    assert part.heading == "1. First"
    (change,) = part.changes
    assert change.what == "Text"
    assert [(one.kind, one.text) for one in change.pieces] == [
        ("same", "Some words "),
        ("gone", "stand"),
        ("new", "lie"),
        ("same", " here."),
    ]


def test_every_field_is_compared() -> None:
    """Title, citation, DOI, topics and author as well as the words."""
    (part,) = changed(
        with_first(
            title="New",
            implications="Do that.",
            citation=Citation("B. (2020).", "10.1/y"),
            topics=(Topic("training", "Training"),),
            author="Ada",
        )
    )
    named = [change.what for change in part.changes]
    assert named == ["Title", "Practice implications", "Citation", "DOI", "Topics", "Author"]


def test_the_month_s_own_words() -> None:
    """Subject, preheader and introduction stand under the month."""
    (part,) = changed(replace(BEFORE, subject="Good day", preheader="New"))
    assert (part.heading, [one.what for one in part.changes]) == (
        "The month",
        ["Subject", "Preheader"],
    )


def test_one_came_and_one_went() -> None:
    """A summary that is new, and one that was left out, are named once each."""
    after = replace(BEFORE, summaries=(ONE, Summary("three", "Third", "Words.")))
    found = changed(after, {"one": ONE})
    said = [(one.heading, one.note) for one in found]
    assert said == [("2. Third", "new"), ("Second", "left out")]


def test_another_order() -> None:
    """Summaries that changed places are no other summaries."""
    assert changed(replace(BEFORE, summaries=(TWO, ONE))) == (Part("The order", note="changed"),)


def test_a_file_of_another_name() -> None:
    """A summary that is known by its study is the same under another slug."""
    after = with_first(slug="renamed", title="New")
    (part,) = changed(after, {"renamed": ONE, "two": TWO})
    assert [one.what for one in part.changes] == ["Title"]


def test_what_is_far_from_a_change_is_a_gap() -> None:
    """Of a long text one reads the place, not the whole."""
    words = [f"word{number}" for number in range(200)]
    later = [*words[:100], "changed", *words[101:]]
    found = list(pieces(" ".join(words), " ".join(later)))
    assert [one.kind for one in found] == ["gap", "same", "gone", "new", "same", "gap"]
    assert sum(len(one.text.split()) for one in found) < 40


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_nothing_is_lost(before: str, after: str) -> None:
    """Without gaps, what stayed and what went is the old text; what stayed and came, the new."""
    found = list(pieces(before, after))
    if all(one.kind != "gap" for one in found):
        old = "".join(one.text for one in found if one.kind in ("same", "gone"))
        new = "".join(one.text for one in found if one.kind in ("same", "new"))
        assert (old, new) == (before.strip(), after.strip())
