"""What is unusual and right gets no word, and what is wrong gets one: no echo of it elsewhere."""

from pathlib import Path

import pytest

from newsletter import proofreading
from newsletter.checks.french import is_french
from newsletter.model import Month
from tests.integration.checks.test_spoiled_files import P1, P2, SUBJECT, TODAY
from tests.integration.checks.test_spoiled_letters import BODY, override
from tests.support.spoiled import (
    FIRST,
    ISSUE,
    MONTH,
    Change,
    add,
    each,
    edit,
    make_site,
    settings_of,
)

OLD_DOI = "10.1002/(SICI)1097-4679(199601)52:1<3::AID-JCLP1>3.0.CO;2-L"
FRENCH = (
    "L'alliance se noue aussi à travers l'écran : c'est ce que disent 312 psychologues ; leur âge "
    "moyen était de 43,7 ans (*r* = 0,61, *p* < 0,001). Peut-on s'y fier ? Les auteurs le croient."
)


def below(words: str) -> Change:
    """Add a block below the first paragraph of a body."""
    return add(FIRST, f"\n\n{words}", P1)


def cited(words: str) -> Change:
    """Write the year of the citation otherwise."""
    return edit(FIRST, "(2020). A survey", f"({words}). A survey")


SOUND = {
    "an old DOI with brackets": each(
        edit(FIRST, "doi: 10.1002/cpp.2509", f"doi: {OLD_DOI}"),
        edit(FIRST, "doi.org/10.1002/cpp.2509", f"doi.org/{OLD_DOI}"),
    ),
    "a DOI with semicolons": each(
        edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1176/appi.ps.52;3"),
        edit(FIRST, "doi.org/10.1002/cpp.2509", "doi.org/10.1176/appi.ps.52;3"),
    ),
    "a DOI as an address": edit(FIRST, "doi: 10", "doi: https://doi.org/10"),
    "a year with a letter": cited("2020a"),
    "an article in press": cited("in press"),
    "statistics": below(
        "It held (*t*(57) = −2.10, *F*(2,118) = 4.31, *d* = 0.52, 95% CI [0.31, 0.73], *p* < .001),"
        " though χ²(3, *N* = 90) = 7.81, *p* = .05 and 1,734 patients (± 2) leave (a) doubt and "
        "(b) hope; *OR* = 1.45 (95% CI: 1.10–1.92)."
    ),
    "points by hand": below(
        "They tried 1) a letter, 2) a call (from the clinic), and (3) a visit."
    ),
    "points in brackets": below("They tried three things (namely: a) a letter, b) a call)."),
    "hyphens that hang": below("There were pre- and post-tests, two- to three-hour groups."),
    "studies in brackets": below(
        "Others found this too (Smith & Jones, 2018; O’Neil et al., 2015)."
    ),
    "an explanation in commas": below(
        "EMDR, eye movement desensitization and reprocessing, was left out; EMDR is rare there."
    ),
    "a list": below("Three took part:\n\n- psychologists;\n- counsellors;\n- assistants."),
    "a narrow table": below("| Group | Mean |\n|---|---:|\n| Psychologists | 3.1 |"),
    "money": below("A year of it costs $1,200 to $1,500, and saves $300 a month."),
    "French": below(FRENCH),
    "implications underlined": edit(
        FIRST, "## Practice Implications", "Practice Implications\n---------------------"
    ),
    "implications in capitals": edit(
        FIRST, "## Practice Implications", "### PRACTICE IMPLICATIONS:"
    ),
    "headings below the implications": edit(
        FIRST, "For individuals the advice", "\n\n### For individuals\n\nFor them the advice"
    ),
    "headings in the text": edit(FIRST, P2, f"## Method\n\nA few words.\n\n### Sample\n\n{P2}"),
    "a subject that asks": edit(ISSUE, SUBJECT, "Who cares for the carers? What $1 buys"),
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_site(tmp_path)


@pytest.mark.parametrize("change", SOUND.values(), ids=SOUND)
def test_what_is_unusual_and_right_gets_no_word(site: Path, change: Change) -> None:
    """Neither the file nor the letters made of it have any finding, not even a remark."""
    change(site)
    assert proofreading.check(settings_of(site), Month.parse(MONTH), TODAY) == ()


ALONE = {
    "placeholder": below("TODO: look up [INSERT NUMBER] again."),
    "template-code": below("Dear *|FNAME|*, this is for you."),
    "merge-marker": below("<<<<<<< HEAD"),
    "raw-html": below('See <script>alert(1)</script> and <iframe src="https://a.org/x"></iframe>.'),
    "broken-link": below("See [the staff survey](https://www.nhs.uk/a b) for more."),
    "link-scheme": below("See [the staff survey](ftp://ftp.nhs.uk/x.pdf) for more."),
    "malformed-link": below("See [the staff survey](htp://www.nhs.uk/x) for more."),
    "broken-anchor": below("See [the staff survey](#survey) for more."),
    "heading-order": below("## Method\n\nA few words.\n\n#### Sample\n\nA few more."),
    "code-block": below("    " + "It was a long line of words that nobody wraps. " * 3),
    "research-type": edit(FIRST, "research_type: survey", "research_type: [survey, experiment]"),
    "settings": edit("config.toml", 'name = "Practice Research Digest"', 'name = ""'),
    "unknown-element": override(BODY, each(*(edit(BODY, "mj-body", "mj-bod") for _ in range(2)))),
}


@pytest.mark.parametrize(("code", "change"), ALONE.items(), ids=ALONE)
def test_a_fault_is_said_once_and_has_no_echo(site: Path, code: str, change: Change) -> None:
    """Not by another check of the file, and not by those of the letter that shows it."""
    change(site)
    found = proofreading.check(settings_of(site), Month.parse(MONTH), TODAY)
    assert [one.code for one in found if one.code != "render"] == [code]


def test_a_copied_file_is_told_by_its_doi_alone(site: Path) -> None:
    """Its title and every paragraph stand twice, too; that goes without saying."""
    month = site / "content" / MONTH
    (month / "04-a-copy.md").write_text((month / FIRST).read_text("utf-8"), "utf-8")
    codes = {one.code for one in proofreading.check(settings_of(site), Month.parse(MONTH), TODAY)}
    assert codes == {"duplicate-doi", "too-many", "wrong-count"}


@pytest.mark.parametrize(
    ("text", "french"),
    [
        ("Mentaliser : l'attachement et le bien-être", True),
        ("Qu’est-ce que l’alliance ?", True),
        ("The rôle of déjà vu in the clinic", False),
        ("p = .05", False),
    ],
)
def test_french_is_known_by_its_small_words(text: str, french: bool) -> None:
    """A few of them are enough; accents alone say nothing."""
    assert is_french(text) is french
