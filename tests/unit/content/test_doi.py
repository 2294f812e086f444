"""DOIs, however they are written."""

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.content import doi

PLAIN = st.from_regex(r"10\.[0-9]{4,9}/[a-zA-Z0-9][a-zA-Z0-9._/-]{0,30}[a-zA-Z0-9]", fullmatch=True)
ODD = st.builds(
    "10.{}/{}a".format,
    st.integers(1000, 10**9 - 1),
    st.text(string.ascii_letters + string.digits + "-._;/:&=+$,#?%'!~*@", min_size=1, max_size=30),
)
FORMS = (
    "{}",
    "doi:{}",
    "DOI: {}",
    "doi {}",
    "DOI:{}.",
    "{},",
    "({})",
    "<{}>",
    "“{}”",
    " {}\u00a0",
    "[{}].",
)
ADDRESSES = (
    "https://doi.org/{}",
    "http://dx.doi.org/{}",
    "HTTPS://DOI.ORG/{}",
    "doi.org/{}",
    "https://www.doi.org/{}.",
)


@given(PLAIN, st.sampled_from(FORMS + ADDRESSES))
def test_every_way_of_writing_gives_the_bare_doi(bare: str, form: str) -> None:
    """Labels, addresses, brackets and punctuation around a DOI are dropped."""
    written = form.format(bare)
    assert doi.normalise(written) == bare
    assert doi.find(f"Journal, 1, 2-3. {written}") == bare


@given(ODD)
def test_an_address_may_be_percent_encoded(bare: str) -> None:
    """Whatever characters a DOI has, its encoded address gives them back."""
    assert doi.normalise(f"https://doi.org/{quote(bare, safe='/')}") == bare


@given(st.one_of(ODD, PLAIN, st.text(max_size=60)))
def test_what_comes_out_goes_through_unchanged(text: str) -> None:
    """Normalising twice is normalising once, and the result is a DOI on one line."""
    once = doi.normalise(text)
    if once is not None:
        assert doi.normalise(once) == once
        assert once.startswith("10.")
        assert once.isprintable()
        assert " " not in once


@pytest.mark.parametrize(
    "bare",
    [
        "10.1016/S0140-6736(05)67637-X",
        "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
        "10.1000.10/123456",
        "10.1037/a0038252",
    ],
)
@pytest.mark.parametrize("form", ["{}", "{}.", "({})", "(https://doi.org/{}).", "doi:{}"])
def test_balanced_brackets_belong_to_the_doi(bare: str, form: str) -> None:
    """A closing bracket is dropped only if none was opened within the DOI."""
    assert doi.find(form.format(bare)) == bare


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "10.1037",
        "10.12/abc",
        "https://doi.org/",
        "11.1037/x",
        "10.1037/a b",
        "10.1037/",
        "https://example.org/10.1037/amp0000722",
    ],
)
def test_what_is_no_doi_is_none(text: str) -> None:
    """Anything that isn't wholly a DOI is refused."""
    assert doi.normalise(text) is None


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (
            "See https://onlinelibrary.wiley.com/doi/full/10.1002/cpp.2509 for more.",
            "10.1002/cpp.2509",
        ),
        (
            "https://journals.sagepub.com/doi/10.1177/0003065120?journalCode=apa",
            "10.1177/0003065120",
        ),
        (
            "https://www.frontiersin.org/articles/10.3389/fpsyg.2020.00001/full",
            "10.3389/fpsyg.2020.00001",
        ),
        ("Psychology, 75, https://doi.org/10.1016/j.cpr.2019.101810.", "10.1016/j.cpr.2019.101810"),
        ("23, 526-538, DOI: 10.1080/10503307.2013.800950", "10.1080/10503307.2013.800950"),
        ("r = 110.1234/5", None),
        ("no identifier here", None),
    ],
)
def test_a_doi_is_found_within_a_text(text: str, bare: str | None) -> None:
    """The first DOI of a longer text is found, in a publisher's address too."""
    assert doi.find(text) == bare
