"""What all tests share: databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support.absent import absent
from tests.support.database import NewDatabase, lay
from tests.support.postgresql import Server, programs, serving

# How long an example takes is the machine's affair: no test is timed.
hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server of our own."""
    if programs() is None:
        absent("PostgreSQL is missing: apt-get install postgresql")
    with serving() as server:
        yield server


@pytest.fixture
def new_sqlite(tmp_path: Path) -> NewDatabase:
    """Makes SQLite files, for tests that are about nothing else."""

    def make(*, ready: bool = True) -> str:
        folder = tmp_path / "databases"
        folder.mkdir(exist_ok=True)
        path = folder / f"{len(list(folder.iterdir()))}.db"
        if ready:
            lay(path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def new_postgresql(postgresql: Server) -> Iterator[NewDatabase]:
    """Makes databases on the server, for tests that are about nothing else."""
    made: list[str] = []

    def make(*, ready: bool = True) -> str:
        made.append(postgresql.create(ready=ready))
        return postgresql.url(made[-1])

    yield make
    for name in made:
        postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest) -> NewDatabase:
    """Makes databases: the test runs once with each kind."""
    make: NewDatabase = request.getfixturevalue(f"new_{request.param}")
    return make


@pytest.fixture
def database(new_database: NewDatabase) -> str:
    """The address of a database with all tables."""
    return new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def site_url(request: pytest.FixtureRequest) -> str:
    """A site's `database.url`: empty for its own file, or that of a database on a server."""
    if request.param == "sqlite":
        return ""
    make: NewDatabase = request.getfixturevalue("new_postgresql")
    return make()
