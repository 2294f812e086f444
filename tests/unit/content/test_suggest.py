"""Topics and research types suggested by the words of a text."""

import pytest

from newsletter.content.suggest import likely_research_type, likely_topics, suggest_topics
from newsletter.model import ResearchType, Taxonomy, Topic

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
        ("supervisions, trainees and retraining", {}),
        ("drop-out, drop out, drop\u00a0out; dropout", {"drop-out": 3}),
        ("depressive disorder", {"depression": 1}),
        ("the PDT’s effect", {"depression": 1}),
        ("", {}),
    ],
)
def test_aliases_count_as_whole_words(text: str, counts: dict[str, int]) -> None:
    """Case, hyphens and apostrophes don't matter; a part of a word is no word."""
    assert {topic.slug: count for topic, count in suggest_topics(SMALL, text)} == counts


def test_the_most_frequent_comes_first() -> None:
    """Topics are ordered by how often they are named, then as in the taxonomy."""
    found = suggest_topics(SMALL, "depression depression training drop-out")
    assert [topic.slug for topic, _ in found] == ["depression", "training", "drop-out"]


def test_a_title_counts_more_than_the_text() -> None:
    """What the title names is suggested before what the text mentions in passing."""
    found = likely_topics(SMALL, "Drop-Out", "depression, depression")
    assert [topic.slug for topic in found] == ["drop-out", "depression"]


def test_a_single_mention_is_suggested_if_there_is_nothing_else() -> None:
    """One word is a weak sign, but better than none."""
    assert [topic.slug for topic in likely_topics(SMALL, "T", "depression")] == ["depression"]


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
