"""Preferences -> which Edition of an Issue a reader gets.

k summaries make at most 2^k editions in mode `highlights`, so readers can be grouped by a bitmask
of the summaries that match them and everything after this runs once an edition.
"""

from newsletter.model import EditionKey, Issue
from subscribers.model import Mode, Preferences


def edition_key(issue: Issue, preferences: Preferences, language: str) -> EditionKey | None:
    """Return the Edition of `issue` for a reader with `preferences`, in `language` (BCP 47).

    None means: mode `only`, and no topic matches.
    """
    return edition_key_of(
        len(issue.summaries),
        matched(issue, preferences.topics),
        bool(preferences.topics),
        preferences.mode,
        language,
    )


def matched(issue: Issue, topics: frozenset[str]) -> int:
    """Return the summaries that share a topic (by slug) with `topics`, as a bitmask.

    Bit i stands for the summary at position i, counted from 0.
    """
    mask = 0
    for position, summary in enumerate(issue.summaries):
        if any(topic.slug in topics for topic in summary.topics):
            mask |= 1 << position
    return mask


def edition_key_of(
    count: int, matched: int, chose: bool, mode: Mode, language: str
) -> EditionKey | None:
    """Return the Edition for readers of whom only this is known: what matches, and what they chose.

    `count` is the number of summaries; bit i of `matched` says that summary i shares a topic
    with the reader; `chose` that they chose topics at all. None as in `edition_key`.
    """
    everything = tuple(range(count))
    full = tuple(i for i in everything if matched >> i & 1)
    if not chose or (full and full == everything):
        return EditionKey(everything, (), language)
    if mode is Mode.ONLY:
        return EditionKey(full, (), language) if full else None
    return EditionKey(full, tuple(i for i in everything if i not in full), language)


def every_key(count: int, language: str) -> tuple[EditionKey, ...]:
    """Return the key of every Edition that an Issue of `count` summaries can have, in order."""
    wishes = [(0, False, mode) for mode in Mode]
    wishes += [(matched, True, mode) for mode in Mode for matched in range(1 << count)]
    keys = (edition_key_of(count, mask, chose, mode, language) for mask, chose, mode in wishes)
    return tuple(sorted({key for key in keys if key is not None}))
