"""Months with one fault in their files: each is found, named, and at its line."""

from datetime import date
from pathlib import Path

import pytest

from newsletter.checks.codes import CODES
from newsletter.checks.run import check_files
from newsletter.checks.silence import silenced
from newsletter.model import Finding, Month
from newsletter.proofreading import desk_of
from tests.support.spoiled import (
    FIRST,
    ISSUE,
    MONTH,
    SECOND,
    THIRD,
    Case,
    add,
    cut,
    delete,
    drop,
    each,
    edit,
    is_found,
    params,
    recode,
    rename,
    settings_of,
    write,
)

TODAY = date(2021, 1, 20)
TITLE = "How Are Psychological Practitioners Faring at Work?"
TOPICS = "topics: [therapist-factors, miscellaneous]"
SUBJECT = "Looking after the therapist: well-being, attachment and mentalizing"
PREHEADER = "Three studies of the person in the therapist's chair, and what helps that person last"
P1 = "Three things together make up burnout"
P2 = "Summers and colleagues set out"
LAST = "Well-being is partly a property of the workplace."


def text(words: str, code: str, at: str | None = None, file: str = FIRST) -> Case:
    """A sentence or block is added below the first paragraph of the body."""
    after = {FIRST: P1, SECOND: "Why do some therapists", THIRD: "Students of psychotherapy"}[file]
    return Case(code, file, at or words.strip("\n"), add(file, f"\n\n{words}", after))


FIELDS = [
    Case("title", FIRST, 1, edit(FIRST, "title: How Are Psychological Practitioners Faring at Work?\n", "")),
    Case("title", FIRST, 2, edit(FIRST, "title: How Are", "title: [How, Are]\nx: How Are")),
    Case("unknown-field", FIRST, "titel:", edit(FIRST, "title:", "titel:")),
    Case("unknown-field", FIRST, "reserch_type", edit(FIRST, "research_type", "reserch_type")),
    Case("unknown-field", ISSUE, "subjekt", edit(ISSUE, "subject", "subjekt")),
    Case("duplicate-field", FIRST, 6, add(FIRST, "\ntopics: [training]", "topics:")),
    Case("front-matter", FIRST, 2, edit(FIRST, "How Are", "Burnout: How Are")),
    Case("front-matter", FIRST, 5, edit(FIRST, TOPICS, "topics: [training")),
    Case("front-matter", FIRST, 5, edit(FIRST, "topics: [", "\ttopics: [")),
    Case("front-matter", FIRST, 3, edit(FIRST, 'cpp.2509"\n', "cpp.2509\n")),
    Case("front-matter", FIRST, 1, edit(FIRST, "status: ready\n---", "status: ready\n")),
    Case("no-front-matter", FIRST, 1, edit(FIRST, "---\ntitle", "title")),
    Case("unknown-topic", FIRST, 5, edit(FIRST, "miscellaneous", "miscelaneous")),
    Case("unknown-topic", FIRST, "- burn-out", edit(FIRST, TOPICS, "topics:\n- training\n- burn-out")),
    Case("duplicate-topic", FIRST, 5, edit(FIRST, "miscellaneous", "Therapist Factors")),
    Case("topics", FIRST, 5, edit(FIRST, TOPICS, "topics: {a: training}")),
    Case("no-topics", FIRST, 5, edit(FIRST, TOPICS, "topics: []")),
    Case("many-topics", FIRST, 5, edit(FIRST, "miscellaneous", "training, empathy, attachment, depression, adherence, termination")),
    Case("unknown-research-type", FIRST, 6, edit(FIRST, "research_type: survey", "research_type: surwey")),
    Case("no-research-type", FIRST, 1, edit(FIRST, "research_type: survey\n", "")),
    Case("status", FIRST, 7, edit(FIRST, "status: ready", "status: redy")),
    Case("status", FIRST, 1, edit(FIRST, "status: ready\n", "")),
    Case("cut-value", FIRST, 2, edit(FIRST, TITLE, "Working With #MeToo in the Clinic")),
    Case("author", FIRST, "author:", add(FIRST, "\nauthor: [Anna, Berta]", "status:")),
    Case("research-type", FIRST, 6, edit(FIRST, "research_type: survey", "research_type: [survey]")),
    Case("preheader", ISSUE, 3, edit(ISSUE, f'preheader: "{PREHEADER}"', "preheader: [a, b]")),
    Case("silence", FIRST, "long-text", add(FIRST, "\nsilence:\n  long-text:", "status:")),
    Case("silence", FIRST, "no-such-code", add(FIRST, "\nsilence:\n  no-such-code: because", "status:")),
    Case("silence", FIRST, "merge-marker", add(FIRST, "\nsilence:\n  merge-marker: because", "status:")),
    Case("silence", FIRST, "silence: all", add(FIRST, "\nsilence: all", "status:")),
    Case("unused-silence", FIRST, "  long-text", add(FIRST, "\nsilence:\n  long-text: it has to be", "status:")),
    Case("no-citation", FIRST, 3, edit(FIRST, 'citation: "Summers', "citation:\nauthor: \"Summers"), noisy=True),
]  # fmt: skip

FILES = [
    Case("not-utf-8", FIRST, 12, recode(FIRST, "larger scale", "larg\xe9r scale", "latin-1")),
    Case("not-utf-8", FIRST, 1, recode(FIRST, "", "", "utf-16")),
    Case("byte-order-mark", FIRST, 1, edit(FIRST, "---\ntitle", "\ufeff---\ntitle")),
    Case("duplicate-slug", "04-teaching-novice-therapists-to-mentalize.md", 1, each(write("04-teaching-novice-therapists-to-mentalize.md", "---\ntitle: Another One\nstatus: ready\n---\nText.\n")), noisy=True),
    Case("stray-file", f"content/{MONTH}/04-notes.txt", None, write(f"content/{MONTH}/04-notes.txt", "x")),
    Case("stray-file", f"content/{MONTH}/03-teaching.md.bak", None, write(f"content/{MONTH}/03-teaching.md.bak", "x")),
    Case("stray-file", f"content/{MONTH}/.04-hidden.md", None, write(f"content/{MONTH}/.04-hidden.md", "x")),
    Case("stray-file", f"content/{MONTH}/old", None, write(f"content/{MONTH}/old/04-a.md", "x")),
    Case("stray-file", f"content/{MONTH}/03-teaching.markdown", None, rename(THIRD, "03-teaching.markdown")),
    Case("file-order", "02-teaching.md", None, rename(THIRD, "02-teaching.md")),
    Case("file-order", "teaching.md", None, rename(THIRD, "teaching.md")),
    Case("file-order", "2-teaching.md", None, each(rename(FIRST, "10-how.md"), rename(THIRD, "2-teaching.md"), rename(SECOND, "3-ment.md")), "10 before 2"),
    Case("file-order", "isue.md", None, rename(ISSUE, "isue.md"), noisy=True),
    Case("too-few", f"content/{MONTH}", None, each(edit(SECOND, "status: ready", "status: draft"), edit(THIRD, "status: ready", "status: draft"))),
    Case("too-many", f"content/{MONTH}", None, add("config.toml", "\nmax_summaries = 2", "author =")),
    Case("too-few", f"content/{MONTH}", None, each(delete(SECOND), delete(THIRD))),
    Case("repeated-title", SECOND, 2, edit(SECOND, "Mentalizing, Attachment, and the Well-Being of Therapists", "Teaching Novice Therapists to Mentalize")),
    Case("repeated-title", FIRST, 2, edit(FIRST, TITLE, "Do Mental Health Apps Work on Their Own?")),
    Case("repeated-text", THIRD, "A second answer looks", add(THIRD, "\n\nA second answer looks to mentalizing, also studied as reflective functioning: the ability to see behaviour, one's own and that of others, as the work of minds that want, fear, believe and feel. Empathy and cooperation both rest on it. Brugnera and colleagues asked whether the two answers are really one. Perhaps insecure attachment harms well-being because it makes mentalizing more difficult.", "Students of psychotherapy")),
    Case("repeated-subject", ISSUE, 2, each(edit(ISSUE, f'subject: "{SUBJECT}"', "subject: Two studies of what helps"), write("content/2020-12/issue.md", "---\nsubject: Two studies of what helps\n---\n"))),
    Case("empty-body", FIRST, None, cut(FIRST, "\n---\n", "\n---\n")),
]  # fmt: skip

WORDS = [
    text("Here a letter is in\u200bvisible.", "invisible-character"),
    text("Here a word can be cut: psycho\u00adtherapy.", "invisible-character"),
    text("Here the direction \u202eis turned.", "invisible-character"),
    text("The therapist\ufffds work was lost.", "replacement-character"),
    text("The therapistâ€™s work was read wrongly.", "mojibake"),
    text("The work of MÃ¼ller was read wrongly.", "mojibake"),
    text("The \u0440atient is written with another script.", "mixed-scripts"),
    Case("mojibake", FIRST, 3, edit(FIRST, "A survey of", "A surveyâ€”of")),
    text("\x07A bell rings here.", "control-character", "A bell"),
    text("<<<<<<< HEAD\nOne.\n\n=======\nTwo.\n\n>>>>>>> other", "merge-marker", "<<<<<<< HEAD"),
    text("TODO: look up the number.", "placeholder"),
    text("Lorem ipsum dolor sit amet, consectetur.", "placeholder"),
    text("The sample had [insert number] members.", "placeholder"),
    text("The effect was ??? in the end.", "placeholder"),
    Case("placeholder", FIRST, 2, edit(FIRST, TITLE, "Title TBD")),
    text("It was found that the the effect was small.", "doubled-word"),
    text("It was found at the end of the\nthe year.", "doubled-word", "the year."),
    Case("doubled-word", ISSUE, 3, edit(ISSUE, "Three studies of the", "Three studies of the the")),
    text("It was found.. And so it was.", "punctuation"),
    text("It was found , and so it was.", "punctuation"),
    text("It was found.And so it was.", "punctuation"),
    text("It was found!! And so it was.", "punctuation"),
    text("It was found (in a trial, and so it was.", "brackets"),
    text("It was found in a trial), and so it was.", "brackets"),
    text("It was “found in a trial, and so it was.", "brackets"),
    text('It was "found in a trial, and so it was.', "brackets"),
    text("It was found in a large trial of many clients that the effect of the", "cut-off"),
    Case("cut-off", FIRST, LAST, edit(FIRST, "because a depleted therapist has less to give.", "because a depleted therapist")),
    Case("entity", FIRST, 2, edit(FIRST, "How Are Psychological", "Burnout &amp; Psychological")),
    text("Few of them looked for help. Few of them looked for help.", "repeated-text"),
    text("Clients recieved a letter.", "misspelling"),
    text("It was sent out on 31 June of that year.", "statistics"),
    text("The effect was small (*p* = 5.03).", "statistics"),
    text("The two went together (r = 1.61).", "statistics"),
    text("The effect was small (95% CI [0.75, 0.16]).", "statistics"),
    text("Of those asked, 140% of the clients had left.", "statistics"),
    text("Clients were offered EMDR in both groups.", "abbreviation"),
    text("It was tested against CBT.", "abbreviation"),
    text("The RCTs were of good quality.", "abbreviation"),
    Case("abbreviation", FIRST, 2, edit(FIRST, TITLE, "Does ACT Help Practitioners at Work?")),
    text("This is NEVER to be done.", "capitals"),
    text("The questionnaires came by mail, and the question- naires came back.", "punctuation"),
    text("This is the result (to be written), and there is more of it.", "placeholder"),
    text("They were interested in it.Some of them left.", "punctuation"),
    text("The questionaires came back.", "misspelling"),
    text("Body &amp;amp; mind belong together.", "entity"),
    text("Body &nbps; and mind belong together.", "entity"),
    text("It held (*r* = .3, *p* = .000).", "statistics"),
    text("It held (*M* = 4.1, *SD* = -2.1).", "statistics"),
    text("It held (*d* = .61, 95% CI [.70, .80]).", "statistics"),
    text("It held (*d* = .61, 195% CI [.50, .70]).", "statistics"),
    text("It held (*r* = .3, *p* = < .05).", "statistics"),
    text("It held (*r* = ,61).", "statistics"),
    text("They asked 1,60 practitioners.", "statistics"),
]  # fmt: skip

MARKDOWN = [
    Case("implications", FIRST, None, edit(FIRST, "## Practice Implications\n\n", "")),
    Case("implications", FIRST, "##Practice Implications", edit(FIRST, "## Practice", "##Practice")),
    Case("implications", FIRST, "Practice Implications", edit(FIRST, "## Practice", "Practice")),
    Case("implications", FIRST, 22, add(FIRST, "\n\n## Practice Implications\n\nAgain.")),
    Case("implications", FIRST, 18, cut(FIRST, "Implications\n", "Implications\n")),
    Case("implications", FIRST, "## Practice Implicatons", edit(FIRST, "## Practice Implications", "## Practice Implicatons")),
    Case("implications", FIRST, "## Clinical Implications", edit(FIRST, "## Practice Implications", "## Clinical Implications")),
    text("# A Heading Too High\n\nSome text.", "heading-order", "# A Heading"),
    text("#### A Heading Too Deep\n\nSome text.", "heading-order", "#### A Heading"),
    text("##\n\nSome text.", "heading", "##\n\nSome"),
    text("##Method\n\nSome text.", "heading", "##Method"),
    text("**The Method**\n\nSome text.", "heading", "**The Method**"),
    text("## Method\n\n## Results\n\nSome text.", "empty-section", "## Method"),
    text("The text ends in a line of hyphens.\n---\nAnd goes on.", "accidental-heading", "---\nAnd goes on"),
    text("The effect was **large in both groups.", "unclosed-markup"),
    text("The effect was *large in both groups.", "unclosed-markup"),
    text("The effect was large** in both groups.", "unclosed-markup"),
    text("The effect was _large in both groups.", "unclosed-markup"),
    text("The effect was `large in both groups.", "unclosed-markup"),
    text("It is in [the study](https://doi.org/10.1002/cpp.2509 and so on.", "broken-link"),
    text("It is in [the study] (https://doi.org/10.1002/cpp.2509).", "broken-link"),
    text("It is in [the study][summers] of that year.", "broken-link"),
    text("It is in [the study][] of that year.", "broken-link"),
    text("It is in [the study](https://doi.org/10.1002/cpp 2509).", "broken-link"),
    text("The effect was <b>large</b> in both.", "raw-html"),
    text("<!-- a note to myself -->", "raw-html"),
    text("One line.<br>Another line.", "raw-html"),
    text("Dear {{ name }}, read this.", "template-code"),
    text("It was found[^1] in a trial.", "unsupported-markup"),
    text("It was ~~not~~ found in a trial.", "unsupported-markup"),
    text("- [ ] ask the authors.", "unsupported-markup"),
    text("• one point\n• another point", "unsupported-markup", "• one point"),
    text("    Four spaces stand before this.", "code-block", "    Four spaces"),
    text("```\nNever closed.", "code-block", "```\nNever"),
    text("| Group | Before |\n| One | 3.1 |", "table", "| Group"),
    text("![](figure.png)", "image-alt"),
    text("![IMG_2041.jpg](figure.png)", "image-alt"),
    text("![A curve that falls](figure.png)", "picture"),
    Case("picture", FIRST, "![A curve", each(add(FIRST, "\n\n![A curve that falls](figure.png)", P1), write(f"content/{MONTH}/figure.png", b"x" * 1_100_000))),
    text("-psychologists\n-counsellors\n-assistants", "unsupported-markup", "-psychologists"),
    text("It held ($r = .61$) in all groups.", "unsupported-markup"),
    text("Dear ${name}, this is for you.", "template-code"),
    Case("template-code", ISSUE, 2, edit(ISSUE, SUBJECT, "{{ name }}, look after yourself")),
    text("| A | B | C | D | E | F | G |\n|---|---|---|---|---|---|---|\n| 1 | 2 | 3 | 4 | 5 | 6 | 7 |", "table", "| A |"),
    text("See ![a curve that falls]() there.", "picture"),
]  # fmt: skip


def link(url: str, code: str, words: str = "the study’s data") -> Case:
    """A link is added to the body."""
    return text(f"They are in [{words}]({url}).", code)


LINKS = [
    link("https://osf.io/ab12c", "link-text", "here"),
    link("https://osf.io/ab12c", "link-text", "Click here"),
    link("https://osf.io/ab12c", "link-text", "read more"),
    link("https://osf.io/ab12c", "bare-url", "https://osf.io/ab12c"),
    text("They are at https://osf.io/ab12c for all.", "bare-url"),
    text("They are at www.osf.io for all.", "bare-url"),
    text("See doi: 10.1037/pst0000172 for more.", "bare-url"),
    text("See [the data](https://osf.io/ab12c), and\n[the data](https://osf.io/xy34z).", "ambiguous-link", "[the data](https://osf.io/xy34z)"),
    link("", "empty-link"),
    link("#", "empty-link"),
    text("They are in [](https://osf.io/ab12c).", "empty-link"),
    link("www.osf.io/ab12c", "relative-link"),
    link("data/results.html", "relative-link"),
    link("javascript:alert(1)", "link-scheme"),
    link("ftp://osf.io/ab12c", "link-scheme"),
    link("tel:+16135551234", "link-scheme"),
    link("http://osf.io/ab12c", "http-link"),
    link("mailto:nobody", "mailto"),
    link("someone@osf.io", "mailto"),
    link("htp://osf.io/ab12c", "malformed-link"),
    link("https//osf.io/ab12c", "malformed-link"),
    link("https://https://osf.io/ab12c", "malformed-link"),
    link("https://osf..io/ab12c", "malformed-link"),
    link("https://osf/ab12c", "malformed-link"),
    link("https://osf.io/ab12c.", "malformed-link"),
    link("https://example.org/data", "placeholder-link"),
    link("mailto:someone@example.com", "placeholder-link"),
    link("https://osf.io/ab12c?utm_source=mail", "tracking-link"),
    link("https://www-tandfonline-com.proxy.bib.uottawa.ca/doi/full/10.1080/1", "wrapped-link"),
    link("https://www.google.com/url?q=https://osf.io/ab12c", "wrapped-link"),
    link("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fosf.io", "wrapped-link"),
    link("http://localhost:8025/archive", "local-link"),
    link("http://192.168.1.4/data", "local-link"),
    link("file:///C:/data.html", "link-scheme"),
    link("https://dx.doi.org/10.1037/pst0000172", "doi-link"),
    link("https://doi.org/pst0000172", "doi-link"),
    link("doi:10.1037/pst0000172", "doi-link"),
    Case("http-link", ISSUE, "[our page]", add(ISSUE, "\n\nMore is on [our page](http://pprnet.ca/blog).", "The new year")),
    text("See (the data)[https://www.nhs.uk/data] for more.", "broken-link"),
    link("#data", "broken-anchor"),
]  # fmt: skip

CITATIONS = [
    Case("no-citation", FIRST, 2, drop(FIRST, "citation:")),
    Case("no-doi", FIRST, 3, each(edit(FIRST, " https://doi.org/10.1002/cpp.2509\"", "\""), edit(FIRST, "doi: 10.1002/cpp.2509\n", ""))),
    Case("doi", FIRST, 4, edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1002/cpp.2905")),
    Case("doi", FIRST, 3, edit(FIRST, "doi.org/10.1002/cpp.2509", "doi.org/10.1002/cpp.25")),
    Case("doi", FIRST, 4, edit(FIRST, "doi: 10.1002/cpp.2509", "doi: cpp.2509")),
    Case("doi", FIRST, 4, edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1O02/cpp.2509")),
    Case("duplicate-doi", SECOND, 4, each(edit(SECOND, "doi: 10.1080/10503307.2020.1762946", "doi: 10.1002/cpp.2509"), edit(SECOND, "https://doi.org/10.1080/10503307.2020.1762946", "https://doi.org/10.1002/cpp.2509"))),
    Case("duplicate-doi", FIRST, 4, each(edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1038/s41746-019-0188-8"), edit(FIRST, "https://doi.org/10.1002/cpp.2509", "https://doi.org/10.1038/s41746-019-0188-8")), "in an earlier month"),
    Case("placeholder-doi", FIRST, 4, each(edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1234/abcd"), edit(FIRST, "https://doi.org/10.1002/cpp.2509", "https://doi.org/10.1234/abcd"))),
    Case("citation-form", FIRST, 3, edit(FIRST, " (2020)", "")),
    Case("citation-form", FIRST, 3, edit(FIRST, "(2020)", "(220)")),
    Case("citation-form", FIRST, 3, edit(FIRST, "Summers, E. M., Morris, R. C., Bhutani, G. E., Rao, A. S., & Clarke, J. C. (2020). A survey", "A survey (2020)")),
    Case("citation-form", THIRD, 3, edit(THIRD, " The impact of mentalization training on the reflective function of novice therapists: A randomized controlled trial. Psychotherapy Research, 23, 526–538.", "")),
    Case("citation-year", FIRST, 3, edit(FIRST, "(2020)", "(2022)")),
    Case("citation-year", FIRST, 3, edit(FIRST, "(2020)", "(2050)")),
    Case("citation-authors", FIRST, "Winters and colleagues", edit(FIRST, "Summers and colleagues", "Winters and colleagues")),
    Case("citation-pages", THIRD, 3, edit(THIRD, "526–538", "538–526")),
    Case("citation", FIRST, 3, edit(FIRST, "citation: \"", "citation:\n  text: \"")),
    Case("doi", FIRST, 4, edit(FIRST, "doi: 10.1002/cpp.2509", "doi: 10.1002/cpp.2509.")),
    Case("doi", FIRST, 4, edit(FIRST, "doi: 10.1002/cpp.2509", "doi: https://doi.org/10.1002/cpp.2509?utm_source=x")),
    Case("brackets", FIRST, 3, edit(FIRST, "(2020). A", "(2020. A")),
    Case("citation-form", FIRST, 3, edit(FIRST, "Clinical Psychology and Psychotherapy.", "*Clinical Psychology and Psychotherapy*.")),
    Case("citation-form", FIRST, 3, edit(FIRST, "https://doi.org/10", "https://doi.org/ 10")),
]  # fmt: skip

TITLES = [
    Case("title-length", FIRST, 2, edit(FIRST, TITLE, "Burnout")),
    Case("title-length", FIRST, 2, edit(FIRST, "How Are", "How " + "Very " * 25 + "Much Are")),
    Case("title-form", FIRST, 2, edit(FIRST, TITLE, "HOW ARE PRACTITIONERS FARING?")),
    Case("title-form", FIRST, 2, edit(FIRST, "Faring at Work?", "Faring at Work.")),
    Case("title-form", FIRST, 2, edit(FIRST, "How Are", "how Are")),
    Case("title-form", FIRST, 2, edit(FIRST, "Faring at Work?", "**Faring** at Work?")),
    Case("title-form", FIRST, 2, edit(FIRST, TITLE, "“How Are Practitioners Faring?”")),
    Case("title-style", FIRST, 2, edit(FIRST, TITLE, "How are psychological practitioners faring at work?")),
    Case("short-text", FIRST, 10, cut(FIRST, P2, "## Practice Implications\n\nClinicians may want to look after themselves, and after each other, all the same.\n")),
    Case("long-text", FIRST, 10, add(FIRST, "".join(f"\n\nOn day {n} there was more to say, and it was said at some length." for n in range(80)), P1)),
    Case("short-implications", FIRST, 20, cut(FIRST, LAST, "Be careful.\n")),
    Case("long-implications", FIRST, 20, add(FIRST, " More could be said about this, and it is said here." * 30)),
    Case("long-letter", SECOND, 10, add(SECOND, "".join(f"\n\nOn day {n} there was more to say, and it was said at some length." for n in range(220)), "Why do some")),
    Case("short-subject", ISSUE, 2, edit(ISSUE, f'subject: "{SUBJECT}"', "subject: \"News\"")),
    Case("long-subject", ISSUE, 2, edit(ISSUE, "Looking after", "Looking after and caring for and thinking about and writing of")),
    Case("subject-form", ISSUE, 2, edit(ISSUE, "Looking after the therapist", "RE: Looking after the therapist")),
    Case("subject-form", ISSUE, 2, edit(ISSUE, "well-being, attachment and mentalizing", "read now!")),
    Case("subject-form", ISSUE, 2, edit(ISSUE, SUBJECT, "LOOKING AFTER THE THERAPIST")),
    Case("subject-form", ISSUE, 3, edit(ISSUE, "Three studies", "*Three* studies")),
    Case("brackets", FIRST, 2, edit(FIRST, TITLE, "“How Are Practitioners Faring at Work?")),
    Case("preheader-length", ISSUE, 3, edit(ISSUE, "Three studies of the person", "Three studies of the person " * 5)),
    Case("preheader-length", ISSUE, 3, edit(ISSUE, PREHEADER, "Three studies")),
    Case("same-preheader", ISSUE, 3, edit(ISSUE, PREHEADER, SUBJECT)),
    Case("subject", ISSUE, 2, edit(ISSUE, f'subject: "{SUBJECT}"', "subject: [a, b]")),
    Case("wrong-month", ISSUE, 2, edit(ISSUE, "Looking after the therapist", "December 2020")),
    Case("wrong-month", ISSUE, "February 2021", edit(ISSUE, "The new year is", "February 2021 is")),
    Case("wrong-count", ISSUE, 3, edit(ISSUE, "Three studies", "Four studies")),
    Case("wrong-count", ISSUE, "This month's two", edit(ISSUE, "This month's three", "This month's two")),
    Case("no-subject", ISSUE, 2, edit(ISSUE, SUBJECT, "")),
    Case("no-preheader", ISSUE, 3, edit(ISSUE, PREHEADER, "")),
    Case("subject-form", ISSUE, 2, edit(ISSUE, "Looking", "🎉 Looking")),
    Case("subject-form", ISSUE, 3, edit(ISSUE, PREHEADER, PREHEADER.upper())),
    Case("subject-form", ISSUE, 3, edit(ISSUE, PREHEADER, "View this email in your browser")),
]  # fmt: skip

GROUPS = {
    "fields": FIELDS,
    "files": FILES,
    "words": WORDS,
    "markdown": MARKDOWN,
    "links": LINKS,
    "citations": CITATIONS,
    "titles": TITLES,
}
CASES = params(GROUPS)


def said_of_files(site: Path) -> list[Finding]:
    """What the checks say of the files alone; the letters are tested beside this."""
    desk = desk_of(settings_of(site), Month.parse(MONTH), TODAY)
    return silenced(
        [*desk.folder.findings, *check_files(desk)], desk.papers, desk.folder.issue.path
    )


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_found_named_and_at_its_line(site: Path, case: Case) -> None:
    """One fault in a sound month: the finding has its code, its file, its line, and words."""
    case.change(site)
    found = said_of_files(site)
    assert is_found(case, site, found), found
    for one in found:
        assert one.message
        assert one.level in (*CODES[one.code].levels, "info")  # a draft's are gentler


@pytest.mark.parametrize("case", CASES)
def test_a_fault_makes_little_noise(site: Path, case: Case) -> None:
    """Besides the fault itself hardly anything is said: at most two findings more."""
    case.change(site)
    found = said_of_files(site)
    if not case.noisy:
        assert len([one for one in found if one.code != case.code]) <= 2, found


def test_a_file_that_cannot_be_opened_is_told(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's words stand with the file; the other files are read all the same."""
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == FIRST:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    (found,) = said_of_files(site)
    assert (found.code, found.level, Path(found.file).name) == ("unreadable", "error", FIRST)
    assert "Permission denied" in found.message


@pytest.mark.parametrize(
    ("today", "said"),
    [(date(2019, 12, 31), ["distant-month"]), (date(2020, 1, 1), []), (date(2040, 1, 1), [])],
)
def test_a_month_more_than_a_year_ahead_is_doubted(
    site: Path, today: date, said: list[str]
) -> None:
    """A folder of next year's January is likely a slip; an old one is an archive."""
    desk = desk_of(settings_of(site), Month.parse(MONTH), today)
    assert [one.code for one in check_files(desk)] == said


@pytest.mark.parametrize("month", ["2020-12", "2021-01", "2021-02"])
def test_a_sound_month_is_left_in_peace(site: Path, month: str) -> None:
    """The sample months have no error and no warning."""
    desk = desk_of(settings_of(site), Month.parse(month), TODAY)
    found = [*desk.folder.findings, *check_files(desk)]
    assert [one for one in found if one.level != "info"] == []
