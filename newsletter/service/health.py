"""Is it well? `/healthz`, `/readyz` and `/metrics`, as routes that any application can mount."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from newsletter.bootstrap import App
from newsletter.errors import DatabaseError
from newsletter.service.logs import hide
from newsletter.service.metrics import CONTENT_TYPE, Metrics
from newsletter.service.vitals import Vitals
from newsletter.store import migrate
from newsletter.store.engine import reading, sqlite_file

LEAST_FREE = 200 * 1024 * 1024
"""Octets of free disk below which the service counts as not ready."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: is it well, how it stands, what to do if it isn't."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def checks(app: App, vitals: Vitals) -> list[Check]:
    """Look at everything that sending the next month needs."""
    return [
        _database(app.engine),
        _migrations(app.engine),
        _scheduler(vitals),
        _last_run(vitals),
        _disk(sqlite_file(app.engine.url) or app.settings.site),
    ]


def _database(engine: Engine) -> Check:
    try:
        with reading(engine) as connection:
            connection.execute(text("SELECT 1"))
    except DatabaseError as error:
        return Check("database", False, error.message, error.hint)
    return Check("database", True, "it answers")


def _migrations(engine: Engine) -> Check:
    try:
        found, wanted = migrate.current(engine), migrate.newest()
    except DatabaseError as error:
        return Check("migrations", False, error.message, error.hint)
    hint = "" if found == wanted else "run `newsletter db upgrade` and start the service again"
    return Check("migrations", found == wanted, f"at {found or 'none'} of {wanted}", hint)


def _scheduler(vitals: Vitals) -> Check:
    seconds = f"its clock struck {vitals.silence:.0f} s ago"
    if not vitals.clock_runs():
        return Check("scheduler", False, "its thread is dead", "start the service again")
    hint = "" if vitals.on_time else "if it stays so, start the service again"
    return Check("scheduler", vitals.on_time, seconds, hint)


def _last_run(vitals: Vitals) -> Check:
    last = vitals.last_run
    if last is None:
        return Check("backend", True, "nothing was sent since the start")
    hint = "" if last.ok else "look at [delivery]; `newsletter status` says how the month stands"
    return Check("backend", last.ok, f"{hide(last.words)} at {last.at:%Y-%m-%d %H:%M} UTC", hint)


def _disk(path: Path) -> Check:
    folder = path if path.is_dir() else path.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", False, f"{folder}: {error.strerror}", "check that the folder is there")
    hint = "" if free >= LEAST_FREE else f"free some space under {folder}"
    return Check("disk", free >= LEAST_FREE, f"{free / 1024**3:.1f} GB free", hint)


def routes(current: Callable[[], App], vitals: Vitals) -> list[BaseRoute]:
    """Return the three routes. `current` gives the application of the moment."""
    metrics = Metrics(current, vitals)

    def healthz(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    def readyz(_request: Request) -> Response:
        found = checks(current(), vitals)
        ok = all(one.ok for one in found)
        document = {"ok": ok, "checks": [asdict(one) for one in found]}
        return JSONResponse(document, 200 if ok else 503, {"Cache-Control": "no-store"})

    def numbers(_request: Request) -> Response:
        try:
            return Response(metrics.text(), media_type=CONTENT_TYPE)
        except DatabaseError as error:
            return PlainTextResponse(f"# {error.message}\n", 503)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", numbers),
    ]
