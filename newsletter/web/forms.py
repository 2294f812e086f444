"""What was posted, read and checked. A form that is out of shape is refused; wrong words are not.

Our forms are urlencoded. Nothing is a cookie: who may change what is in the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request

from newsletter.content.taxonomy import taxonomy_of
from newsletter.model import Taxonomy, Topic
from newsletter.web import guards
from newsletter.web.pages import Pages
from subscribers.model import Mode

_FIELDS = 500
LONGEST = 2000
"""Letters of one field."""


@dataclass(frozen=True)
class Form:
    """The fields of a form, as they were sent."""

    fields: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """Return a field without the spaces around it; empty where it wasn't sent."""
        values = self.fields.get(name, ("",))
        return values[0].strip()

    def many(self, name: str) -> Sequence[str]:
        """Return all values of a field with check boxes."""
        return self.fields.get(name, ())

    def mode(self) -> Mode:
        """Return the mode that was chosen, or the usual one."""
        return Mode.ONLY if self.one("mode") == Mode.ONLY else Mode.HIGHLIGHTS

    def topics(self, taxonomy: Taxonomy) -> list[str]:
        """Return the slugs that were ticked, as far as there are such topics."""
        ticked = set(self.many("topic"))
        return [topic.slug for topic in taxonomy.topics if topic.slug in ticked]


def posted(pages: Pages, request: Request) -> Form:
    """Return the form. Raises HTTPException 403 for one from another site, 400 for a mess.

    One that broke off is a mess: half a form would clear what its other half holds.
    """
    if guards.from_elsewhere(request, pages.app.settings):
        raise HTTPException(403)
    if guards.broke_off(request):
        raise HTTPException(400)
    try:
        text = guards.body(request).decode("ascii")
        fields = parse_qs(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_FIELDS
        )
    except ValueError:
        raise HTTPException(400) from None
    if any(len(value) > LONGEST or "\0" in value for all_ in fields.values() for value in all_):
        raise HTTPException(400)
    return Form(fields)


def topic_groups(pages: Pages) -> Mapping[str, Sequence[Topic]]:
    """Return the topics under the headings of the taxonomy, in its order."""
    groups: dict[str, list[Topic]] = {}
    for topic in taxonomy_of(pages.app.settings.content.root).topics:
        groups.setdefault(topic.group, []).append(topic)
    return groups
