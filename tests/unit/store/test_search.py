"""Full-text search in the archive."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from newsletter.store import archive, search
from newsletter.store.engine import reading
from newsletter.store.folding import beginnings, fold, words
from tests.support.archive import ATTACHMENT, correct, freeze, send, study


def found(engine: Engine, asked: str) -> list[str]:
    with reading(engine) as connection:
        hits = search.find(connection, asked)
        slugs = [one.summary.slug for one in archive.with_numbers(connection, hits.ids)]
    assert len(slugs) == hits.total
    return slugs


def test_titles_weigh_more_than_texts(ready: Engine) -> None:
    """Title, topic, citation, text: in this order, whatever came first."""
    plain = {"body": "Nothing.", "implications": "Nothing."}
    send(
        ready,
        "2021-01",
        study("text", body="A word about alliance."),
        study("cited", citation=replace(study("x").citation, text="On alliance."), **plain),  # type: ignore[type-var]
        study("topic", topics=(replace(ATTACHMENT, name="Alliance"),), **plain),
        study("title", "The alliance", **plain),
        study("other", **plain),
    )
    assert found(ready, "alliance") == ["title", "topic", "cited", "text"]


def test_all_words_are_asked_for(ready: Engine) -> None:
    """Wherever each stands: one in the title, one in the text, one in the topics."""
    send(ready, "2021-01", study("one", "Sleep", body="About dreams."), study("two", "Sleep"))
    assert found(ready, "dreams sleep training") == ["one"]
    assert found(ready, "sleep nothing") == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Ein Café in Zürich", "cafe zurich"),
        ("Cafe\u0301", "CAFÉ"),
        ("GROSSE Wirkung", "große"),
        ("Łukasz Søren œuvre", "lukasz soren oeuvre"),
        ("a meta-analysis", "Meta-Analyses"),
        ("the therapist", "therapists"),
        ("two therapies", "therapy"),
        ("a therapy", "therapies"),
        ("une étude", "etude"),
        ("deux études", "étude"),
        ("une etude", "ÉTUDES"),
        ("many analyses", "analysis"),
        ("psychotherapeutic", "psychother"),
        ("10.1037/amp0000722", "10.1037/amp0000722"),
        ("эмпатия", "ЭМПАТ"),
    ],
)
def test_case_accents_and_number_dont_matter(ready: Engine, text: str, asked: str) -> None:
    """What a reader would call the same word is found."""
    send(ready, "2021-01", study("one", body=text), study("two"))
    assert found(ready, asked) == ["one"]


@pytest.mark.parametrize(
    "asked",
    [
        '"',
        "'",
        "*",
        "a*",
        "NEAR(a b)",
        "title:first",
        "first AND",
        "NOT first",
        "first OR",
        "-first",
        "^first",
        "{title}: first",
        "first) OR (1",
        "first'; DROP TABLE summary; --",
        ":*",
        "&|!<->",
        "\\",
        "\0",
        "%",
        "𞤀𞤣𞤤𞤢𞤥",
        "💥",
        "\ud800",
        "first " * 5000,
    ],
)
def test_no_query_language_gets_through(ready: Engine, asked: str) -> None:
    """Whatever is typed is looked for as words, and the search answers."""
    send(ready, "2021-01", study("first"), study("second"))
    assert set(found(ready, asked)) <= {"first", "second"}
    assert found(ready, "first") == ["first"]


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=st.text(max_size=40))
def test_every_text_can_be_asked(ready: Engine, asked: str) -> None:
    """No text is an error."""
    with reading(ready) as connection:
        assert search.find(connection, asked).total == 0


def test_only_what_was_sent_is_found(ready: Engine) -> None:
    """A month that waits is not, nor what a correction took away."""
    send(ready, "2021-01", study("first", body="A platypus."))
    freeze(ready, "2021-02", study("second", body="A platypus."))
    assert found(ready, "platypus") == ["first"]
    correct(ready, "2021-01", study("first", body="An echidna."))
    assert found(ready, "platypus") == []
    assert found(ready, "echidna") == ["first"]


def test_hits_come_in_pages(ready: Engine) -> None:
    """The number of all, and a part of them; equal ones newest first."""
    for month in ("2020-11", "2020-12", "2021-01"):
        send(ready, month, study("same"))
    with reading(ready) as connection:
        pages = [search.find(connection, "same", offset=at, limit=2) for at in (0, 2)]
        months = [
            str(one.month) for page in pages for one in archive.with_numbers(connection, page.ids)
        ]
    assert [page.total for page in pages] == [3, 3]
    assert months == ["2021-01", "2020-12", "2020-11"]


def test_nothing_asked_finds_nothing(ready: Engine) -> None:
    """An empty search is not a list of everything."""
    send(ready, "2021-01", study("first"))
    assert found(ready, " . ") == []


@given(st.text())
def test_folding_is_done_once(text: str) -> None:
    """What is folded stays as it is: asked and kept words meet."""
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)


@given(st.text(min_size=1))
def test_a_word_is_one_of_its_beginnings(text: str) -> None:
    """Looking for a word finds at least the word itself."""
    for word in words(text):
        assert word.startswith(beginnings(word)[0])
        assert all(beginnings(word))
