"""An Issue and a key become an Edition."""

import os
import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

import newsletter
from newsletter.config import Settings
from newsletter.errors import RenderError
from newsletter.model import Citation, EditionKey, Issue, Summary, Topic
from newsletter.rendering.lint import lint_composed
from newsletter.rendering.places import packaged_templates, template_folders
from newsletter.rendering.render import Renderer
from newsletter.slots import TOKENS, Slot, split, text_value, token

ALL = EditionKey((0, 1, 2))
MIXED = EditionKey((1,), (0, 2))
BRIEF = EditionKey((), (0, 1, 2))


def with_first(issue: Issue, **changes: object) -> Issue:
    first = replace(issue.summaries[0], **changes)  # type: ignore[arg-type]
    return replace(issue, summaries=(first, *issue.summaries[1:]))


def override(site: Path, name: str, text: str) -> Path:
    path = site / "templates" / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("key", [ALL, MIXED, BRIEF], ids=str)
def test_every_slot_can_be_filled(renderer: Renderer, issue: Issue, key: EditionKey) -> None:
    """After Jinja, MJML and premailer each token is still there to be cut at, in both documents."""
    edition = renderer.render(issue, key)
    assert set(split(edition.html)[1]) == set(Slot)
    assert set(split(edition.text)[1]) == set(Slot)


@pytest.mark.parametrize("key", [ALL, MIXED, BRIEF], ids=str)
def test_the_sample_has_no_findings(renderer: Renderer, issue: Issue, key: EditionKey) -> None:
    """Our own templates pass our own lint."""
    assert lint_composed(renderer.compose(issue, key)) == []


def test_three_full_summaries_are_far_from_being_clipped(renderer: Renderer, issue: Issue) -> None:
    """Three long summaries stay well under Gmail's limit."""
    long = with_first(issue, body="A sentence of ten words that says not much. " * 60)
    long = replace(
        long, summaries=tuple(replace(s, body=long.summaries[0].body) for s in issue.summaries)
    )
    assert len(renderer.render(long, ALL).html.encode()) < 60_000


def test_rendering_twice_gives_the_same(renderer: Renderer, issue: Issue) -> None:
    """The same month and key give the same bytes."""
    assert renderer.render(issue, MIXED) == renderer.render(issue, MIXED)


def test_headings_are_real(renderer: Renderer, issue: Issue) -> None:
    """One h1; a summary's title is an h2, its practice implications an h3."""
    html = renderer.render(issue, ALL).html
    assert html.count("<h1") == 1
    assert html.count("<h2") == 1 + len(issue.summaries)
    assert html.count("<h3") == len(issue.summaries)


def test_layout_is_no_table_of_data(renderer: Renderer, issue: Issue) -> None:
    """Every table that only lays out says so; the language is told."""
    html = renderer.render(with_first(issue, body="x"), EditionKey((0, 1), (2,))).html
    assert html.count("<table") == html.count('role="presentation"') - html.count(
        '<td align="center" bgcolor="#ffffff" role="presentation"'
    )
    assert '<html lang="en" dir="ltr"' in html


def test_a_language_from_right_to_left(renderer: Renderer, issue: Issue) -> None:
    """The direction follows the edition's language."""
    assert 'dir="rtl"' in renderer.render(issue, EditionKey((0,), (), "ar")).html


def test_all_links_work_from_a_mail(renderer: Renderer, issue: Issue) -> None:
    """Links are absolute, mail addresses, or anchors that are in the mail."""
    html = renderer.render(issue, MIXED).html
    anchors = set(re.findall(r' id="([^"]+)"', html))
    for href in re.findall(r'href="([^"]+)"', html):
        assert href.startswith(("https://", "mailto:")) or href.removeprefix("#") in anchors


def test_in_this_issue_marks_the_readers_topics(renderer: Renderer, issue: Issue) -> None:
    """Where something is in brief, what is on the reader's topics says so in a word."""
    assert renderer.render(issue, MIXED).html.count("your topic<") == 1
    assert "(1 min, your topic)" in renderer.render(issue, MIXED).text.replace("\n   ", " ")
    assert "your topic" not in renderer.render(issue, ALL).text


def test_briefs_lead_to_the_web(renderer: Renderer, issue: Issue) -> None:
    """A summary in brief has a link to its page, the reason, and a link to change it."""
    for document in (renderer.render(issue, MIXED).html, renderer.render(issue, MIXED).text):
        assert "https://digest.example.org/archive/2021-01/workplace-well-being" in document
        assert "outside your topics" in document
        assert document.count(TOKENS["preferences_url"]) == 2
    assert "harassment" not in renderer.render(issue, MIXED).html


def test_a_doi_stands_once_in_the_text(renderer: Renderer, issue: Issue) -> None:
    """The plain text has the DOI's link once, on a line of its own."""
    text = renderer.render(issue, ALL).text
    assert text.count("10.1002/cpp.2509") == 1
    assert "https://doi.org/10.1080/10503307.2013.800950" in text.splitlines()


def filled(text: str) -> str:
    literals, slots = split(text)
    values = (text_value(slot, "value") for slot in slots)
    return literals[0] + "".join(a + b for a, b in zip(values, literals[1:], strict=True))


@pytest.mark.parametrize("key", [ALL, MIXED, BRIEF], ids=str)
def test_the_text_reads_as_written_by_hand(
    renderer: Renderer, issue: Issue, key: EditionKey
) -> None:
    """No line over 72 columns, no runs of blank lines, no markup, no space at a line's end."""
    text = filled(renderer.render(issue, key).text)
    assert "\n\n\n" not in text
    assert not any(line != line.rstrip() for line in text.splitlines())
    assert all(len(line) <= 72 for line in text.splitlines())
    assert not re.search(r"\*\*|</?(p|em|a|div|td|br)\b|&\w+;|\u00a0", text)


def test_the_greeting_brings_its_own_space(renderer: Renderer, issue: Issue) -> None:
    """Without a name nothing is left where the greeting would stand."""
    text = renderer.render(issue, ALL).text
    assert "\n\n" in text.replace(token(Slot.GREETING), "")
    assert "\n\n\n" not in text.replace(token(Slot.GREETING), "")
    assert "\n\n\n" not in text.replace(token(Slot.GREETING), "Dear Anna,\n\n")


def test_the_editors_subject_and_preheader_win(renderer: Renderer, issue: Issue) -> None:
    """What issue.md says stands, on one line."""
    edition = renderer.render(
        replace(issue, subject="How\nare you?", preheader="Three studies"), ALL
    )
    assert edition.subject == "How are you?"
    assert ">Three studies" in edition.html


def test_a_subject_of_our_own_begins_with_what_is_in_full(renderer: Renderer, issue: Issue) -> None:
    """The subject names the reader's own summary first."""
    assert renderer.render(issue, EditionKey((2,), (0, 1))).subject == (
        "January 2021: Can Therapists Train to Improve their Capacity to… – and 2 more"
    )


@pytest.mark.parametrize(
    "title", ["{{7*7}}", "{% include x %}", "<b>bold</b>", "a </mj-text> b", "x & <y>"]
)
def test_content_is_never_evaluated(renderer: Renderer, issue: Issue, title: str) -> None:
    """A title that looks like a template or a tag is shown as it was typed."""
    hostile = with_first(
        issue,
        title=title,
        body=title,
        author=title,
        topics=(Topic("x", title),),
        citation=Citation(title),
    )
    edition = renderer.render(hostile, ALL)
    assert edition.html.count(escape(title, quote=False)) >= 5
    assert "49" not in edition.subject
    assert title in edition.text
    assert "<b>" not in edition.html


def test_control_characters_do_no_harm(renderer: Renderer, issue: Issue) -> None:
    """A control character in the content is dropped before MJML meets it."""
    edition = renderer.render(with_first(issue, title="a\x00\x1b[31mb\ufffe", body="x\x0by"), ALL)
    assert "a[31mb" in edition.text
    assert "xy" in edition.html


def test_a_slots_mark_in_the_content_is_refused(renderer: Renderer, issue: Issue) -> None:
    """A text that would be cut at is an error that names its file, not a reader's data."""
    with pytest.raises(RenderError) as caught:
        renderer.render(with_first(issue, title=f"x {token(Slot.ADDRESS)}"), ALL)
    assert caught.value.file == "content/2021-01/01-workplace.md"


def test_a_slots_mark_made_of_entities_is_refused(renderer: Renderer, issue: Issue) -> None:
    """What only becomes a mark in Markdown is found too."""
    with pytest.raises(RenderError, match="mark of a reader"):
        renderer.render(with_first(issue, body="zq7slot&#97;ddress7qz"), ALL)


def test_a_site_changes_one_part(renderer: Renderer, settings: Settings, issue: Issue) -> None:
    """A partial of the site's own stands in for the packaged one; the rest stays."""
    override(settings.site, "partials/foot.txt", "Bye. {{ slots.unsubscribe_url }}")
    text = Renderer(settings).render(issue, ALL).text
    assert text.endswith(f"Bye. {TOKENS['unsubscribe_url']}\n")
    assert "In this issue" in text


def test_the_sites_templates_come_first(tmp_path: Path) -> None:
    """The order of look-up: the site, then what comes with the program."""
    assert template_folders(tmp_path) == (tmp_path / "templates", packaged_templates())
    assert (packaged_templates() / "email" / "digest" / "body.mjml").is_file()


def test_a_wheels_templates_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed, the templates lie inside the package."""
    (tmp_path / "_templates").mkdir()
    monkeypatch.setattr(newsletter, "__file__", str(tmp_path / "__init__.py"))
    assert packaged_templates() == tmp_path / "_templates"


def test_what_a_loop_repeats_is_told_once(settings: Settings, issue: Issue) -> None:
    """A fault in the partial of a summary is one finding, however many summaries there are."""
    packaged = (packaged_templates() / "email/partials/summary.mjml").read_text("utf-8")
    override(settings.site, "partials/summary.mjml", packaged.replace("mj-class=", "mj-clas=", 1))
    assert len(lint_composed(Renderer(settings).compose(issue, ALL))) == 1


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("<mj-raw></mj-raw>\n{{ nobody }}", 2, "nobody"),
        ("\n\n{% if %}", 3, "Expected an expression"),
        ("<mj-raw></mj-raw>\n\n{{ 1 // 0 }}", 3, "ZeroDivisionError"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
        ("\n{% include 'email/none.mjml' %}", 2, "email/none.mjml"),
    ],
)
def test_a_template_error_tells_file_and_line(
    settings: Settings, issue: Issue, text: str, line: int, message: str
) -> None:
    """Whatever fails in a template is told with its file and line."""
    path = override(settings.site, "partials/foot.mjml", text)
    with pytest.raises(RenderError, match=message) as caught:
        Renderer(settings).render(issue, ALL)
    assert (caught.value.file, caught.value.line) == (str(path), line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<mj-section>\n{% if true %}\n<mj-colum></mj-colum>\n{% endif %}\n</mj-section>", 3),
        ("{% for n in [1, 2] %}\n\n<mj-raw><div></mj-raw>\n{% endfor %}", 3),
    ],
)
def test_an_mjml_error_tells_the_templates_line(
    settings: Settings, issue: Issue, text: str, line: int
) -> None:
    """What MJML refuses in the composed document is told by the template it came from."""
    path = override(settings.site, "partials/foot.mjml", text)
    with pytest.raises(RenderError) as caught:
        Renderer(settings).render(issue, ALL)
    assert (caught.value.file, caught.value.line) == (str(path), line)


def test_check_tells_what_mjml_lets_pass(settings: Settings, issue: Issue) -> None:
    """An attribute that doesn't exist is found in the partial that holds it."""
    packaged = (packaged_templates() / "email/partials/foot.mjml").read_text("utf-8")
    path = override(settings.site, "partials/foot.mjml", packaged.replace("padding=", "pading=", 1))
    findings = lint_composed(Renderer(settings).compose(issue, ALL))
    assert [(f.code, f.file, f.line) for f in findings] == [("unknown-attribute", str(path), 2)]


def test_a_changed_template_is_read_again(settings: Settings, issue: Issue) -> None:
    """One Renderer sees a template that is saved later."""
    path = override(settings.site, "digest/subject.txt", "One")
    renderer = Renderer(settings)
    assert renderer.render(issue, ALL).subject == "One"
    path.write_text("Two", "utf-8")
    os.utime(path, (1, 1))
    assert renderer.render(issue, ALL).subject == "Two"


def test_the_journal_is_in_italics(renderer: Renderer, issue: Issue) -> None:
    """The citation's journal stands out, its DOI is a link."""
    html = renderer.render(issue, ALL).html
    assert "<em>Clinical Psychology and Psychotherapy</em>" in html
    assert ">https://doi.org/10.1002/cpp.2509</a>" in html


def test_a_summary_without_anything_extra(renderer: Renderer, issue: Issue) -> None:
    """No citation, topics, type, author or implications: nothing empty is left behind."""
    bare = replace(issue, introduction="", summaries=(Summary(slug="a", title="A", body="B"),))
    edition = renderer.render(bare, EditionKey((0,)))
    assert "Practice implications" not in edition.html
    assert "Read the study" not in edition.html
    assert "Summary:" not in edition.text
    assert "\n\n\n" not in edition.text


def test_numbers_in_a_table_stay_whole(renderer: Renderer, issue: Issue) -> None:
    """A column set to the right holds numbers; on a phone, text breaks and they don't."""
    table = "| Group | M |\n|---|---:|\n| Treatment | 14.86 |\n"
    html = renderer.render(with_first(issue, body=table), ALL).html
    (cell,) = re.findall(r"<td([^>]*)>14\.86</td>", html)
    assert "white-space:nowrap" in cell


def test_minutes_add_up(renderer: Renderer, issue: Issue) -> None:
    """The masthead's minutes are the sum of those in the contents."""
    long = with_first(issue, body="word " * 660, implications="")
    text = renderer.render(long, ALL).text
    assert "(3 min)" in text
    assert "5 minutes to read" in text
