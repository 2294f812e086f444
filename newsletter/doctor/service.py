"""The service: does it run, so that months go out by themselves."""

from sqlalchemy.engine import make_url

from newsletter.doctor.check import Check, ok, warning
from newsletter.doctor.visit import Visit
from newsletter.store import leases, migrate
from newsletter.store.engine import open_engine, reading, sqlite_file


def service(visit: Visit) -> tuple[Check, ...]:
    """See who is the service of this database, if anybody is."""
    holder = _holder(visit)
    if holder:
        return (ok("service", f"it runs: {holder}"),)
    words = "none runs: no month goes out by itself"
    hint = "start it: newsletter run, or with the machine by newsletter service unit"
    return (warning("service", words, hint),)


def _holder(visit: Visit) -> str | None:
    """Ask the database as it is: the doctor makes none and upgrades none."""
    url = visit.app.settings.database.url
    path = sqlite_file(make_url(url))
    if path is not None and not path.exists():
        return None
    engine = open_engine(url)
    try:
        if not migrate.is_current(engine):
            return None
        with reading(engine) as connection:
            return leases.holder_of(connection, leases.SERVICE, visit.app.clock.now())
    finally:
        engine.dispose()
