"""The taxonomy file, and looking things up in it."""

from pathlib import Path

import pytest

from newsletter.content.sample import sample_folder
from newsletter.content.taxonomy import (
    find_research_type,
    find_topic,
    load_taxonomy,
    nearest_research_type,
    nearest_topic,
    taxonomy_of,
)
from newsletter.errors import ConfigError
from newsletter.model import Taxonomy

GOOD = '[[topic]]\nslug = "trauma"\nname = "Trauma"\n'

NAMES_ON_THE_BLOG = """
Adherance
Alliance and Therapeutic Relationship
Anxiety Disorders
Attachment
Attendance, Attrition, and Drop-Out
Client Factors
Client Preferences
Cognitive Therapy (CT) and Cognitive-Behavioural Therapy (CBT)
Combination Therapy
Common Factors
Cost-effectiveness
Depression and Depressive Symptoms
Efficacy of Treatments
Empathy
Feedback and Progress Monitoring
Group Psychotherapy
Illness and Medical Comorbidities
Interpersonal Psychotherapy (IPT)
Long-term Outcomes
Medications/Pharmacotherapy
Miscellaneous
Neuroscience and Brain
Outcomes and Deterioration
Personality Disorders
Placebo Effect
Practice-Based Research and Practice Research Networks
Psychodynamic Therapy (PDT)
Resistance and Reactance
Self-Reflection and Awareness
Suicide and Crisis Intervention
Termination
Therapist Factors
Training
Transference and Countertransference
Trauma and/or PTSD
Treatment Length and Frequency
""".strip().splitlines()


@pytest.mark.parametrize("name", NAMES_ON_THE_BLOG)
def test_every_name_on_the_blog_is_found(taxonomy: Taxonomy, name: str) -> None:
    """Each topic the blog lists is found by the name it has there, each a topic of its own."""
    found = find_topic(taxonomy, name)
    assert found is not None
    assert find_topic(taxonomy, found.name) == find_topic(taxonomy, found.slug) == found


def test_the_sample_holds_the_blogs_topics_and_no_other(taxonomy: Taxonomy) -> None:
    """The sample's topics are the blog's, one for each of its names."""
    found = {topic.slug for name in NAMES_ON_THE_BLOG if (topic := find_topic(taxonomy, name))}
    assert found == {topic.slug for topic in taxonomy.topics}
    assert len(found) == len(NAMES_ON_THE_BLOG)


def test_every_topic_stands_under_a_heading(taxonomy: Taxonomy) -> None:
    """No topic of the sample is without a group and a line about it for the form."""
    assert all(topic.group and topic.description for topic in taxonomy.topics)


@pytest.mark.parametrize("text", ["adherence", "Adherence", "ADHERANCE", " adherance\u00a0"])
def test_case_and_spacing_do_not_matter(taxonomy: Taxonomy, text: str) -> None:
    """A topic is found by slug, name or alias in any case, with stray spaces."""
    found = find_topic(taxonomy, text)
    assert found is not None
    assert found.slug == "adherence"


def test_a_slug_wins_over_another_topics_alias(tmp_path: Path) -> None:
    """Where a word is one topic's alias and another's slug, the slug decides."""
    path = tmp_path / "taxonomy.toml"
    path.write_text(
        '[[topic]]\nslug = "a"\nname = "A"\naliases = ["b"]\n[[topic]]\nslug = "b"\nname = "B"\n'
    )
    found = find_topic(load_taxonomy(path), "b")
    assert found is not None
    assert found.slug == "b"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("traning", "training"),
        ("client-factor", "client-factors"),
        ("trauma", "trauma-and-ptsd"),
        ("psychodinamic", "psychodynamic-therapy"),
    ],
)
def test_the_nearest_topic_is_the_one_meant(taxonomy: Taxonomy, text: str, slug: str) -> None:
    """A slip of the pen leads to the topic that was meant."""
    near = nearest_topic(taxonomy, text)
    assert near is not None
    assert near.slug == slug


def test_nothing_is_near_to_nonsense(taxonomy: Taxonomy) -> None:
    """A word like none of ours has no nearest topic."""
    assert nearest_topic(taxonomy, "zzzqqq") is None


def test_research_types_are_found_and_guessed_alike(taxonomy: Taxonomy) -> None:
    """Research types have the same look-up as topics."""
    found = find_research_type(taxonomy, "RCT")
    near = nearest_research_type(taxonomy, "surveys")
    assert found is not None
    assert near is not None
    assert (found.slug, near.slug) == ("randomized-controlled-trial", "survey")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + GOOD, "slug “trauma” stands twice"),
        (GOOD + '[[topic]]\nslug = "t2"\nname = "TRAUMA"\n', "name “TRAUMA” stands twice"),
        ('[[topic]]\nname = "Trauma"\n', "topic 1: slug is missing"),
        ('[[topic]]\nslug = "trauma"\n', "topic 1 “trauma”: name is missing"),
        ('[[topic]]\nslug = "Trauma!"\nname = "T"\n', "slug can't be used"),
        (f'[[topic]]\nslug = "{"t" * 101}"\nname = "T"\n', "slug can't be used"),
        (GOOD + 'alias = ["x"]\n', "there is no field “alias”"),
        (GOOD + 'aliases = "x"\n', "aliases must be a list"),
        (GOOD + "group = 3\n", "group must be text"),
        (GOOD + "description = 3\n", "description must be text"),
        ('[[topics]]\nslug = "x"\n', "there is no table “topics”"),
        ("topic = 3\n", "must be written as [[topic]]"),
        ("[[topic]\n", "taxonomy.toml"),
    ],
)
def test_a_faulty_file_names_entry_and_field(tmp_path: Path, text: str, said: str) -> None:
    """What is missing, misspelt or twice is refused with the file, the entry and the field."""
    path = tmp_path / "taxonomy.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_taxonomy(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    """A content folder without taxonomy is refused with a hint."""
    with pytest.raises(ConfigError, match="no taxonomy at"):
        load_taxonomy(tmp_path / "taxonomy.toml")


def test_a_folder_without_taxonomy_borrows_the_samples(tmp_path: Path) -> None:
    """For an import into a new folder the sample's taxonomy serves."""
    assert taxonomy_of(tmp_path) == load_taxonomy(sample_folder() / "taxonomy.toml")
