"""What the fault tests need: strace, a C compiler, and worlds to break."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.children import Nursery, open_nursery
from tests.faults.world import World, make_site
from tests.support.absent import absent
from tests.support.receiver import build, receiver
from tests.support.strace import strace
from tests.support.tls import authority, localhost

__all__ = ["authority", "localhost", "strace"]

MakeWorld = Callable[..., World]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The receiver, compiled."""
    if shutil.which("gcc") is None:
        absent("gcc is missing, so there is no receiver")
    return build(tmp_path_factory.mktemp("receiver"))


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """What the tests' processes are forked from."""
    with open_nursery() as running:
        yield running


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[Path, list[str]]]:
    """Return a site with so many readers, and their addresses; made once for each number."""
    made: dict[int, tuple[Path, list[str]]] = {}

    def site(readers: int) -> tuple[Path, list[str]]:
        if readers not in made:
            folder = tmp_path_factory.mktemp("template") / "site"
            made[readers] = folder, make_site(folder, readers)
        return made[readers]

    return site


@pytest.fixture
def make_world(
    program: Path,
    nursery: Nursery,
    sites: Callable[[int], tuple[Path, list[str]]],
    tmp_path: Path,
) -> Iterator[MakeWorld]:
    """Return what makes a world: `make_world(READERS, *OPTIONS_OF_THE_RECEIVER, **SETTINGS)`."""
    with ExitStack() as stack:

        def make(readers: int, *options: object, **settings: object) -> World:
            template, addresses = sites(readers)
            folder = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
            shutil.copytree(template, folder)
            running = stack.enter_context(receiver(program, folder, *options))
            given = {name: str(value) for name, value in settings.items()}
            return World(folder, addresses, running, nursery, given)

        yield make
        nursery.clear()
