"""Which summary of a corrected month is which of before, and whether its words changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from newsletter.model import Issue, Summary
from newsletter.store.archive import KeptSummary


@dataclass(frozen=True, slots=True)
class Descent:
    """Where a summary comes from: its `origin`, and the version its words changed in last."""

    origin: str
    changed_in: int


def issue_words(issue: Issue) -> object:
    """Return what the archive shows of an Issue, to be compared: subject and preheader are mail."""
    names = [(one.slug, *summary_words(one)) for one in issue.summaries]
    return issue.introduction, names


def summary_words(summary: Summary) -> tuple[object, ...]:
    """Return what readers see of a summary, to be compared."""
    topics = tuple((topic.slug, topic.name) for topic in summary.topics)
    kind = summary.research_type
    cited = summary.citation
    study = (cited.text, cited.doi) if cited else ("", None)
    named = (kind.slug, kind.name) if kind else ("", "")
    words = (summary.title, summary.body, summary.implications, summary.author)
    return (*words, topics, named, study)


def descents(
    before: Sequence[KeptSummary], now: Sequence[Summary], taken: Collection[str], version: int
) -> Sequence[Descent]:
    """Return where each summary comes from, in order; `taken` are the origins of all versions."""
    matched = parents_of(before, now)
    used = set(taken)
    found = []
    for one in now:
        parent = matched.get(one.slug)
        if parent is None:
            origin = one.slug if one.slug not in used else f"{one.slug}.{version}"
            found.append(Descent(origin, version))
        else:
            same = summary_words(parent.summary) == summary_words(one)
            found.append(Descent(parent.origin, parent.changed_in if same else version))
    return found


def parents_of(before: Sequence[KeptSummary], now: Sequence[Summary]) -> dict[str, KeptSummary]:
    """Return which summary each was before, by its slug now, where it was there.

    They are matched by DOI, then by slug, then by the reference, then by the title; each only once.
    """
    parents: dict[str, KeptSummary] = {}
    for mark in (_doi, _slug, _reference, _title):
        matched = {parent.id for parent in parents.values()}
        free = {mark(one.summary): one for one in before if one.id not in matched}
        for one in now:
            if one.slug not in parents and mark(one) and mark(one) in free:
                parents[one.slug] = free.pop(mark(one))
    return parents


def _doi(summary: Summary) -> str:
    return (summary.citation.doi or "").casefold() if summary.citation else ""


def _slug(summary: Summary) -> str:
    return summary.slug


def _reference(summary: Summary) -> str:
    return summary.citation.text.strip() if summary.citation else ""


def _title(summary: Summary) -> str:
    return summary.title.strip()
