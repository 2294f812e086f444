"""When the button of a link is pressed: the errand is done, and what follows is put in the post."""

from sqlalchemy import Connection

from newsletter.model import PostKind
from newsletter.post.ask import opened
from newsletter.post.office import Office
from newsletter.store import post
from newsletter.store.engine import writing
from subscribers import errands, joining, store
from subscribers.model import Subscriber
from subscribers.tokens import Purpose


def confirm(office: Office, token: str) -> bool:
    """Put on the list whoever asked, once; tell whether the link was good.

    Raises TokenError for what is no token at all.
    """
    now = office.clock.now()
    with writing(office.engine) as connection:
        one = opened(office, connection, Purpose.CONFIRM, token)
        if one is None or one.subscriber_id is None:
            return False
        if not one.done and joining.confirm(connection, one, now):
            _welcome(office, connection, store.get(connection, one.subscriber_id))
    office.bell.set()
    return True


def _welcome(office: Office, connection: Connection, reader: Subscriber) -> None:
    now, language = office.clock.now(), reader.preferences.language
    post.put(connection, PostKind.WELCOME, reader.id, reader.email, now, language=language)


def arrive(office: Office, token: str) -> str | None:
    """Give a reader their new address, once; return it, None for a link that is over.

    The old address is told. Raises TokenError for what is no token at all.
    """
    now = office.clock.now()
    with writing(office.engine) as connection:
        one = opened(office, connection, Purpose.MOVE, token)
        if one is None:
            return None
        if not one.done:
            before = joining.move(connection, one, now)
            if before is None:
                errands.close(connection, one.id)
                return None
            language, about = before.preferences.language, {"address": one.email}
            post.put(
                connection,
                PostKind.MOVED,
                before.id,
                before.email,
                now,
                language=language,
                about=about,
            )
    office.bell.set()
    return one.email


def erase(office: Office, token: str) -> bool:
    """Forget the reader of a data link; tell whether the link was good.

    Raises TokenError for what is no token at all.
    """
    with writing(office.engine) as connection:
        one = opened(office, connection, Purpose.DATA, token)
        if one is None or one.subscriber_id is None:
            return False
        office.forget(connection, store.get(connection, one.subscriber_id))
    return True
