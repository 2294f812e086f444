"""What machines are told of a page, in the words of https://schema.org (JSON-LD).

It stands in a data block, which no browser runs; `tojson` keeps it from ending that block.
"""

from collections.abc import Mapping

from newsletter.rendering import citations
from newsletter.web.archive.views import IssueView, Press, SummaryView

Thing = Mapping[str, object]


def of_summary(view: SummaryView, issue: IssueView) -> Thing:
    """Return an `Article` of ours about somebody's `ScholarlyArticle`."""
    told: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": view.url,
        "url": view.url,
        "mainEntityOfPage": view.url,
        "headline": view.title,
        "description": view.lead,
        "inLanguage": view.language,
        "datePublished": view.sent.isoformat(),
        "dateModified": view.updated.isoformat(),
        "author": _author(view),
        "publisher": _publisher(view.press),
        "isPartOf": _issue(issue),
    }
    if view.topics:
        told["keywords"] = [topic.name for topic in view.topics]
    if view.research_type:
        told["articleSection"] = view.research_type.name
    if view.corrected:
        note = {"@type": "CorrectionComment", "text": view.corrected.note}
        told["correction"] = note | {"datePublished": view.corrected.day.isoformat()}
    if study := _study(view):
        told["about"] = study
    return told


def of_issue(view: IssueView) -> Thing:
    """Return a `PublicationIssue` with its articles."""
    parts = [
        {"@type": "Article", "@id": one.url, "url": one.url, "headline": one.title}
        for one in view.summaries
    ]
    return {"@context": "https://schema.org"} | _issue(view) | {"hasPart": parts}


def _issue(view: IssueView) -> dict[str, object]:
    return {
        "@type": "PublicationIssue",
        "@id": view.url,
        "url": view.url,
        "issueNumber": str(view.number),
        "datePublished": view.sent.isoformat(),
        "isPartOf": {"@type": "Periodical", "name": view.press.name, "url": view.press.public_url},
    }


def _author(view: SummaryView) -> Thing:
    """Whoever signed is a person, but for the editors together."""
    signed = view.author or view.press.name
    together = signed in (view.press.editors, view.press.name)
    return {"@type": "Organization" if together else "Person", "name": signed}


def _publisher(press: Press) -> Thing:
    return {"@type": "Organization", "name": press.name, "url": press.public_url}


def _study(view: SummaryView) -> Thing:
    """Return what is known of the study: nothing is guessed that its reference doesn't say."""
    parts = view.citation
    told: dict[str, object] = {}
    if view.study_url:
        doi = view.study_url.removeprefix("https://doi.org/")
        identifier = {"@type": "PropertyValue", "propertyID": "DOI", "value": doi}
        told |= {"@id": view.study_url, "url": view.study_url, "identifier": identifier}
    if parts:
        title, year = citations.title_and_year(parts)
        reference = " ".join(parts.reference.split())
        told |= {"name": title or reference, "creditText": reference}
        if year:
            told["datePublished"] = year
        if parts.journal:
            told["isPartOf"] = {"@type": "Periodical", "name": parts.journal}
    return {"@type": "ScholarlyArticle"} | told if told else {}
