"""`newsletter service unit`: a systemd unit for this site, with as few rights as it needs."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from newsletter import config
from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.config import Settings
from newsletter.errors import UsageError
from newsletter.store.engine import sqlite_file

WATCHDOG = timedelta(minutes=3)
"""The service gives a sign each second, unless its clock has been silent for 90 seconds."""

_AFTER_GRACE = timedelta(seconds=30)
"""To write down what was in flight, after `schedule.grace`."""

_LOWEST_FREE_PORT = 1024
_HOMES = ("/home", "/root", "/run/user")

_TEMPLATE = """\
# {site}: written by `newsletter service unit`. As root:
#   put it into /etc/systemd/system/newsletter.service
#   systemctl daemon-reload && systemctl enable --now newsletter
[Unit]
Description=Research newsletter ({name})
Wants=network-online.target
After=network-online.target nss-lookup.target
StartLimitIntervalSec=0

[Service]
Type=notify
User={user}
WorkingDirectory={directory}
ExecStart={command}
ExecReload=kill -HUP $MAINPID
# What is away for a while is waited for; settings that can't be used want a person.
Restart=on-failure
RestartSec=15s
RestartPreventExitStatus=2
WatchdogSec={watchdog}s
TimeoutStartSec=2min
TimeoutStopSec={stop}s
KillMode=mixed
UMask=0077

# It writes here and nowhere else.
ProtectSystem=strict
ProtectHome={home}
ReadWritePaths={writes}
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed

# It needs no rights but its user's own.
NoNewPrivileges=yes
CapabilityBoundingSet={capability}
AmbientCapabilities={capability}
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictNamespaces=yes
RemoveIPC=yes
KeyringMode=private

# It speaks to the network and to systemd.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

# What else is on the machine is none of its business.
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes

[Install]
WantedBy=multi-user.target
"""


def unit_text(settings: Settings, file: Path, program: Path, user: str) -> str:
    """Return the unit. `file` is the configuration, `program` this program's executable."""
    capability = "CAP_NET_BIND_SERVICE" if settings.web.port < _LOWEST_FREE_PORT else ""
    command = f"{_word(program)} --config {_word(file)} run"
    writes = written(settings)
    return _TEMPLATE.format(
        site=_line(str(settings.site)),
        name=_line(settings.newsletter.name),
        user=user,
        directory=_line(str(settings.site)),
        command=command,
        watchdog=int(WATCHDOG.total_seconds()),
        stop=int((settings.schedule.grace + _AFTER_GRACE).total_seconds()),
        home="read-only" if _in_home(program, settings.content.root, *writes) else "yes",
        writes=" ".join(_written_word(path, settings) for path in writes),
        capability=capability,
    )


def written(settings: Settings) -> list[Path]:
    """Return the folders the service writes to, none inside another."""
    return sorted(_outermost({settings.site / "var", *_elsewhere(settings)}))


def _elsewhere(settings: Settings) -> Iterator[Path]:
    yield settings.database.backup_dir
    if (path := sqlite_file(make_url(settings.database.url))) is not None:
        yield path.parent
    if settings.delivery.backend == "file":
        yield settings.delivery.file.path
    mailbox = settings.bounces.mailbox
    if mailbox is not None and not mailbox.is_file():  # what was read is moved; an mbox stays
        yield mailbox


def _outermost(folders: set[Path]) -> set[Path]:
    return {one for one in folders if not folders & set(one.parents)}


def _in_home(*paths: Path) -> bool:
    return any(str(path).startswith(f"{home}/") for path in paths for home in _HOMES)


def _written_word(path: Path, settings: Settings) -> str:
    """Only `var` must be there when the service starts; a `-` says that others need not."""
    return _word(path) if path == settings.site / "var" else _word(Path(f"-{path}"))


def _word(path: Path) -> str:
    """Return a path as one word of a unit, where `%`, `$`, quotes and spaces mean something."""
    text = _line(str(path)).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{text}"' if set(text) & set(" '\"\\;") else text


def _line(text: str) -> str:
    if not text.isprintable():
        raise UsageError(
            f"{text!r} can't stand in a unit", hint="move the site to a folder with a plain name"
        )
    return text.replace("%", "%%")


def program_path() -> Path:
    """Return the program that runs now, as a service would start it."""
    return Path(sys.executable).with_name("newsletter")


@click.group("service")
def service() -> None:
    """Have the service started by the system."""


@service.command("unit")
@click.option("--user", metavar="NAME", default="newsletter", help="Whom the service runs as.")
@pass_context
def unit(context: Context, user: str) -> None:
    """Print a systemd unit that runs this site's service, with as few rights as it needs."""
    if not user.isprintable() or " " in user or not user:
        raise UsageError(f"“{user}” is not a user", hint="name one that /etc/passwd has")
    file = config.find(context.config_path)
    click.echo(unit_text(context.settings(), file, program_path(), user), nl=False)
    output.note("Put it into /etc/systemd/system/newsletter.service; its head says how to go on.")


commands: tuple[click.Command, ...] = (service,)
