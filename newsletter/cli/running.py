"""When an approved month goes out by itself, and whether anybody minds the clock."""

from newsletter.bootstrap import App
from newsletter.cli import output
from newsletter.model import Month
from newsletter.schedule import goes_out
from newsletter.store import leases
from newsletter.store.engine import reading


def service_runs(app: App) -> bool:
    """Tell whether a service runs on this database."""
    with reading(app.engine) as connection:
        return bool(leases.holder_of(connection, leases.SERVICE, app.shared_clock.now()))


def say_when(app: App, month: Month) -> None:
    """Say when an approved month goes out, and how it is sent sooner."""
    now = app.clock.now()
    at = goes_out(app.settings.schedule, app.settings.zone, month, now)
    send = f"newsletter send {month}"
    if at is None:
        output.say("Its time is too long ago for it to go out by itself.", output.ODD)
        output.next_step(send)
        return
    late = f"It was due on {output.when(at)} and goes out as soon as the service looks."
    coming = f"It goes out on {output.when(at)} ({app.settings.newsletter.timezone})."
    output.say(late if at <= now else coming)
    if service_runs(app):
        output.next_step(f"nothing; to send it now: {send}")
    else:
        output.say("No service runs now.", output.ODD)
        output.next_step(f"newsletter run sends it at its time, {send} at once")
