"""The sample months: complete, correct, and in words of our own."""

import re
from pathlib import Path

from newsletter.content.months import check_month, list_months
from newsletter.content.sample import sample_folder
from newsletter.model import Summary, Taxonomy
from tests.support.absent import absent

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "pprnet-blog.txt"
LONGEST_RUN = 8
SAMPLE = sample_folder()


def summaries(taxonomy: Taxonomy) -> list[Summary]:
    months = (check_month(SAMPLE, month, taxonomy) for month in list_months(SAMPLE))
    return [summary for month in months for summary in month.issue.summaries]


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of eight words; statistics are facts and no words."""
    words = re.findall(r"[a-z][a-z'-]+", text.lower().replace("’", "'"))
    return {tuple(words[n : n + LONGEST_RUN]) for n in range(len(words) - LONGEST_RUN + 1)}


def test_the_sample_has_nothing_to_mend(taxonomy: Taxonomy) -> None:
    """The one remark is that the newest month is short of a summary."""
    months = list_months(SAMPLE)
    found = [f for month in months for f in check_month(SAMPLE, month, taxonomy).findings]
    assert [str(month) for month in months] == ["2020-12", "2021-01", "2021-02"]
    assert [(f.level, f.code) for f in found] == [("info", "too-few")]


def test_every_sample_summary_is_complete(taxonomy: Taxonomy) -> None:
    """Each has its parts, of a length that is read in some minutes."""
    for summary in summaries(taxonomy):
        assert 250 <= len(summary.body.split()) <= 350, summary.path
        assert 80 <= len(summary.implications.split()) <= 120, summary.path
        assert summary.citation is not None
        assert summary.citation.doi is not None
        assert summary.topics
        assert summary.research_type


def test_no_sentence_is_the_blogs(taxonomy: Taxonomy) -> None:
    """No run of eight words of the sample's texts stands on the saved page."""
    if not SEED.exists():
        absent(f"the saved blog page is not at {SEED}")
    theirs = runs(SEED.read_text("utf-8"))
    for path in sorted(SAMPLE.glob("*/*.md")):
        ours = path.read_text("utf-8")
        text = re.sub(r"(?m)^citation:.*$", "", ours)
        assert not runs(text) & theirs, path
