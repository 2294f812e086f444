"""Topics and research types suggested by the words of a text."""

import pytest

from newsletter.content.stems import stems
from newsletter.content.suggest import (
    likely_research_type,
    likely_topics,
    suggest_topics,
    topics_for,
)
from newsletter.model import ResearchType, Summary, Taxonomy, Topic

SMALL = Taxonomy(
    (
        Topic("training", "Training", ("supervision", "trainee")),
        Topic("drop-out", "Drop-Out", ("dropped out",)),
        Topic("depression", "Depression", ("depressive", "depressive disorder", "PDT's")),
    ),
    (
        ResearchType("meta-analysis", "Meta-analysis", ("meta-analyses",)),
        ResearchType("rct", "Randomized controlled trial", ("RCT",)),
        ResearchType("survey", "Survey"),
    ),
)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Supervision, supervision and TRAINING.", {"training": 3}),
        ("supervisions, trainees and retraining", {"training": 2}),
        ("drop-out, drop out, drop\u00a0out; dropout", {"drop-out": 3}),
        ("depressive disorder", {"depression": 1}),
        ("the PDT’s effect", {"depression": 1}),
        ("", {}),
    ],
)
def test_words_count_in_every_form(text: str, counts: dict[str, int]) -> None:
    """Case, hyphens, apostrophes and endings don't matter; a part of a word is no word."""
    assert {one.topic.slug: one.times for one in suggest_topics(SMALL, "", text)} == counts


def test_the_most_frequent_comes_first() -> None:
    """Topics are ordered by how often they are named, then as in the taxonomy."""
    found = suggest_topics(SMALL, "", "depression depression training drop-out")
    assert [one.topic.slug for one in found] == ["depression", "training", "drop-out"]


def test_the_reason_names_the_words() -> None:
    """What speaks for a topic is told, the most frequent first."""
    (found,) = suggest_topics(SMALL, "Training", "Supervision of trainees, and training, training")
    assert found.reason == "training: 3 times, supervision: once, trainee: once"


def test_several_words_weigh_more_than_one_repeated() -> None:
    """Of two topics named as often, the one with more of its words comes first."""
    found = suggest_topics(SMALL, "", "depression, depression; supervision, trainee")
    assert [one.topic.slug for one in found] == ["training", "depression"]


def test_what_is_mentioned_in_passing_is_not_suggested() -> None:
    """Beside a topic that stands there ten times, one that stands there twice is none."""
    text = "training " * 10 + "depression depression"
    assert [one.topic.slug for one in likely_topics(SMALL, "T", text)] == ["training"]


def test_topics_it_has_are_not_suggested_again() -> None:
    """Only what is new is news."""
    summary = Summary("a", "Training", "depression and depression", topics=(SMALL.topics[0],))
    assert [one.topic.slug for one in topics_for(SMALL, summary)] == ["depression"]


@pytest.mark.parametrize(
    "words",
    [
        "therapist therapists Therapist's",
        "mentalize mentalizing mentalization mentalising mentalised",
        "depression depressive depressed",
        "behaviour behavior behaviours",
        "analysis analyses",
        "study studies",
        "class classes",
        "trainee trainees",
    ],
)
def test_forms_of_a_word_have_one_stem(words: str) -> None:
    """Number, spelling and the common endings don't matter."""
    assert len(set(stems(words).words)) == 1, stems(words).words


@pytest.mark.parametrize("words", ["race racing", "hope hop", "process progress", "red read"])
def test_different_words_stay_different(words: str) -> None:
    """What only looks alike is not taken together."""
    assert len(set(stems(words).words)) == 2, stems(words).words


def test_a_title_counts_more_than_the_text() -> None:
    """What the title names is suggested before what the text mentions in passing."""
    found = likely_topics(SMALL, "Drop-Out", "depression, depression")
    assert [one.topic.slug for one in found] == ["drop-out", "depression"]


def test_a_single_mention_is_suggested_if_there_is_nothing_else() -> None:
    """One word is a weak sign, but better than none."""
    found = likely_topics(SMALL, "T", "depression")
    assert [one.topic.slug for one in found] == ["depression"]


@pytest.mark.parametrize(
    ("citation", "text", "slug"),
    [
        ("A meta-analysis of randomized controlled trials.", "", "meta-analysis"),
        ("A randomized controlled trial.", "This survey", "rct"),
        ("A study.", "In this large survey people were asked.", "survey"),
        ("A study.", "This survey followed this meta-analysis.", None),
        ("A study.", "Many a survey was made.", None),
    ],
)
def test_a_research_type_is_guessed_only_if_clear(
    citation: str, text: str, slug: str | None
) -> None:
    """The citation decides; a text only if it names one kind as its own."""
    found = likely_research_type(SMALL, citation, text)
    assert (found.slug if found else None) == slug
