"""Month folders become Issues, and everything wrong in them becomes a finding with its line."""

from pathlib import Path

import pytest

from newsletter.content.months import check_month, list_months, read_month
from newsletter.errors import ContentError
from newsletter.model import Finding, Month, Taxonomy

from .conftest import Write

FEBRUARY = Month(2021, 2)
FRONT = ("---", "title: A Title", "doi: 10.1000/one", "topics: [training]", "status: ready", "---")
BODY = ("", "Some text.", "", "## Practice Implications", "", "Do this.", "")
GOOD = "\n".join((*FRONT, *BODY))


def with_line(line: str, **changes: str) -> str:
    """Return a good file with one more field, or with fields changed."""
    lines = [*FRONT[:-1], line, "---"] if line else list(FRONT)
    for name, value in changes.items():
        lines = [f"{name}: {value}" if old.startswith(f"{name}:") else old for old in lines]
    return "\n".join((*lines, *BODY))


def findings(root: Path, taxonomy: Taxonomy) -> tuple[Finding, ...]:
    return read_month(root, FEBRUARY, taxonomy).findings


def only(root: Path, taxonomy: Taxonomy) -> Finding:
    found = findings(root, taxonomy)
    assert len(found) == 1, found
    return found[0]


def test_a_good_month_has_no_findings(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """A file with all its fields becomes a Summary and nothing is said."""
    path = write("2021-02/01-a-title.md", GOOD)
    folder = read_month(root, FEBRUARY, taxonomy, author="The editors")
    assert folder.findings == folder.drafts == ()
    (summary,) = folder.issue.summaries
    assert (summary.slug, summary.title, summary.author) == ("a-title", "A Title", "The editors")
    assert (summary.body, summary.implications) == ("Some text.", "Do this.")
    assert summary.citation is not None
    assert summary.citation.doi == "10.1000/one"
    assert [topic.slug for topic in summary.topics] == ["training"]
    assert summary.path == path


def test_lines_say_where_each_part_begins(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Each field's line, and that of body and implications, count from the file's first."""
    write("2021-02/01-a.md", GOOD)
    (summary,) = read_month(root, FEBRUARY, taxonomy).issue.summaries
    assert summary.lines == {
        "title": 2, "doi": 3, "topics": 4, "status": 5, "body": 8, "implications": 12,
    }  # fmt: skip


def test_order_is_that_of_the_file_names(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Summaries come by file name, whatever their titles."""
    for name in ("02-b", "10-c", "01-z"):
        write(f"2021-02/{name}.md", GOOD)
    issue = read_month(root, FEBRUARY, taxonomy).issue
    assert [summary.slug for summary in issue.summaries] == ["z", "b", "c"]


def test_drafts_stay_out_of_the_issue(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Only ready summaries are sent; drafts are kept beside."""
    write("2021-02/01-a.md", GOOD)
    write("2021-02/02-b.md", with_line("", status="draft"))
    folder = read_month(root, FEBRUARY, taxonomy)
    assert [summary.slug for summary in folder.issue.summaries] == ["a"]
    assert [summary.slug for summary in folder.drafts] == ["b"]


def test_an_unfinished_draft_is_no_error(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """What would be an error in a ready summary is at most a warning in a draft."""
    write("2021-02/01-a.md", "---\ntitle:\ndoi: x\nstatus: draft\n---\n")
    found = findings(root, taxonomy)
    assert {finding.code for finding in found} >= {"title", "doi", "empty-body"}
    assert "error" not in {finding.level for finding in found}


def test_the_number_counts_months_with_content(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """The issue's number is that of the months up to it that have a summary file."""
    for month in ("2020-11", "2021-01", "2021-02", "2021-03"):
        write(f"{month}/01-a.md", GOOD)
    (root / "2020-12").mkdir()
    write("notes/01-a.md", GOOD)
    assert list_months(root) == tuple(
        map(Month.parse, ("2020-11", "2021-01", "2021-02", "2021-03"))
    )
    assert read_month(root, FEBRUARY, taxonomy).issue.number == 3


def test_a_missing_month_names_the_nearest(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Only a month without folder raises, and says what there is."""
    write("2021-01/01-a.md", GOOD)
    with pytest.raises(ContentError) as caught:
        read_month(root, FEBRUARY, taxonomy)
    assert "2021-02" in caught.value.message
    assert "2021-01" in caught.value.hint


def test_no_content_folder_is_said_so(tmp_path: Path) -> None:
    """A content folder that isn't there is an error with a hint."""
    with pytest.raises(ContentError, match="no content folder") as caught:
        list_months(tmp_path / "nowhere")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "level", "code", "line", "said"),
    [
        (with_line("", topics="[training, traning]"), "error", "unknown-topic", 4, "`training`"),
        (with_line("research_type: surveyy"), "error", "unknown-research-type", 6, "`survey`"),
        (with_line("titel: x"), "error", "unknown-field", 6, "`title`"),
        (with_line("zzz: x"), "error", "unknown-field", 6, "known here"),
        (with_line("title: B"), "error", "duplicate-field", 6, "keep one"),
        (with_line("", doi="10.1000"), "error", "doi", 3, "looks like"),
        (with_line("", status="done"), "error", "status", 5, "status: draft"),
        (with_line("", status="x", topics="[trainng]"), "error", "unknown-topic", 4, "training"),
        (with_line("", title="null"), "error", "title", 2, "write: title"),
        (with_line("", title="[a, b]"), "error", "title", 2, "one line"),
        (with_line("", title='"a\\x07b"'), "error", "control-character", 2, "delete"),
        (with_line("", topics="[training, Training]"), "warning", "duplicate-topic", 4, "keep one"),
        (with_line("", topics="[[training]]"), "error", "topics", 4, "one-topic"),
        (with_line("", topics="{training: 1}"), "error", "topics", 4, "one-topic"),
        (with_line("", topics="[]"), "info", "no-topics", 4, "readers choose"),
        (with_line('citation: "A (2020). doi:10.1000/two"'), "warning", "doi", 3, "linked"),
        (GOOD.replace("status: ready\n", ""), "warning", "status", 1, "status: draft"),
        (GOOD.replace("## Practice", "Practice"), "warning", "implications", 10, "## Practice"),
        (GOOD.replace("Do this.", ""), "warning", "implications", 10, "below the heading"),
        (GOOD + "\n# practice implications:\nx", "warning", "implications", 14, "keep one"),
        (GOOD.split("## P")[0], "warning", "implications", 8, "## Practice Implications"),
        (GOOD.replace("Some text.", ""), "error", "empty-body", 7, "below the front matter"),
        (GOOD.replace("text", "te\x0bxt"), "error", "control-character", 8, "delete"),
        ("Just text.", "error", "no-front-matter", 1, "begin the file"),
        ("", "error", "no-front-matter", 1, "begin the file"),
        ("---\n---\ntext", "error", "title", 1, "title: "),
        ("---\ntitle: x\ntext", "error", "front-matter", 1, "three hyphens"),
        ("---\njust words\n---\n", "error", "front-matter", 2, "field on each line"),
        (with_line("", title="One: two: three"), "error", "front-matter", 2, "colon"),
        (with_line("", title="Mentalizing: a survey"), "error", "front-matter", 2, "quotes"),
        (with_line("", title='"Open'), "error", "front-matter", 2, "never closed"),
        (with_line("", title='"A" title'), "error", "front-matter", 2, "quotes"),
        (with_line("", title="@home"), "error", "front-matter", 2, "quotes"),
        (with_line("", topics="[training"), "error", "front-matter", 4, "never closed"),
        (with_line("\tauthor: x"), "error", "front-matter", 6, "tabs"),
        (with_line("author:x"), "error", "front-matter", 6, "space after the colon"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_at_its_line(
    root: Path,
    write: Write,
    taxonomy: Taxonomy,
    text: str,
    level: str,
    code: str,
    line: int,
    said: str,
) -> None:
    """Each fault gives a finding with its level, its line in the file and what to do."""
    path = write("2021-02/01-a.md", text)
    found = [f for f in findings(root, taxonomy) if (f.code, f.line) == (code, line)]
    assert [f.level for f in found] == [level], findings(root, taxonomy)
    assert said in found[0].message + found[0].hint
    assert found[0].file == str(path)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (with_line("", title="2020"), "2020"),
        (with_line("", title="2020-01-02"), "2020-01-02"),
        (with_line("", title="yes"), "yes"),
        (with_line("", title="1e3"), "1e3"),
        (with_line("", title='"One: two"'), "One: two"),
        (with_line("", title=">\n  Folded\n  over lines"), "Folded over lines"),
        (with_line("", title="|\n  Kept\n  lines"), "Kept lines"),
        (with_line("", title="\u00a0Title"), "Title"),
        (GOOD.replace("title: ", "title:\u00a0"), "A Title"),
        ("\ufeff" + GOOD, "A Title"),
        (GOOD.replace("\n", "\r\n"), "A Title"),
        ("\n\n" + GOOD, "A Title"),
        (GOOD.replace("---\n", "---  \n"), "A Title"),
    ],
)
def test_surprises_of_yaml_are_taken_kindly(
    root: Path, write: Write, taxonomy: Taxonomy, text: str, title: str
) -> None:
    """Numbers, dates, marks, Windows line ends and odd spaces give the text that was meant."""
    write("2021-02/01-a.md", text)
    folder = read_month(root, FEBRUARY, taxonomy)
    assert folder.findings == ()
    assert [summary.title for summary in folder.issue.summaries] == [title]


@pytest.mark.parametrize(
    ("topics", "slugs"),
    [
        ("training", ["training"]),
        ("training, empathy", ["training", "empathy"]),
        ("Attendance, Attrition, and Drop-Out", ["attendance-attrition-and-drop-out"]),
        ("[Adherance, CBT]", ["adherence", "cognitive-behavioural-therapy"]),
        ("\n  - training\n  - Empathy", ["training", "empathy"]),
    ],
)
def test_topics_may_be_one_text_or_a_list(
    root: Path, write: Write, taxonomy: Taxonomy, topics: str, slugs: list[str]
) -> None:
    """Slugs, names and aliases, alone or several, with commas in a name."""
    write("2021-02/01-a.md", with_line("", topics=topics))
    folder = read_month(root, FEBRUARY, taxonomy)
    assert folder.findings == ()
    assert [topic.slug for topic in folder.issue.summaries[0].topics] == slugs


def test_a_topic_in_a_list_is_found_at_its_own_line(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """In a list over several lines the finding points at the item."""
    write("2021-02/01-a.md", with_line("", topics="\n  - training\n  - nonsense-word"))
    assert only(root, taxonomy).line == 6


def test_a_doi_within_the_citation_is_taken(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """A citation that prints its DOI needs no field for it."""
    text = with_line('citation: "A (2020). T. J. DOI: 10.1000/x."').replace(
        "doi: 10.1000/one\n", ""
    )
    write("2021-02/01-a.md", text)
    folder = read_month(root, FEBRUARY, taxonomy)
    citation = folder.issue.summaries[0].citation
    assert citation is not None
    assert (citation.doi, folder.findings) == ("10.1000/x", ())


@pytest.mark.parametrize(
    "heading",
    [
        "# practice implications", "###### PRACTICE IMPLICATIONS:", "## **Practice Implications**",
        "## Practice\u00a0Implications ##", "Practice Implications\n---", "## Practice Implication",
    ],
)  # fmt: skip
def test_the_heading_may_be_of_any_level_and_case(
    root: Path, write: Write, taxonomy: Taxonomy, heading: str
) -> None:
    """Level, case, colon, emphasis and odd spaces of the heading don't matter."""
    write("2021-02/01-a.md", GOOD.replace("## Practice Implications", heading))
    folder = read_month(root, FEBRUARY, taxonomy)
    assert folder.issue.summaries[0].implications == "Do this."
    assert folder.findings == ()


def test_a_heading_in_a_code_block_is_text(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """What only looks like the heading, within code, cuts nothing."""
    code = "```\n## Practice Implications\n```\n\n## Practice Implications"
    write("2021-02/01-a.md", GOOD.replace("## Practice Implications", code))
    (summary,) = read_month(root, FEBRUARY, taxonomy).issue.summaries
    assert summary.implications == "Do this."
    assert summary.body.endswith("```")


def test_a_file_that_is_not_utf8_is_named_with_its_line(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """Bytes that are no UTF-8 give one error, at the line they stand in."""
    write("2021-02/01-a.md", GOOD.replace("Some", "Café").encode("latin-1"))
    finding = only(root, taxonomy)
    assert (finding.code, finding.line) == ("not-utf-8", 8)


def test_two_files_may_not_share_an_address(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Files whose names differ in the number only would have one address."""
    write("2021-02/01-a.md", GOOD)
    write("2021-02/02-a.md", GOOD)
    assert only(root, taxonomy).code == "duplicate-slug"


def test_other_files_are_left_alone(root: Path, write: Write, taxonomy: Taxonomy) -> None:
    """Hidden files and files of other kinds are no summaries."""
    write("2021-02/01-a.md", GOOD)
    for name in (".01-b.md", "notes.txt", "02-c.md~", ".#02-c.md"):
        write(f"2021-02/{name}", "nothing")
    assert len(read_month(root, FEBRUARY, taxonomy).issue.summaries) == 1


def test_issue_md_holds_subject_preheader_and_introduction(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """The optional file about the month as a whole is read, and its faults are found."""
    write("2021-02/01-a.md", GOOD)
    write("2021-02/issue.md", '---\nsubject: "S: x"\npreheader: P\nsubjet: y\n---\n\nHello.\n')
    folder = read_month(root, FEBRUARY, taxonomy)
    issue = folder.issue
    assert (issue.subject, issue.preheader, issue.introduction) == ("S: x", "P", "Hello.")
    assert [(f.code, f.line) for f in folder.findings] == [("unknown-field", 4)]


def test_issue_md_may_be_an_introduction_alone(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """Without front matter the whole file is the introduction."""
    write("2021-02/01-a.md", GOOD)
    write("2021-02/issue.md", "Hello.\n")
    folder = read_month(root, FEBRUARY, taxonomy)
    assert (folder.issue.introduction, folder.findings) == ("Hello.", ())


def test_a_study_of_an_earlier_month_is_noticed(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """The same DOI, in any case and writing, in an earlier month: a warning at its line."""
    write("2021-01/01-a.md", GOOD)
    write("2021-02/01-b.md", with_line("", doi="https://doi.org/10.1000/ONE"))
    write("2021-03/01-c.md", GOOD)
    folder = check_month(root, FEBRUARY, taxonomy, minimum=1, maximum=3)
    (finding,) = folder.findings
    assert (finding.level, finding.code, finding.line) == ("warning", "duplicate-doi", 3)
    assert "2021-01" in finding.message


def test_a_study_twice_in_one_month_is_an_error(
    root: Path, write: Write, taxonomy: Taxonomy
) -> None:
    """The same DOI twice in a month is a slip, of one file or the other."""
    write("2021-02/01-a.md", GOOD)
    write("2021-02/02-b.md", GOOD)
    found = check_month(root, FEBRUARY, taxonomy, minimum=1, maximum=3).findings
    assert [(one.level, one.code) for one in found] == [("error", "duplicate-doi")] * 2
    assert [one.file[-7:] for one in found] == ["01-a.md", "02-b.md"]


@pytest.mark.parametrize(("amount", "code"), [(1, "too-few"), (2, ""), (3, ""), (4, "too-many")])
def test_the_amount_is_compared_with_what_is_configured(
    root: Path, write: Write, taxonomy: Taxonomy, amount: int, code: str
) -> None:
    """Fewer or more ready summaries than configured is a warning; drafts don't count."""
    for n in range(amount):
        write(f"2021-02/{n}-s{n}.md", with_line("", doi=f"10.1000/{n}"))
    write("2021-02/9-draft.md", with_line("", doi="10.1000/9", status="draft"))
    folder = check_month(root, FEBRUARY, taxonomy, minimum=2, maximum=3)
    assert [(f.level, f.code) for f in folder.findings] == ([("warning", code)] if code else [])


def test_files_are_named_as_seen_from_here(
    root: Path, write: Write, taxonomy: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finding's file is relative to the working folder where it lies below it."""
    write("2021-02/01-a.md", "no front matter")
    monkeypatch.chdir(root.parent)
    assert only(root, taxonomy).file == "content/2021-02/01-a.md"
