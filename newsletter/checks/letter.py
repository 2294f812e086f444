"""The finished letter: is everything in it that readers should get, and nothing they shouldn't?"""

import re
from collections.abc import Iterator
from pathlib import Path

from newsletter.checks.desk import found
from newsletter.checks.links import faults
from newsletter.checks.links import says_nothing as link_says_nothing
from newsletter.checks.pictures import says_nothing as picture_says_nothing
from newsletter.checks.places import Place, left_out, setting
from newsletter.checks.proofs import Proof, words_of
from newsletter.model import Finding, Level, Summary
from newsletter.rendering.markdown import parse
from newsletter.rendering.titles import SUBJECT
from newsletter.slots import TOKEN, Slot, split

CLIPPED = 102_000
"""Octets of HTML from which Gmail cuts a mail off, and hides the unsubscribe link with it."""

LARGE = 90_000
_LEFTOVER = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\b(?:Prose|SummaryView|CitationParts|Markup|IssueView)\(|<(?:bound )?"
    r"(?:method|function|built-in|Macro)\b|&lt;(?:p|em|strong|ul|li)&gt;|\bUndefined\b"
)
_ACTIVE = ("script", "iframe", "object", "embed", "applet", "form", "base")
_TAG = re.compile(r"</?(?:p|div|a|br|strong|em|h[1-6]|li|ul|span)\b[^>]*>")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]*(.*?)[ \t#]*$", re.M)
_NONE_ALONE = re.compile(r"(?:^|· )None(?=$| ·)", re.M)


def parts(proof: Proof) -> Iterator[Finding]:
    """Yield what a template leaves out: the way out, titles, texts, implications, citations."""
    site = proof.settings.site
    body, text = "email/digest/body.mjml", "email/digest/body.txt"
    documents = (
        ("the HTML", proof.edition.html, body),
        ("the plain text", proof.edition.text, text),
    )
    for name, document, template in documents:
        if Slot.UNSUBSCRIBE_URL not in split(document)[1]:
            place = left_out(site, "slots.unsubscribe_url", template)
            hint = "write {{ slots.unsubscribe_url }} in the template"
            yield found("no-unsubscribe", f"{name} has no link to unsubscribe", place, hint)
        if Slot.GREETING not in split(document)[1]:
            place = left_out(site, "slots.greeting", template)
            hint = "write {{ slots.greeting }} in the template"
            message = f"{name} has no greeting"
            yield found("missing-part", message, place, hint, level="warning")
        if Slot.PREFERENCES_URL not in split(document)[1]:
            place = left_out(site, "slots.preferences_url", template)
            hint = "write {{ slots.preferences_url }} in the template"
            yield found("missing-part", f"{name} has no link to change topics", place, hint)
        plain = words_of(proof.document) if document is proof.edition.html else _spaced(document)
        for position in proof.edition.key.full:
            summary = proof.issue.summaries[position]
            for what, words, mark in _wanted(summary, template == text):
                if words and words not in plain:
                    place = left_out(site, mark, template)
                    message = f"{name} lacks {what} of “{summary.title}”"
                    hint = f"write {{{{ {mark} }}}} in the template"
                    yield found("missing-part", message, place, hint)


def _wanted(summary: Summary, text: bool) -> Iterator[tuple[str, str, str]]:
    title = "summary.title" if text else "summary.heading"
    yield "the title", _spaced(summary.title), title
    yield "the text", _beginning(summary.body), "summary.body"
    yield "the practice implications", _beginning(summary.implications), "summary.implications"
    if summary.citation and summary.citation.text:
        yield "the citation", _spaced(summary.citation.text)[:20], "summary.citation"


def _beginning(markdown: str) -> str:
    """Return the first words of a text as every document shows them: up to the first mark."""
    for token in parse(markdown, "https://x.invalid"):
        if token.type == "inline" and token.children and token.children[0].type == "text":
            return _spaced(token.children[0].content)[:25].rpartition(" ")[0]
    return ""


def _spaced(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", text).strip()


def whole(proof: Proof) -> Iterator[Finding]:
    """Yield what is wrong with the letter as a whole: its size, language, preheader, address."""
    octets = len(proof.edition.html.encode())
    if octets > LARGE:
        level: Level = "error" if octets > CLIPPED else "warning"
        message = f"the HTML has {octets:,} octets; Gmail cuts a mail off at {CLIPPED:,}"
        hint = "fewer or shorter summaries; this is the longest"
        yield found("html-size", message, _longest(proof), hint, level=level)
    if not proof.settings.newsletter.postal_address.strip():
        hint = "many laws want one: set newsletter.postal_address"
        place = setting(proof.settings, "newsletter.postal_address")
        yield found("no-postal-address", "the mail has no postal address", place, hint)
    elif _address(proof) not in words_of(proof.document):
        place = left_out(proof.settings.site, "newsletter.postal_address")
        yield found("missing-part", "the HTML lacks the postal address", place)
    if proof.document.get("lang") in (None, "", "und"):
        place = left_out(proof.settings.site, "edition.language")
        yield found("no-language", "the HTML has no lang", place, 'write <mjml lang="…">')
    if not proof.edition.subject:
        place = _subject(proof)
        yield found("no-subject", "the subject is empty", place, "write {{ edition.subject }}")
    elif len(proof.edition.subject) > SUBJECT and not proof.issue.subject:
        message = f"the subject has {len(proof.edition.subject)} characters"
        hint = f"most programs show 40 to {SUBJECT}"
        yield found("long-subject", message, _subject(proof), hint)
    head = proof.document.find(".//title")
    if head is None or not (head.text or "").strip():
        place = left_out(proof.settings.site, "<mj-title>")
        yield found("missing-part", "the HTML has no title", place, "write mj-title in mj-head")
    if not re.search(r"<mj-preview>\s*\S", proof.composed.source):
        place = left_out(proof.settings.site, "<mj-preview>")
        yield found("no-preheader", "there is no preheader", place, "write mj-preview in mj-head")


def _address(proof: Proof) -> str:
    return _spaced(proof.settings.newsletter.postal_address.strip().split("\n")[0])


def _longest(proof: Proof) -> Place:
    summaries = [proof.issue.summaries[at] for at in proof.edition.key.full]
    if not summaries:
        return proof.issue.path, None
    longest = max(summaries, key=lambda one: len(one.body) + len(one.implications))
    return longest.path, longest.lines.get("body")


def _subject(proof: Proof) -> Place:
    own = proof.settings.site / "templates/email/digest/subject.txt"
    return (own, 1) if own.is_file() else ("", None)


def leftovers(proof: Proof) -> Iterator[Finding]:
    """Yield code and inner values that a template lets through to readers."""
    pieces = (" ".join(text.split()) for text in proof.document.itertext())
    for text in ("\n".join(pieces), proof.edition.text, proof.edition.subject):
        match = _LEFTOVER.search(text) or _NONE_ALONE.search(text)
        if match is None or _in_content(proof, match[0].strip()):
            continue
        shown = match[0].strip()
        place = proof.where(shown, shown.replace("<", "&lt;").replace(">", "&gt;"))
        hint = "write .html or .text after a name; {{ }} around it"
        yield found("template-leftover", f"“{shown}” stands in the letter", place, hint)
        return


def _in_content(proof: Proof, words: str) -> bool:
    """Say whether an editor wrote these words: then it is a finding of their file."""
    issue = proof.issue
    texts = [issue.introduction, issue.subject, issue.preheader]
    texts += [text for one in issue.summaries for text in (one.body, one.implications, one.title)]
    return any(words in text for text in texts)


def structure(proof: Proof) -> Iterator[Finding]:
    """Yield headings out of order, names that stand twice, links within it that lead nowhere."""
    above = 0
    of_files = {match for text in _texts(proof) for match in _HEADING.findall(text)}
    named = bool(proof.settings.newsletter.name.strip())
    for heading in proof.document.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        level, words = int(heading.tag[1]), words_of(heading)
        place = proof.where(f"<{heading.tag}>{words}", words, f"<{heading.tag}")
        if not words and "" not in of_files and (named or level > 1):
            empty = re.search(rf"<{heading.tag}\b[^>]*>\s*</", proof.composed.source)
            place = proof.composed.place(empty.start()) if empty else place
            yield found("heading", f"<{heading.tag}> has no words", place, "take it out")
        if above and level > above + 1 and words not in of_files:
            message = f"“{words[:40]}” is <{heading.tag}> below <h{above}>"
            hint = f"write <h{above + 1}>: screen readers go by the levels"
            yield found("heading-order", message, place, hint)
        above = level
    tops = [words_of(one) for one in proof.document.iter("h1")]
    if len(tops) != 1:
        written = [one.start() for one in re.finditer(r"<h1\b", proof.composed.source)]
        place = left_out(proof.settings.site, "<h1>")
        if tops and written:  # the second is the one too many
            place = proof.composed.place(written[:2][-1])
        message = f"the letter has {len(tops) or 'no'} headings of the first level"
        yield found("heading-order", message, place, "write one <h1>: the newsletter's name")
    yield from _names(proof)


def tables(proof: Proof) -> Iterator[Finding]:
    """Yield tables that a screen reader reads out as such, and that only place things."""
    for table in proof.document.iter("table"):
        if not table.get("role") and table.find(".//th") is None:
            cell = words_of(table)[:40]
            own = re.compile(r"<table(?![^>]*\brole=)[^>]*>")
            match = own.search(proof.composed.source)
            place = proof.composed.place(match.start()) if match else proof.where(cell)
            message = f"a table that only places things is read out as one: “{cell}”"
            yield found("table-role", message, place, 'write role="presentation"')
            return


def dark(proof: Proof) -> Iterator[Finding]:
    """Yield a warning where the letter says nothing to dark screens."""
    site = proof.settings.site
    rules = any("prefers-color-scheme: dark)" in " ".join(rule.within) for rule in proof.rules)
    if not rules:
        place = left_out(site, "prefers-color-scheme: dark")
        message = "there are no rules for dark screens"
        yield found("no-dark-theme", message, place, "write @media (prefers-color-scheme: dark)")
    if not proof.document.xpath("//meta[@name='color-scheme']"):
        place = left_out(site, 'name="color-scheme"')
        message = "the letter doesn't say that it has colours for dark screens"
        yield found("no-dark-theme", message, place, 'write <meta name="color-scheme" …>')


def _names(proof: Proof) -> Iterator[Finding]:
    names: dict[str, int] = {}
    for element in proof.document.iter():
        for name in {element.get("id"), element.get("name") if element.tag == "a" else None}:
            if name and isinstance(element.tag, str):
                names[name] = names.get(name, 0) + 1
    for name, count in names.items():
        if count > 1:
            place = proof.where(f'id="{name}"', f'name="{name}"')
            yield found("duplicate-id", f"“{name}” names {count} places", place, "one name each")
    for link in proof.document.iter("a"):
        target = str(link.get("href") or "")
        if target.startswith("#") and len(target) > 1 and target[1:] not in names:
            place = proof.where(f'href="{target}"')
            message = f"“{target}” leads to no place in the letter"
            yield found("broken-anchor", message, place, f'write id="{target[1:]}" there')


def links(proof: Proof) -> Iterator[Finding]:
    """Yield what is wrong with links that templates write; those of content are its files' own."""
    own = _own_addresses(proof)
    said: set[str] = set()
    for link in proof.document.iter("a"):
        url, words = str(link.get("href") or ""), words_of(link)
        if link.get("href") is None or (url and any(_holds(text, url) for text in _texts(proof))):
            continue
        if link_says_nothing(words):
            place = proof.where(f">{words}</a>", words)
            message = f"“{words}” says nothing of where the link leads"
            yield found("link-text", message, place, "name the page it leads to")
        if url in said or TOKEN.search(url) or url.startswith(own):
            continue
        said.add(url)
        place = proof.where(f'href="{url}"', url) if url else proof.where('href=""')
        for fault in faults(url):
            yield found(fault.code, fault.message, place, fault.hint)
        if not words and link.find(".//img") is None:
            yield found("empty-link", "a link without words", place, "write some")


def _holds(text: str, url: str) -> bool:
    """Say whether a text of the month links to an address, or is it."""
    return text == url or any(form in text for form in (f"({url})", f"({url} ", f"<{url}>"))


def _own_addresses(proof: Proof) -> tuple[str, ...]:
    site = proof.settings.newsletter
    return site.public_url.rstrip("/") + "/", f"mailto:{site.reply_to or site.from_}", "mailto:?"


def _texts(proof: Proof) -> list[str]:
    summaries = proof.issue.summaries
    texts = [text for one in summaries for text in (one.body, one.implications)]
    texts += [f"https://doi.org/{one.citation.doi}" for one in summaries if one.citation]
    return [proof.issue.introduction, *texts]


def fetched(proof: Proof) -> Iterator[Finding]:
    """Yield what mail programs remove, and what is fetched when the mail is opened."""
    for element in proof.document.iter(*_ACTIVE):
        place = proof.where(f"<{element.tag}")
        message = f"<{element.tag}> is removed by mail programs"
        yield found("active-content", message, place, "a letter holds text, tables and pictures")
    for element in proof.document.iter():
        for name in element.attrib if isinstance(element.tag, str) else ():
            if re.match(r"on[a-z]+$", str(name)):
                place = proof.where(f"{name}=")
                message = f"“{name}” is a script, which mail programs remove"
                yield found("active-content", message, place, "take it out")
    if proof.document.find(".//link") is not None:
        place = proof.where("<link")
        yield found("remote-content", "a style sheet is fetched", place, "write it into mj-style")
    yield from _pictures(proof)
    yield from _urls(proof)


def _pictures(proof: Proof) -> Iterator[Finding]:
    for image in proof.document.iter("img"):
        source = str(image.get("src") or "")
        place = proof.where(f'src="{source}"', source)
        size = {str(image.get("width") or ""), str(image.get("height") or "")}
        if size <= {"1", "0", "1px", "0px"} and size:
            message = "a picture of one pixel tells who opened the mail"
            yield found("remote-content", message, place, "take it out: readers are not watched")
        elif source and not re.match(r"https?://|data:|cid:", source):
            message = f"“{source}” is no whole address"
            yield found("relative-link", message, place, "begin with https://")
        elif source.startswith("http://"):
            yield found("http-link", f"“{source}” is not encrypted", place, "use https")
        if image.get("alt") and picture_says_nothing(str(image.get("alt"))):
            message = f"“{image.get('alt')}” doesn't say what the picture shows"
            yield found("image-alt", message, place, "say what it shows", level="warning")


def _urls(proof: Proof) -> Iterator[Finding]:
    for rule in proof.rules:
        if rule.selector.startswith(("@import", "@font-face")):
            name = rule.selector.split()[0]
            message = f"{name} fetches something when the mail is opened"
            yield found("remote-content", message, proof.where(name), "use what readers have")
        for one in rule.declarations:
            if match := re.search(r"url\(\s*[\"']?(https?://[^\"')]+)", one.value):
                message = f"{one.name} fetches {match[1]} when the mail is opened"
                yield found("remote-content", message, proof.where(match[1]), "leave it out")


def plain(proof: Proof) -> Iterator[Finding]:
    """Yield what is wrong with the plain text: lines too long, HTML left in it."""
    for line in proof.edition.text.split("\n"):
        long = len(line) > 98 and "://" not in line and " " in line.strip()
        if long and not _in_content(proof, line.strip()):  # else it is code, and told there
            message = f"a line of the plain text has {len(line)} characters: “{line[:40]}…”"
            hint = "write | wrapped after the value in the template"
            yield found("text-form", message, _text_place(proof, line), hint)
            break
    match = _TAG.search(proof.edition.text)
    if match and not _in_content(proof, match[0]):
        message = f"“{match[0]}” stands in the plain text"
        place = _text_place(proof, match[0])
        yield found("text-form", message, place, "write .text instead of .html")


def _text_place(proof: Proof, text: str) -> Place:
    """Return the line of the site's own text templates that wrote a text or could have."""
    folder = proof.settings.site / "templates" / "email"
    for path in sorted(folder.rglob("*.txt")) if folder.is_dir() else ():
        for number, line in enumerate(Path(path).read_text("utf-8").split("\n"), 1):
            if text.strip() in line or ".html" in line:
                return path, number
    return "", None
