"""Readers get the month in the language they read, as far as it was frozen in it."""

from sqlalchemy import select, update

from newsletter.model import EditionKey
from newsletter.sending import send, steer
from newsletter.store import mailings, revisions
from newsletter.store.engine import reading, writing
from newsletter.store.tables import delivery
from newsletter.store.tables import edition as editions
from subscribers.tables import subscriber
from tests.support.ledger import HEADING, KEYS, MONTH, TOPICS, ZONE, Desk, add_readers, edition

FRENCH = tuple(EditionKey(key.full, key.brief, "fr") for key in KEYS)


def _freeze(desk: Desk, *keys: EditionKey) -> None:
    with writing(desk.engine) as connection:
        made = (MONTH, HEADING.to_json(), TOPICS, b"salt", desk.clock.now())
        mailing = mailings.create(connection, *made)
        mailings.add_editions(connection, mailing.id, map(edition, keys))


def _ask(desk: Desk, **languages: str) -> None:
    add_readers(desk, [f"{name}@example.org" for name in languages])
    with writing(desk.engine) as connection:
        for name, code in languages.items():
            mine = subscriber.c.email == f"{name}@example.org"
            connection.execute(update(subscriber).where(mine).values(language=code))


def _got(desk: Desk) -> dict[str, str]:
    with reading(desk.engine) as connection:
        query = select(delivery.c.email, editions.c.key).join(editions)
        rows = connection.execute(query).all()
    return {row.email.partition("@")[0]: EditionKey.parse(row.key).language for row in rows}


def test_readers_get_their_language(desk: Desk) -> None:
    """Who reads French gets the French edition; who reads what there is none of, the first."""
    _ask(desk, ann="en", bea="fr", cora="fr-CA", dora="de")
    _freeze(desk, *KEYS, *FRENCH)
    send(desk.outfit, MONTH, ZONE)
    assert _got(desk) == {"ann": "en", "bea": "fr", "cora": "fr", "dora": "en"}


def test_one_language_serves_all(desk: Desk) -> None:
    """A language that somebody chose after the freeze was not approved: they get the first."""
    _ask(desk, ann="en", bea="fr")
    _freeze(desk, *KEYS)
    send(desk.outfit, MONTH, ZONE)
    assert _got(desk) == {"ann": "en", "bea": "en"}


def test_a_correction_keeps_to_the_language(desk: Desk) -> None:
    """Whoever is moved to a correction gets it in their language."""
    _ask(desk, ann="en", bea="fr")
    _freeze(desk, *KEYS, *FRENCH)
    send(desk.outfit, MONTH, ZONE, stop=lambda: True)
    mailing = desk.mailing()
    with writing(desk.engine) as connection:
        steer.pause(connection, mailing)
        number = revisions.add(connection, mailing.id, TOPICS, desk.clock.now())
        mended = map(edition, (*KEYS, *FRENCH))
        mailings.add_editions(connection, mailing.id, mended, number)
        steer.resume(connection, mailing)
    send(desk.outfit, MONTH, ZONE)
    with reading(desk.engine) as connection:
        query = select(editions.c.revision, editions.c.key).join(delivery)
        got = {
            (row.revision, EditionKey.parse(row.key).language) for row in connection.execute(query)
        }
    assert got == {(2, "en"), (2, "fr")}
