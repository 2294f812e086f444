"""References: the journal and the DOI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Citation
from newsletter.rendering.citations import parts
from newsletter.rendering.clean import one_line

DOI = "10.1037/x.1"


@pytest.mark.parametrize(
    ("reference", "journal"),
    [
        (
            "A, B. (2019). Stand alone apps: A review. NPJ Digital Medicine, 2, 118.",
            "NPJ Digital Medicine",
        ),
        ("A, B. (2020). What works? Psychotherapy, 55(4), 316-340.", "Psychotherapy"),
        (
            "A, B. (2010). On it. Psychotherapy: Theory, Research, Practice, Training, 47, 1-10.",
            "Psychotherapy: Theory, Research, Practice, Training",
        ),
        (
            f"A, B. (2020). Mind and therapists, Psychotherapy Research, https://doi.org/{DOI}.",
            "Psychotherapy Research",
        ),
        (
            f"A, B. (2013). A randomized trial, Psychotherapy Research, 23, 526-538, DOI: {DOI}",
            "Psychotherapy Research",
        ),
        (
            f"A, B. (2020). A survey of it. Clinical Psychology and Psychotherapy. Online first "
            f"publication: https://doi.org/{DOI}",
            "Clinical Psychology and Psychotherapy",
        ),
    ],
)
def test_the_journal_is_told_from_the_title(reference: str, journal: str) -> None:
    """The part between title and volume is the journal."""
    assert parts(Citation(reference, DOI)).journal == journal


@pytest.mark.parametrize(
    "reference",
    [
        "A, B. (2013). The efficacy of it. In C. D. Lee (Ed.), A handbook (pp. 169-218). Wiley.",
        "A, B. (2015). The Great Debate. New York: Routledge.",
        "A personal letter",
        "A, B. (2020). A title without anything after it",
        "",
    ],
)
def test_in_doubt_nothing_is_set_apart(reference: str) -> None:
    """A book, a chapter or a scrap has no journal."""
    assert parts(Citation(reference, None)).journal == ""


@pytest.mark.parametrize(
    "printed",
    [
        f"https://doi.org/{DOI}",
        f"http://dx.doi.org/{DOI}",
        f"doi:{DOI}",
        f"DOI: {DOI}",
        DOI,
        f"https://doi.org/{DOI}.",
    ],
)
def test_the_doi_is_cut_out_as_it_was_printed(printed: str) -> None:
    """However the DOI stands there, it is found, and leads to doi.org."""
    made = parts(Citation(f"A, B. (2020). On it. Psychotherapy, 5, 1. {printed}", DOI))
    assert made.reference.endswith("Psychotherapy, 5, 1. ")
    assert made.doi == printed.rstrip(".")
    assert made.rest == ""
    assert made.url == f"https://doi.org/{DOI}"


def test_an_old_doi_is_fit_for_a_link() -> None:
    """DOIs of the 1990s hold `<` and `>`, which a link can't."""
    made = parts(Citation("x", "10.1002/(SICI)1097-4679(199901)55:1<1::AID-X>3.0.CO;2-#"))
    assert "<" not in made.url


@given(st.text())
def test_nothing_is_lost(reference: str) -> None:
    """The parts together are the reference, but for its white space."""
    made = parts(Citation(reference, None))
    assert made.reference == one_line(reference)
