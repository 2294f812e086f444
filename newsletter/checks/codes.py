"""The register: every code a finding can have, how grave it is, and what it means.

The page docs/checks.md is written from it. A code never changes its meaning: people silence codes
and scripts look for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.model import Level


@dataclass(frozen=True, slots=True)
class Code:
    """`level` is the usual one; `others` are those it has in some cases, as the meaning says."""

    level: Level
    meaning: str
    others: tuple[Level, ...] = ()

    @property
    def levels(self) -> tuple[Level, ...]:
        """Every level it can have, the usual one first."""
        return (self.level, *self.others)


def _error(meaning: str, *others: Level) -> Code:
    return Code("error", meaning, others)


def _warning(meaning: str, *others: Level) -> Code:
    return Code("warning", meaning, others)


def _info(meaning: str, *others: Level) -> Code:
    return Code("info", meaning, others)


FIELDS: Mapping[str, Code] = {
    "title": _error("The title is missing, or isn't one text."),
    "citation": _error("The citation isn't one text."),
    "author": _error("The author isn't one text."),
    "research-type": _error("The research type isn't one text."),
    "subject": _error("The subject isn't one text."),
    "preheader": _error("The preheader isn't one text."),
    "topics": _error("Topics aren't a list of words."),
    "no-topics": _info("It is filed under no topic, so nobody's choice brings it to the top."),
    "many-topics": _warning("So many topics that a reader's choice says nothing any more."),
    "unknown-topic": _error("No such topic in the taxonomy. The nearest one is named."),
    "duplicate-topic": _warning("One topic stands twice."),
    "unknown-research-type": _error(
        "No such research type in the taxonomy. The nearest one is named."
    ),
    "no-research-type": _info("The kind of study isn't given."),
    "status": _error(
        "Neither `draft` nor `ready`; or none given, and then it counts as ready.", "warning"
    ),
    "unknown-field": _error("A field that doesn't exist. The nearest one is named."),
    "duplicate-field": _error("One field stands twice."),
    "front-matter": _error("The fields can't be read. The hint says which line likely caused it."),
    "no-front-matter": _error("The file doesn't begin with fields between two lines of `---`."),
    "cut-value": _warning("What follows ` #` in a field is a comment, and not shown."),
    "silence": _warning("A `silence` that can't be: no reason, no such code, or an error."),
    "unused-silence": _warning("A `silence` of something that isn't said any more."),
}

FILES: Mapping[str, Code] = {
    "not-utf-8": _error("The file is in another encoding. Save it as UTF-8."),
    "unreadable": _error(
        "The file can't be opened: its permissions, or a link out of the content folder."
    ),
    "byte-order-mark": _info("The file begins with an invisible mark. It does no harm here."),
    "misnamed-month": _warning(
        "A folder that is meant as a month and isn't read: write `2021-03`, not `2021-3`."
    ),
    "distant-month": _warning("The month is more than a year ahead, or long past."),
    "duplicate-slug": _error("Two files of the month have the same name after their number."),
    "stray-file": _warning("A file or folder in the month that nothing reads."),
    "file-order": _warning(
        "The numbers of the files' names don't say in what order they are sent."
    ),
    "too-few": _warning(
        "Fewer ready summaries than the configuration wants. A remark where no draft is left.",
        "info",
    ),
    "too-many": _warning(
        "More ready summaries than the configuration wants. With more than eight the month can't"
        " be sent: that is an error.",
        "error",
    ),
    "repeated-title": _warning("Another summary, of this month or an earlier one, has this title."),
    "repeated-text": _warning("A paragraph stands in two places, or a sentence twice in a row."),
    "repeated-subject": _warning("An earlier month had this subject."),
}

CHARACTERS: Mapping[str, Code] = {
    "control-character": _error("A character that can't be seen and has no place here. Delete it."),
    "invisible-character": _warning("A character that can't be seen, or changes the direction."),
    "replacement-character": _warning("“�” stands where a letter was lost."),
    "mojibake": _warning("Letters were read in a wrong encoding: “â€™” instead of “’”."),
    "mixed-scripts": _warning("A word holds letters of another script that look alike."),
    "merge-marker": _error("A line that a merge left behind: `<<<<<<<`, `=======`, `>>>>>>>`."),
    "placeholder": _warning("A note to oneself was left: TODO, lorem ipsum, “[insert …]”."),
    "doubled-word": _warning("The same word twice in a row."),
    "punctuation": _warning("Marks that don't go together, or spaces where none belong."),
    "brackets": _warning("A bracket or a quotation mark without its other half."),
    "cut-off": _warning("A paragraph ends in the middle of a sentence."),
    "entity": _warning("An entity such as `&amp;` where it is shown as it was typed."),
    "misspelling": _warning("A slip that is no word of English. Only common ones are known."),
    "statistics": _warning(
        "A number that can't be: p above 1, r above 1, an interval upside down, 31 June."
    ),
}

MARKDOWN: Mapping[str, Code] = {
    "empty-body": _error("There is no text below the fields."),
    "implications": _warning(
        "No heading “Practice Implications”, nothing below it, or two of them."
    ),
    "heading-order": _warning("A heading skips a level, or takes the title's own."),
    "heading": _warning("A heading without words, or a line that is meant as one and isn't."),
    "empty-section": _warning("Nothing stands below a heading."),
    "accidental-heading": _warning(
        "A line of hyphens or equals signs below a paragraph makes it a heading."
    ),
    "unclosed-markup": _warning("Emphasis or code is opened and never closed."),
    "broken-link": _error(
        "A link that Markdown doesn't see as one, so that readers see its marks."
    ),
    "raw-html": _warning("HTML in the text is shown as it was typed."),
    "template-code": _warning("Code of a template in the text is shown as it was typed."),
    "unsupported-markup": _warning("Markup that other programs know and this one doesn't."),
    "code-block": _warning("A text is set as code, by four spaces or by a fence never closed."),
    "table": _warning("Lines meant as a table that isn't one; or one too wide for a telephone."),
    "image-alt": _error(
        "A picture without words for those who don't see it. A warning in content, where only the"
        " words are shown.",
        "warning",
    ),
    "picture": _warning("A picture that isn't there or is too large. In content it isn't shown."),
}

LINKS: Mapping[str, Code] = {
    "link-text": _warning("Words such as “click here” say nothing to who hears the links alone."),
    "bare-url": _warning("An address stands in the text where words should."),
    "ambiguous-link": _warning("The same words lead to different places."),
    "empty-link": _error("A link that leads nowhere, or has no words."),
    "relative-link": _warning("An address without `https://`: in a mail it leads elsewhere."),
    "link-scheme": _error("Only http, https and mailto work from a mail."),
    "http-link": _warning("An address that isn't encrypted."),
    "mailto": _warning("Not an address that mail can go to."),
    "malformed-link": _error("Not an address: a letter is missing, or there is a space in it."),
    "placeholder-link": _warning("An address that is only an example."),
    "tracking-link": _warning("Parameters in an address that tell where the reader came from."),
    "wrapped-link": _warning("The address of a proxy or a filter, around the one that is meant."),
    "local-link": _warning("An address that only the editor can open."),
    "doi-link": _warning("A link to doi.org that holds no DOI, or in an outdated form."),
    "dead-link": _warning("With `--online`: nothing is there any more."),
    "unreached-link": _info("With `--online`: it could not be looked at."),
    "unknown-doi": _warning("With `--online`: the resolver doesn't know this DOI."),
}

CITATIONS: Mapping[str, Code] = {
    "no-citation": _warning("The article isn't named."),
    "no-doi": _warning(
        "The citation has no DOI, so readers can't go to the study. A remark if it has a link.",
        "info",
    ),
    "doi": _error(
        "Not a DOI; or the citation and the field name different ones, and then the field counts.",
        "warning",
    ),
    "duplicate-doi": _warning(
        "The same study in an earlier month; twice in this month is an error.", "error"
    ),
    "placeholder-doi": _warning("A DOI that is only an example."),
    "citation-form": _warning("It doesn't begin with authors and a year, or is cut off."),
    "citation-year": _warning("The article is younger than the month it is summarised in."),
    "citation-authors": _warning("The text names other authors than the citation."),
    "citation-pages": _warning("The last page comes before the first."),
}

LENGTHS: Mapping[str, Code] = {
    "title-length": _warning("The title is very long, or a single word."),
    "title-form": _warning("Capitals, a full stop, quotes or markup that don't belong in a title."),
    "title-style": _info("Most titles of the month have capitals, and this one hasn't."),
    "short-text": _warning("The summary has hardly any text."),
    "long-text": _warning("The summary takes longer to read than readers have."),
    "short-implications": _warning("The practice implications are hardly a sentence."),
    "long-implications": _warning("The practice implications are longer than a summary."),
    "long-letter": _warning("The letter takes longer to read than readers have."),
    "abbreviation": _warning("An abbreviation that is never explained."),
    "capitals": _info("A word in capitals."),
    "no-subject": _error(
        "The subject is empty. A warning in `issue.md`, where the titles stand in its place.",
        "warning",
    ),
    "short-subject": _warning("The subject hardly says anything."),
    "long-subject": _warning("More than most programs show. Set a shorter one in `issue.md`."),
    "subject-form": _warning("Capitals, exclamation marks or “Re:”, as in unwanted mail."),
    "preheader-length": _warning("The preheader is longer than programs show, or hardly there."),
    "same-preheader": _warning("The preheader repeats the subject."),
    "wrong-month": _warning("The text speaks of another month than its own."),
    "wrong-count": _warning("The text speaks of another number of summaries than there are."),
}

LETTER: Mapping[str, Code] = {
    "render": _error("A template failed."),
    "html-size": _error("Gmail cuts long mails off, and the way out with them.", "warning"),
    "missing-part": _error(
        "A template leaves out what readers should get: a title, a text, a link, a greeting.",
        "warning",
    ),
    "template-leftover": _error("Code or inner values of a template stand in the letter."),
    "no-unsubscribe": _error("A template has no link to unsubscribe."),
    "no-postal-address": _warning("Many laws want one: `newsletter.postal_address`."),
    "no-preheader": _warning(
        "The letter has no line of its own for the inbox to show beside the subject."
    ),
    "no-dark-theme": _warning("The letter says nothing to dark screens, which then change it."),
    "table-role": _warning('A table that only places things, without `role="presentation"`.'),
    "no-language": _warning("The letter doesn't say what language it is in."),
    "list-headers": _error(
        "A header that mail programs need for unsubscribing isn't there, or leads where one click"
        " does nothing (`http`).",
        "warning",
    ),
    "contrast": _error("A text is hard to read on what is behind it, on light screens or dark."),
    "small-text": _warning("A text smaller than 12 pixels."),
    "client-support": _warning("Mail programs that many people use don't know this.", "info"),
    "active-content": _error("Scripts, frames and forms are removed by mail programs."),
    "remote-content": _warning("Something is fetched when the mail is opened; a tracker, perhaps."),
    "duplicate-id": _warning("Two places of the letter have one name, so links find the first."),
    "broken-anchor": _warning("A link within the letter leads to no place in it."),
    "text-form": _warning("The plain text has lines too long, or HTML left in it."),
    "spam-score": _warning("The spam filter on this machine objects. The rules are named.", "info"),
}

TEMPLATES: Mapping[str, Code] = {
    "unknown-element": _error("MJML has no such element."),
    "unknown-attribute": _error("The element has no such attribute."),
    "missing-attribute": _error("The element does nothing without this attribute."),
    "attribute-value": _error("A value that the attribute can't have: no colour, no unit."),
    "duplicate-attribute": _error("An attribute stands twice in one element."),
    "unknown-class": _error(
        "An `mj-class` that isn't defined; a `css-class` that no style names.", "warning"
    ),
    "misplaced-element": _error("The element can't stand there. The hint says where it can."),
    "misplaced-html": _error("HTML where MJML takes none."),
    "misplaced-text": _error("Text where MJML takes none: it is dropped."),
    "unknown-tag": _error("HTML has no such element."),
    "forbidden-element": _error("It exists, and can't be used here. The message says why."),
    "unbalanced": _error("An element is not closed, or closes nothing."),
    "bare-less-than": _error("A `<` that begins nothing. Write `&lt;`."),
    "style": _error("CSS that can't be read: a brace, a colon or a semicolon is missing."),
}

SITE: Mapping[str, Code] = {
    "config": _error("`config.toml` can't be used. Every command stops here."),
    "taxonomy": _error("`taxonomy.toml` can't be used."),
    "ambiguous-alias": _warning("Two topics have the same alias, so the first one gets it."),
    "settings": _warning("Settings that contradict each other, or that a letter suffers from."),
}

GROUPS: Mapping[str, Mapping[str, Code]] = {
    "The fields": FIELDS,
    "The files": FILES,
    "Letters and words": CHARACTERS,
    "Markdown": MARKDOWN,
    "Links": LINKS,
    "Citations and DOIs": CITATIONS,
    "Titles, lengths, subject": LENGTHS,
    "The letter": LETTER,
    "Templates": TEMPLATES,
    "The site": SITE,
}
"""The codes by what they are about, under the headings of the page."""

CODES: Mapping[str, Code] = {
    code: entry for group in GROUPS.values() for code, entry in group.items()
}
