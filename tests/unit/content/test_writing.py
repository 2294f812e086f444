"""Found summaries become files: to the letter, all or none, never over others unasked."""
# ruff: noqa: E501 -- tables of odd lines

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml.html import fragment_fromstring
from markdown_it import MarkdownIt

from newsletter.content import writing
from newsletter.content.blog import read_page
from newsletter.content.lines import Line
from newsletter.content.markdown import escaped, paragraphs
from newsletter.content.months import check_month, read_month
from newsletter.content.page import FoundMonth, FoundSummary, Page
from newsletter.content.study import Study
from newsletter.content.writing import write_draft, write_months
from newsletter.errors import ContentError, OutsideError, UsageError
from newsletter.model import Month, Taxonomy

MONTH = Month(2021, 2)
PARSERS = (
    MarkdownIt("commonmark"),
    MarkdownIt("commonmark", {"html": False}).enable("table"),
    MarkdownIt("default"),
)
TRICKY = (
    "*not* emphasis, _nor_ this, but p < .05 and a<b, <b>no tag</b>", "# no heading", "#hash", "1. no list", "2) nor this",
    "- no bullet", "+ nor this", "-- dashes", "---", "===", "> no quote", "```", "~~~", "~~no strike~~", "[no](link) ![no](image)",
    "&amp; &#42; & &copy;", "a\\b \\* \\", "https://doi.org/10.1000/a_b_c", "<https://example.org>", "| a | b |", "snake_case _x", "`code`",
    "*", "_", "a * b * c", "p\u00a0<\u00a0.05", "[1]: not a definition", "=", "Title\u2028two", "5 * 3 = 15", "&lt;",
)  # fmt: skip


def page(*summaries: FoundSummary, month: Month = MONTH) -> Page:
    return Page((FoundMonth(month, summaries),))


def found(title: str = "A Title", **fields: object) -> FoundSummary:
    values = {"title": title, "line": 1, "body": (Line(2, "Text."),), **fields}
    return FoundSummary(**values)  # type: ignore[arg-type]


def letters(markdown: str, parser: MarkdownIt) -> list[str]:
    """Return the rendered paragraphs' text."""
    root = fragment_fromstring(parser.render(markdown), create_parent="div")
    return [element.text_content() for element in root.iter("p", "li")]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("text", TRICKY)
def test_special_characters_are_shown_as_they_are(text: str, parser: MarkdownIt) -> None:
    """Whatever Markdown means by a character, the reader sees the letter."""
    assert letters(escaped(text), parser) == [text]


ANY_LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60
).filter(lambda text: text == text.strip() and text.strip())
MARKS = st.text(r"*_<>[]()#-+.1~`&;!\| a=:/", min_size=1, max_size=20).filter(
    lambda t: t == t.strip()
)


@given(st.one_of(ANY_LINE, MARKS))
@example("1)")
def test_any_line_is_shown_as_it_is(text: str) -> None:
    """Escaping and rendering gives back any text."""
    for parser in PARSERS[:2]:
        assert letters(escaped(text), parser) == [text]


def test_items_become_a_list() -> None:
    """Items stay close together, and paragraphs apart."""
    lines = [Line(1, "One:"), Line(2, "- a", "item"), Line(3, "b", "item"), Line(4, "Two.")]
    assert paragraphs(lines) == "One:\n\n- \\- a\n- b\n\nTwo."


@given(
    st.one_of(ANY_LINE, MARKS),
    st.lists(st.one_of(ANY_LINE, MARKS), min_size=1, max_size=4),
    st.booleans(),
)
@settings(max_examples=50)
def test_what_is_written_is_read_to_the_letter(title: str, texts: list[str], cited: bool) -> None:
    """Title, citation, DOI, body and implications come back from the file as they were."""
    import tempfile

    lines = tuple(Line(n, text) for n, text in enumerate(texts, 1))
    citation = f"Adler, A. (2020). {title} https://doi.org/10.1000/a" if cited else None
    doi = "10.1000/a" if cited else None
    summary = found(title, body=lines, implications=lines, citation=citation, doi=doi)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_months(page(summary), root, Taxonomy())
        result = read_month(root, MONTH, Taxonomy())
    (read,) = result.issue.summaries
    assert [f for f in result.findings if f.code != "no-topics"] == []
    assert read.title == title
    assert (read.citation.text if read.citation else None) == citation
    assert (read.citation.doi if read.citation else None) == doi
    assert letters(read.body, PARSERS[0]) == letters(read.implications, PARSERS[0]) == texts


def test_names_are_numbers_and_titles(root: Path, taxonomy: Taxonomy) -> None:
    """Files are numbered in the page's order and named by their titles."""
    titles = (
        "The COVID-19 Telepsychology Revolution",
        "Therapist’s Well-Being?",
        "Ça va",
        "?",
        "Ça va",
    )
    written = write_months(page(*map(found, titles)), root, taxonomy)
    assert [one.path.name for one in written] == [
        "01-the-covid-19-telepsychology-revolution.md", "02-therapists-well-being.md", "03-ca-va.md",
        "04-summary.md", "05-ca-va-2.md",
    ]  # fmt: skip


def test_an_imported_page_is_clean(root: Path, taxonomy: Taxonomy) -> None:
    """What is imported passes the check, with topics and research type suggested."""
    lines = ("May 2020", "Training and Supervision", "Adler, A. (2020). A survey. Journal, 1, 2. doi:10.1000/a",
             "Training and supervision were studied.", "Practice Implications", "Supervision helps.")  # fmt: skip
    (written,) = write_months(read_page("\n".join(lines)), root, taxonomy)
    folder = check_month(root, Month(2020, 5), taxonomy, minimum=1, maximum=3)
    (summary,) = folder.issue.summaries
    assert folder.findings == ()
    assert [topic.slug for topic in summary.topics] == [topic.slug for topic in written.topics]
    assert summary.topics[0].slug == "training"
    assert summary.research_type is not None
    assert summary.research_type.slug == "survey"
    assert "please check" in written.path.read_text("utf-8")


def test_nothing_is_written_over_unasked(root: Path, taxonomy: Taxonomy) -> None:
    """A file in the way stops everything before anything is written, and is named."""
    (one,) = write_months(page(found("One")), root, taxonomy)
    one.path.write_text("mine")
    with pytest.raises(ContentError) as caught:
        write_months(page(found("Zero"), found("One")), root, taxonomy)
    assert one.path.name in caught.value.message
    assert "--force" in caught.value.hint
    assert one.path.read_text() == "mine"
    assert [path.name for path in one.path.parent.iterdir()] == [one.path.name]


def test_force_writes_over_the_same_summary(root: Path, taxonomy: Taxonomy) -> None:
    """With force the file of that title is written anew, under the number it has."""
    (one,) = write_months(page(found("One")), root, taxonomy)
    one.path.write_text("mine")
    written = write_months(page(found("Zero"), found("One")), root, taxonomy, force=True)
    assert [item.path.name for item in written] == ["01-zero.md", "01-one.md"]
    assert "title: One" in one.path.read_text()


def test_a_failing_disk_leaves_nothing(
    root: Path, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If one file can't be written, none is, and no folder or temporary file stays."""
    stage = writing._stage
    calls = []

    def failing(path: Path, text: str) -> Path:
        calls.append(path)
        if len(calls) == 2:
            raise OSError(28, "No space left on device", str(path))
        return stage(path, text)

    monkeypatch.setattr(writing, "_stage", failing)
    with pytest.raises(OutsideError, match="No space left"):
        write_months(page(found("One"), found("Two")), root, taxonomy)
    assert list(root.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_refused(root: Path, taxonomy: Taxonomy) -> None:
    """A content folder that is a file is a usage error."""
    path = root / "file"
    path.write_text("x")
    with pytest.raises(UsageError, match="no folder"):
        write_months(page(found()), path, taxonomy)
    assert path.read_text() == "x"


def test_files_are_readable_by_others(root: Path, taxonomy: Taxonomy) -> None:
    """Written files have the mode of ordinary files."""
    (one,) = write_months(page(found()), root, taxonomy)
    assert os.stat(one.path).st_mode & 0o777 == 0o644  # noqa: PTH116


def test_a_draft_is_the_months_last_file(root: Path, taxonomy: Taxonomy) -> None:
    """A new draft takes the next number, holds its DOI, and is no error."""
    write_months(page(found("One")), root, taxonomy)
    path = write_draft(root, MONTH, Study("10.1000/a", "Two: a title"), taxonomy)
    folder = read_month(root, MONTH, taxonomy)
    (draft,) = folder.drafts
    assert path.name == "02-two-a-title.md"
    assert draft.title == "Two: a title"
    assert draft.citation is not None
    assert draft.citation.doi == "10.1000/a"
    assert "error" not in {finding.level for finding in folder.findings}


def test_drafts_without_title_get_different_names(root: Path) -> None:
    """Two drafts about which nothing is known yet don't get in each other's way."""
    names = [write_draft(root, MONTH, Study(""), Taxonomy()).name for _ in range(2)]
    assert names == ["01-new-summary.md", "02-new-summary-2.md"]


def test_a_draft_holds_what_is_known_of_its_study(root: Path, taxonomy: Taxonomy) -> None:
    """Title and citation come back to the letter; topics and kind are suggested by them."""
    citation = "Adler, A. (2020). “Training”: a survey of #things. Journal, 1, 2–3."
    study = Study("10.1000/a", "Training: 'what' it {does} & more - [really]", citation)
    write_draft(root, MONTH, study, taxonomy)
    (draft,) = read_month(root, MONTH, taxonomy).drafts
    assert draft.title == study.title
    assert draft.citation is not None
    assert draft.citation.text == citation
    assert [topic.slug for topic in draft.topics] == ["training"]
    assert draft.research_type is not None
    assert draft.research_type.slug == "survey"
