"""Blog pages saved as text: what is found on them, and what is said about the rest."""
# ruff: noqa: E501 -- a line of a page stays a line here

from pathlib import Path

import pytest

from newsletter.content.blog import read_page
from newsletter.content.page import FoundSummary, Page, Role
from tests.support.absent import absent

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "pprnet-blog.txt"

HEAD = [
    "Blog",
    "A network writes here about practice implications of research.",
    "Topics",
    "- Training",
]
CITE_A = "Adler, A., & Bo, B. (2020). A study of things. Journal of Things, 1, 2-3. https://doi.org/10.1000/a"
CITE_B = "Cruz, C.D. (2019). Other things. Journal of Others, 4, 5-6."
BODY_A = (
    "Things were studied by many people in many places. The effect was small (g = 0.2, p < .05)."
)
BODY_B = "Other things were studied as well. They turned out to be much like the first ones, on the whole."
IMPL_A = "Clinicians might think of things now and then. It does no harm."
IMPL_B = "Other things deserve a thought as well. Ask about them."
PI = "Practice Implications"
A = ["What Things Do", CITE_A, BODY_A, PI, IMPL_A]
B = ["Why Other Things Matter", CITE_B, BODY_B, PI, IMPL_B]


def page(*lines: str, head: list[str] | None = None) -> Page:
    return read_page("\n".join([*(HEAD if head is None else head), *lines]))


def summaries(found: Page) -> list[FoundSummary]:
    return [summary for month in found.months for summary in month.summaries]


def texts(summary: FoundSummary) -> tuple[str, str | None, list[str], list[str]]:
    body, implications = summary.body, summary.implications
    return summary.title, summary.citation, [x.text for x in body], [x.text for x in implications]


def as_expected(lines: list[str]) -> tuple[str, str | None, list[str], list[str]]:
    """Return what `texts` gives for a summary of five plain lines."""
    return lines[0], lines[1], [lines[2]], [lines[4]]


def told(found: Page, text: str) -> bool:
    """Say whether a warning quotes the line."""
    return any(text[:50] in message for _, message in found.warnings)


@pytest.fixture(scope="module")
def seed() -> Page:
    if not SEED.exists():
        absent(f"the saved blog page is not at {SEED}")
    return read_page(SEED.read_text("utf-8"))


def test_the_real_page_gives_its_months(seed: Page) -> None:
    """Three months, with one, three and two summaries, and nothing left to report."""
    counts = [(str(month.month), len(month.summaries)) for month in seed.months]
    assert counts == [("2021-02", 1), ("2021-01", 3), ("2020-12", 2)]
    assert seed.warnings == ()


def test_the_real_pages_dois_are_bare(seed: Page) -> None:
    """However the page prints them, and none where there is no citation."""
    assert [(summary.doi, summary.citation is None) for summary in summaries(seed)] == [
        (None, True),
        ("10.1002/cpp.2509", False),
        ("10.1080/10503307.2020.1762946", False),
        ("10.1080/10503307.2013.800950", False),
        ("10.1016/j.cpr.2019.101810", False),
        ("10.1038/s41746-019-0188-8", False),
    ]


def test_the_real_page_is_kept_to_the_letter(seed: Page) -> None:
    """Below the first month every line of the file stands in a summary as it is."""
    lines = SEED.read_text("utf-8").splitlines()
    below = lines[next(n for n, line in enumerate(lines) if line == "February 2021") :]
    structure = {"February 2021", "January 2021", "December 2020", PI}
    kept = []
    for summary in summaries(seed):
        title, citation, body, implications = texts(summary)
        kept += [title, *([citation] if citation else []), *body, *implications]
    assert kept == [line for line in below if line not in structure]


def test_line_numbers_are_those_of_the_file() -> None:
    """A summary's line is that of its title."""
    found = page("", "May 2020", "", *A)
    assert summaries(found)[0].line == len(HEAD) + 4


@pytest.mark.parametrize(
    "heading",
    ["February 2021", "FEBRUARY 2021", "february 2021", "Feb 2021", "Feb. 2021", "February, 2021",
     "February\u00a02021", "## February 2021", "**February 2021**", "  February   2021  ", "February 2021:"],
)  # fmt: skip
def test_a_month_may_be_written_in_many_ways(heading: str) -> None:
    """Case, short names, commas, odd spaces and light markup."""
    found = page(heading, *A)
    assert [str(month.month) for month in found.months] == ["2021-02"]
    assert texts(summaries(found)[0]) == as_expected(A)


@pytest.mark.parametrize("name", ["Jan", "Sept", "September", "May", "June", "Dec."])
def test_every_month_has_its_number(name: str) -> None:
    """Short and long names lead to the right month."""
    number = {"Jan": 1, "Sep": 9, "May": 5, "Jun": 6, "Dec": 12}[name[:3]]
    assert page(f"{name} 2019", *A).months[0].month.number == number


@pytest.mark.parametrize(
    "heading",
    ["Practice Implications", "Practice implications:", "PRACTICE IMPLICATIONS", "practice implications",
     "Practice Implications.", "Practice\u00a0Implications", "### Practice Implications", "**Practice Implications:**",
     "Practice Implication", "Practice  implications :", "Clinical Implications"],
)  # fmt: skip
def test_the_heading_may_be_written_in_many_ways(heading: str) -> None:
    """Case, colon, odd spaces and light markup don't matter."""
    found = page("May 2020", *A[:3], heading, IMPL_A, *B)
    assert [texts(summary) for summary in summaries(found)] == [as_expected(A), as_expected(B)]
    assert found.warnings == ()


@pytest.mark.parametrize(
    "mark", ["Practice implications: ", "PRACTICE IMPLICATIONS:  ", "Practice Implications – ",
             "Practice Implications. ", "Practice Implications:", "Practice Implications "]
)  # fmt: skip
def test_implications_may_follow_on_the_same_line(mark: str) -> None:
    """What follows the words on their line is the first paragraph of the implications."""
    found = page("May 2020", *A[:3], mark + IMPL_A, "More of it, in one sentence.", *B)
    first, second = summaries(found)
    assert texts(first)[3] == [IMPL_A, "More of it, in one sentence."]
    assert texts(second) == as_expected(B)


def test_a_sentence_about_implications_is_no_heading() -> None:
    """Running text that begins with the words stays text."""
    sentence = "Practice implications of this work were discussed at length by the authors."
    found = page("May 2020", *A[:3], sentence, PI, IMPL_A)
    assert texts(summaries(found)[0])[2] == [BODY_A, sentence]


@pytest.mark.parametrize(
    "again", ["What Things Do", "WHAT THINGS DO", "What  Things Do ", "What Things Do:"]
)
@pytest.mark.parametrize("citation", [[CITE_A], []])
def test_a_title_may_stand_twice(again: str, citation: list[str]) -> None:
    """A title and its repetition are one title, with or without a citation."""
    found = page("May 2020", *B, A[0], again, *citation, *A[2:])
    assert [summary.title for summary in summaries(found)] == [B[0], A[0]]
    assert texts(summaries(found)[1])[2] == [BODY_A]
    assert found.warnings == ()


def test_a_title_may_be_repeated_below_its_citation() -> None:
    """The repetition isn't taken for text there either."""
    found = page("May 2020", A[0], CITE_A, A[0], *A[2:])
    assert texts(summaries(found)[0]) == as_expected(A)


@pytest.mark.parametrize(
    ("citation", "doi"),
    [
        ("Podel, I. R., & Fo, L. A. (2018). A review. Health Psychology, 37(6), 501-515.", None),
        ("Holl, S.D. & Be, A.T. (2013). Cognitive therapies. In M.E. Lamb (Ed.), Handbook of Things,"
         " 6th Edition (pp. 393-442). New York: Wiley.", None),
        ("Adler, A. (2020). Title. Journal, 1, 2. doi:10.1000/a", "10.1000/a"),
        ("Adler, A. (2020). Title. Journal, 1, 2. DOI: 10.1000/a.", "10.1000/a"),
        ("Adler, A. (2020). Title. Journal, 1, 2. http://dx.doi.org/10.1000/a", "10.1000/a"),
        ("Adler, A. (2020). Title, Journal, https://doi.org/10.1000/S0(05)7-X.", "10.1000/S0(05)7-X"),
        ("van der Bo, K.\u00a0A. (in press). Title. Journal.", None),
        ("Lo Co, G., … & Öz, Ü. (2020, May 4). Title. Journal. Advance online publication.", None),
        ("American Psychological Association. (2019). Guidelines for things. Author.", None),
        ("O’Ne, P.-J., D'Amb, R., et al. (2011a) Title of it. Journal.", None),
        ("Smith-Jones, A., ... & Karek, M. (2020). Title. Review, 75, https://doi.org/10.1000/a.", "10.1000/a"),
        ("Summ EM, Morr RC. A survey of things. Clin Psychol. 2020;27:1-10.", None),
        ("Lamb, M. J., 2013. The efficacy of things. In: Handbook, Wiley.", None),
        ("https://doi.org/10.1000/a", "10.1000/a"),
        ("Adler, A. & Bo, B. Title without a year. Journal, doi: 10.1000/a", "10.1000/a"),
    ],
)  # fmt: skip
def test_citations_of_many_kinds_are_known(citation: str, doi: str | None) -> None:
    """Articles and chapters, with and without DOI, in the first place of a month and after others."""
    found = page("May 2020", A[0], citation, *A[2:], B[0], citation, *B[2:])
    assert [(s.title, s.citation, s.doi) for s in summaries(found)] == [
        (A[0], citation, doi),
        (B[0], citation, doi),
    ]
    assert found.warnings == ()


@pytest.mark.parametrize(
    "sentence",
    ["In their study, Adler and colleagues (2020) asked many people about things.",
     "Adler et al. (2020) found that things matter, which was news to some.",
     "However, in 2019 the authors looked again. They saw nothing new (Bo, 2018)."],
)  # fmt: skip
def test_text_that_names_a_study_is_text(sentence: str) -> None:
    """A year in brackets makes no citation of running text."""
    found = page("May 2020", A[0], sentence, PI, IMPL_A)
    assert texts(summaries(found)[0]) == (A[0], None, [sentence], [IMPL_A])


def test_a_citation_may_go_on_below() -> None:
    """An address on a line of its own belongs to the citation above it."""
    found = page("May 2020", A[0], CITE_B, "https://doi.org/10.1000/x", *A[2:])
    (summary,) = summaries(found)
    assert (summary.citation, summary.doi) == (f"{CITE_B} https://doi.org/10.1000/x", "10.1000/x")


def test_a_citation_at_the_end_is_adopted_and_said() -> None:
    """A lone reference below the implications is the summary's, and a warning says so."""
    found = page("May 2020", A[0], *A[2:], CITE_A, *B)
    assert [summary.doi for summary in summaries(found)] == ["10.1000/a", None]
    assert len(found.warnings) == 1


def test_a_label_before_a_citation_is_no_part_of_it() -> None:
    """ "Reference:" is not printed in the mail."""
    found = page("May 2020", A[0], f"Reference: {CITE_A}", *A[2:])
    assert texts(summaries(found)[0]) == as_expected(A)


def test_several_paragraphs_stay_several() -> None:
    """Bodies and implications keep their paragraphs, also where the next title must be told."""
    more = [
        "A second paragraph says more about it.",
        "And a third ends with a question, does it not?",
    ]
    found = page("May 2020", A[0], CITE_A, BODY_A, *more, PI, IMPL_A, *more, B[0], *B[2:])
    first, second = summaries(found)
    assert texts(first)[2:] == ([BODY_A, *more], [IMPL_A, *more])
    assert texts(second) == (B[0], None, [BODY_B], [IMPL_B])


@pytest.mark.parametrize(
    "title",
    ["Are Things Useful?", "Things: A New Look", "“Things” at Work", "What Works (and What Doesn’t)",
     "eHealth for Everybody", "12 Things to Know", "Things!", "Things", "Does It Matter Who the Therapist Is?"],
)  # fmt: skip
def test_titles_without_citation_are_told_by_shape(title: str) -> None:
    """Short, no sentence, text below: whatever mark it ends with."""
    found = page("May 2020", *A, title, *B[2:], *A)
    assert [summary.title for summary in summaries(found)] == [A[0], title, A[0]]
    assert found.warnings == ()


def test_a_title_like_a_sentence_is_told_by_its_citation() -> None:
    """A full stop at its end doesn't hide a title that has its citation below."""
    found = page("May 2020", *A, "Other Things Matter.", *B[1:])
    assert [summary.title for summary in summaries(found)] == [A[0], "Other Things Matter."]
    assert texts(summaries(found)[0]) == as_expected(A)


def test_a_summary_without_implications_is_kept_and_said() -> None:
    """Its citation shows where it begins; a warning at its title says what is missing."""
    found = page("May 2020", *A[:3], *B)
    first, second = summaries(found)
    assert texts(first) == (A[0], CITE_A, [BODY_A], [])
    assert texts(second) == as_expected(B)
    assert found.warnings == ((first.line, f"“{A[0]}” has no practice implications"),)


@pytest.mark.parametrize("between", [[""], ["", "", ""], ["\t"], ["\u00a0"], [" \u200b"]])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_blank_lines_and_line_ends_change_nothing(between: list[str], end: str, mark: str) -> None:
    """Blank or seemingly blank lines between everything, Windows line ends, a byte order mark."""
    lines = [*HEAD, "May 2020", *A, *B]
    spread = [line for one in lines for line in (one, *between)]
    found = read_page(mark + end.join(spread))
    assert [texts(summary) for summary in summaries(found)] == [as_expected(A), as_expected(B)]
    assert found.warnings == ()


def test_odd_spaces_within_a_text_are_kept() -> None:
    """A no-break space, a tab and a run of spaces within a paragraph stay to the letter."""
    body = "It was small (p\u00a0<\u00a0.05),\tand  it lasted; see <b> & *that* [1]."
    found = page("May 2020", f"  {A[0]}\u00a0", CITE_A, f"\t{body}  ", PI, IMPL_A)
    assert texts(summaries(found)[0]) == (A[0], CITE_A, [body], [IMPL_A])


FOOT = [
    "Read more", "Share this:", "Share on Facebook", "Tweet", "Older posts", "« Older posts", "Next page »", "1 2 3 … 12", "1 2 3 … 12 Next", "First 1 2 Last",
    "Page 2 of 12", "© 2021 A University", "Copyright 2021. All rights reserved.", "Back to top", "No comments",
    "Leave a comment", "Posted in Training", "Tags: training, things", "Contact us", "Privacy policy", "Twitter",
    "Archives", "May 2020 (3)",
]  # fmt: skip


@pytest.mark.parametrize("line", FOOT)
def test_what_stands_around_the_text_is_known(line: str) -> None:
    """Sharing, paging, filing and the foot are no text, between summaries or after the last."""
    found = page("May 2020", *A, line, *B, line)
    assert [texts(summary) for summary in summaries(found)] == [as_expected(A), as_expected(B)]
    assert found.warnings == ()


def test_a_whole_foot_is_left_out() -> None:
    """Nothing of the page's foot gets into the last summary."""
    found = page("May 2020", *A, *FOOT)
    assert [texts(summary) for summary in summaries(found)] == [as_expected(A)]
    assert found.warnings == ()


def test_unknown_lines_of_the_foot_are_reported() -> None:
    """What stands below the foot's first line and isn't known is named with its line."""
    strange = ["Faculty of Things, 1 Example Street, Ottawa.", "A Strange Line"]
    found = page("May 2020", *A, "Share this", *strange)
    assert texts(summaries(found)[0]) == as_expected(A)
    assert [line for line, _ in found.warnings] == [len(HEAD) + 8, len(HEAD) + 9]
    assert all(told(found, line) for line in strange)


def test_a_stray_line_between_summaries_is_reported() -> None:
    """A short line that is no title of anything is named, and stays out of both summaries."""
    found = page("May 2020", *A, "A Strange Line", *B)
    assert [texts(summary) for summary in summaries(found)] == [as_expected(A), as_expected(B)]
    assert told(found, "A Strange Line")


def test_a_label_is_reported() -> None:
    """Topics printed with a summary are no text; the editor is told of them."""
    found = page("May 2020", A[0], "Topics: Training, Things", *A[1:])
    assert texts(summaries(found)[0]) == as_expected(A)
    assert told(found, "Topics: Training")


def test_a_month_without_summaries_is_reported() -> None:
    """An empty month is named with its line and makes no month."""
    found = page("May 2020", "April 2020", *A)
    assert [str(month.month) for month in found.months] == ["2020-04"]
    assert [line for line, _ in found.warnings] == [len(HEAD) + 1]


def test_a_list_of_archives_makes_no_months() -> None:
    """Month names in a row are links, in the head as in the foot."""
    archive = ["June 2020", "May 2020", "April 2020", "March 2020"]
    found = page(
        *archive, "About our newsletter and its readers, in a sentence.", "May 2020", *A, *archive
    )
    assert [(str(month.month), len(month.summaries)) for month in found.months] == [("2020-05", 1)]
    assert found.warnings == ()


def test_a_month_that_stands_twice_is_one() -> None:
    """Summaries under two headings of the same month come together."""
    found = page("May 2020", *A, "May 2020", *B)
    assert [len(month.summaries) for month in found.months] == [2]


def test_a_summary_above_the_first_month_is_reported() -> None:
    """Nobody can know its month; each of its lines is named."""
    found = page(*A, "May 2020", *B)
    assert [summary.title for summary in summaries(found)] == [B[0]]
    assert all(told(found, line) for line in A)


@pytest.mark.parametrize("text", ["", "\n\n", "Nothing here", "\ufeff"])
def test_a_page_without_months_says_so(text: str) -> None:
    """No month, no summary, one warning."""
    found = read_page(text)
    assert found.months == ()
    assert found.warnings == ((1, "no month heading such as “February 2021” was found"),)


def test_two_headings_without_a_title_between_are_reported() -> None:
    """Where the second title is missing all is kept in one summary, and the place is named."""
    found = page("May 2020", *A, BODY_B, PI, IMPL_B)
    (summary,) = summaries(found)
    assert texts(summary)[3] == [IMPL_A, BODY_B, IMPL_B]
    assert any("is a title missing?" in message for _, message in found.warnings)


def test_items_of_a_list_are_items() -> None:
    """Bullets become list items; they never begin a summary."""
    found = page("May 2020", *A[:4], "Clinicians can:", "- Listen well", "• Ask often", *B)
    first = summaries(found)[0]
    assert [(x.text, x.kind) for x in first.implications] == [
        ("Clinicians can:", "text"), ("Listen well", "item"), ("Ask often", "item"),
    ]  # fmt: skip
    assert summaries(found)[1].title == B[0]


def test_a_page_broken_at_a_width_is_put_together() -> None:
    """A page saved with lines of some 72 characters gives whole paragraphs again."""
    import textwrap

    long = " ".join([BODY_A] * 4)
    blocks = [*HEAD, "May 2020", A[0], CITE_A, long, PI, " ".join([IMPL_A] * 3), *B]
    wrapped = "\n\n".join(
        textwrap.fill(block, 72, break_on_hyphens=False, break_long_words=False) for block in blocks
    )
    found = read_page(wrapped)
    assert texts(summaries(found)[0])[1:3] == (CITE_A, [long])
    assert texts(summaries(found)[1]) == as_expected(B)


def test_the_head_is_furniture() -> None:
    """All above the first month is the page's head, though it speaks of practice implications."""
    found = page("May 2020", *A)
    assert [line.text for line, role in found.placed if role is Role.FURNITURE] == [
        "Blog", "A network writes here about practice implications of research.", "Topics", "Training",
    ]  # fmt: skip


QUESTION = (
    "Things were counted by many people in many places for a year, and few were found. "
    "But does that mean that things don't matter?"
)


def test_a_short_text_that_ends_with_a_question_is_text() -> None:
    """Without a citation, the line above it is the title, and it is the body."""
    (found,) = summaries(page("May 2020", A[0], QUESTION, PI, IMPL_A))
    assert texts(found) == (A[0], None, [QUESTION], [IMPL_A])


@pytest.mark.parametrize("before", [[], A])
def test_a_question_below_a_title_opens_the_text(before: list[str]) -> None:
    """The title is the line above, though the question is nearer to the text."""
    lines = ["Why Other Things Matter", "But do they matter?", BODY_B, PI, IMPL_B]
    found = summaries(page("May 2020", *before, *lines))[-1]
    assert texts(found) == (lines[0], None, [lines[1], BODY_B], [IMPL_B])


@pytest.mark.parametrize("title", ["e-Therapy for Sleep", "mHealth at Work"])
def test_a_title_may_begin_with_a_small_letter_that_belongs_to_a_capital(title: str) -> None:
    """It begins a summary, and doesn't end the one above it."""
    found = summaries(page("May 2020", *A, title, BODY_B, PI, IMPL_B))
    assert [one.title for one in found] == [A[0], title]


def test_a_title_with_a_full_stop_that_stands_twice_is_one() -> None:
    """Its first line doesn't go to the summary above."""
    title = "Why Other Things Matter."
    found = summaries(page("May 2020", *A, title, title, BODY_B, PI, IMPL_B))
    assert texts(found[0]) == as_expected(A)
    assert texts(found[1]) == (title, None, [BODY_B], [IMPL_B])


def test_a_long_paragraph_that_begins_with_a_hash_keeps_it() -> None:
    """`# ` marks a heading only before something as short as one."""
    body = "# " + BODY_A * 4
    (found,) = summaries(page("May 2020", A[0], CITE_A, body, PI, IMPL_A))
    assert texts(found)[2] == [body]


@pytest.mark.parametrize("heading", ["May 2020 Blog", "Blog – May 2020", "MAY, 2020:"])
def test_a_month_heading_may_name_the_blog(heading: str) -> None:
    """People write it in many ways."""
    (month,) = page(heading, *A).months
    assert str(month.month) == "2020-05"
