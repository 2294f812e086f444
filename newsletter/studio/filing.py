"""A topic that was suggested, taken over with a click."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from newsletter.config import Settings
from newsletter.content.edit import add_topics
from newsletter.errors import NewsletterError
from newsletter.model import Finding, Month
from newsletter.studio.fields import fields_of
from newsletter.studio.looking import Looking, month_of
from newsletter.studio.remarks import findings_of
from newsletter.studio.suggesting import offers
from newsletter.studio.wish import Wish


@dataclass(frozen=True)
class Filing:
    """Files a summary under a topic that was suggested for it."""

    looking: Looking

    async def file(self, request: Request) -> Response:
        """Write the topic into the summary's file; then lead back to the letter.

        What isn't suggested any more is not written: the file was changed meanwhile, or this is
        the second click.
        """
        month, given = month_of(request), await fields_of(request)
        settings = self.looking.gallery.app.settings
        name, topic = given.get("file", ""), given.get("topic", "")
        trouble = await run_in_threadpool(_file, settings, month, name, topic)
        if trouble:
            return await self.looking.page(request, trouble, status=409)
        self.looking.gallery.forget()
        return RedirectResponse(f"/{month}{Wish.read(request.query_params).query()}", 303)


def _file(settings: Settings, month: Month, name: str, topic: str) -> tuple[Finding, ...]:
    """File the summary `name` under a topic; return what kept it from that."""
    for offer in offers(settings, month):
        slugs = {one.topic.slug for one in offer.suggestions}
        if offer.path.name == name and topic in slugs:
            try:
                add_topics(offer.path, (topic,))
            except NewsletterError as error:
                return findings_of(error)
    return ()
