"""A mail to one reader, from its row to the message; or nothing, where it is void by now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from newsletter.content.taxonomy import taxonomy_of
from newsletter.delivery import Message
from newsletter.languages import Language
from newsletter.message.note import Cover, compose
from newsletter.model import PostKind
from newsletter.post.latest import latest
from newsletter.post.office import Office
from newsletter.store.post import Post
from subscribers import errands, joining, store, suppression
from subscribers.address import parse
from subscribers.errands import Errand
from subscribers.model import State, Subscriber
from subscribers.suppression import Reason

_WITH_ERRAND = {PostKind.CONFIRM, PostKind.DATA, PostKind.ARRIVE}
_FOR_STRANGERS = {PostKind.CONFIRM, PostKind.ARRIVE}
"""May go to somebody who never said yes: so they hold no words of whoever filled the form."""


def letter(office: Office, connection: Connection, one: Post) -> Message | None:
    """Return the finished message, signed where a key says so; None where it is void.

    Raises RenderError where a template fails.
    """
    reader = store.get(connection, one.subscriber_id)
    errand = errands.find(connection, one.errand_id or 0, office.clock.now())
    if not _still_wanted(connection, one, reader, errand):
        return None
    language = office.languages.get(one.language)
    values = _values(office, connection, one, reader, errand, language)
    note = office.notes.render(one.kind, language, values)
    content = compose(
        _cover(office, one, reader), note.subject, note.text, note.html, note.language
    )
    signature = (office.signer.sign((content,)),) if office.signer else ()
    sender = office.return_path(reader, one.email)
    return Message(one.id, sender, one.email, (*signature, content))


def _still_wanted(
    connection: Connection, one: Post, reader: Subscriber, errand: Errand | None
) -> bool:
    if one.kind in _WITH_ERRAND and (errand is None or errand.done):
        return False
    if reader.state is State.ERASED:
        return False
    if one.kind in (PostKind.WELCOME, PostKind.KNOWN) and reader.state is not State.ACTIVE:
        return False
    standing = suppression.find(connection, parse(one.email).hash)
    asks_again = one.kind is PostKind.CONFIRM
    return standing is None or (asks_again and standing.reason is Reason.ERASED)


def _values(
    office: Office,
    connection: Connection,
    one: Post,
    reader: Subscriber,
    errand: Errand | None,
    language: Language,
) -> Mapping[str, Any]:
    zone = office.settings.zone
    values: dict[str, Any] = {"address": one.email, "name": reader.name} | dict(one.about)
    if errand is not None:
        values |= {"url": office.link(errand), "until": _until(errand.expires_at, office, language)}
    match one.kind:
        case PostKind.CONFIRM:
            assert errand is not None  # noqa: S101 - looked at above
            values |= {"topics": _topics(office, errand)}
        case PostKind.KNOWN:
            values |= {
                "url": office.links.preferences(reader.id),
                "since": _day(reader.confirmed_at, office, language),
                "paused_until": _pause(reader, office, language),
            }
        case PostKind.WELCOME:
            topics = reader.preferences.topics
            values |= {
                "since": _day(reader.confirmed_at, office, language),
                "preferences_url": office.links.preferences(reader.id),
                "unsubscribe_url": office.links.unsubscribe(reader.id)[0],
                "issue": latest(connection, office.settings, language, topics),
            }
        case PostKind.DATA:
            assert errand is not None  # noqa: S101 - looked at above
            until = errand.expires_at.astimezone(zone)
            values |= {"until": f"{language.day(until.date())}, {until:%H:%M}"}
    return values


def _cover(office: Office, one: Post, reader: Subscriber) -> Cover:
    own = office.settings.newsletter
    domain = office.sender.rpartition("@")[2]
    listed = one.kind is PostKind.WELCOME
    return Cover(
        from_name=own.name,
        from_address=office.sender,
        reply_to=own.reply_to,
        to_name="" if one.kind in _FOR_STRANGERS else reader.name,
        to_address=one.email,
        message_id=f"<{one.kind.value}.{one.mark}@{domain}>",
        date=one.made_at.astimezone(office.settings.zone),
        unsubscribe=office.links.unsubscribe(reader.id) if listed else ("", ""),
    )


def _topics(office: Office, errand: Errand) -> list[str]:
    chosen = joining.wished(errand)[1].topics
    taxonomy = taxonomy_of(office.settings.content.root)
    return [topic.name for topic in taxonomy.topics if topic.slug in chosen]


def _until(moment: datetime, office: Office, language: Language) -> str:
    return language.day(moment.astimezone(office.settings.zone).date())


def _day(moment: datetime | None, office: Office, language: Language) -> str:
    return _until(moment, office, language) if moment else ""


def _pause(reader: Subscriber, office: Office, language: Language) -> str:
    until = reader.paused_until
    return _day(until, office, language) if until and until > office.clock.now() else ""
