"""The systemd unit: only the site's own folder is written to, and the words are systemd's."""

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from newsletter import config
from newsletter.cli.unit import program_path, unit_text, written
from newsletter.config import Settings
from newsletter.errors import ConfigError
from tests.support.absent import absent

PROGRAM = Path("/opt/newsletter/bin/newsletter")


def settings(folder: Path, text: str = "") -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)
    return config.load(folder / "config.toml")


def unit(own: Settings, program: Path = PROGRAM) -> configparser.SectionProxy:
    text = unit_text(own, own.site / "config.toml", program, "daemon")
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser["Service"]


def test_it_is_hardened(tmp_path: Path) -> None:
    """Each of these takes a right away that the service does not need."""
    own = unit(settings(tmp_path))
    wanted = {
        "Type": "notify",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "AmbientCapabilities": "",
        "Restart": "on-failure",
        "ExecReload": "kill -HUP $MAINPID",
        "User": "daemon",
    }
    assert {name: own[name] for name in wanted} == wanted


def test_it_writes_to_its_own_folder_alone(tmp_path: Path) -> None:
    """Where everything lies under `var`, nothing else is opened."""
    assert unit(settings(tmp_path))["ReadWritePaths"] == str(tmp_path / "var")


def test_folders_elsewhere_are_opened_too(tmp_path: Path) -> None:
    """A database, backups or an outbox outside the site are written as well."""
    text = """
        [database]
        url = "sqlite:////srv/data/n.db"
        backup_dir = "/srv/data/copies"
        [delivery.file]
        path = "/srv/out box"
    """
    own = settings(tmp_path, text)
    assert written(own) == sorted([tmp_path / "var", Path("/srv/data"), Path("/srv/out box")])
    assert '"-/srv/out box"' in unit(own)["ReadWritePaths"]


def test_a_mailbox_is_opened_where_what_was_read_is_moved(tmp_path: Path) -> None:
    """A Maildir and a folder are; an mbox stays as it is. In a home it can be seen at all."""
    boxes = {"Maildir": True, "mbox": False}
    (tmp_path / "mbox").write_text("")
    for name, is_opened in boxes.items():
        own = settings(tmp_path / "site", f'[bounces]\nmailbox = "{tmp_path / name}"')
        assert (tmp_path / name in written(own)) is is_opened
    assert unit(own)["ProtectHome"] == "yes"
    at_home = settings(tmp_path / "site", '[bounces]\nmailbox = "/home/bounces/Maildir"')
    assert unit(at_home)["ProtectHome"] == "read-only"


def test_it_is_started_again_for_ever(tmp_path: Path) -> None:
    """A database that is away all night is waited for; a wrong setting is not tried again."""
    own = settings(tmp_path)
    assert unit(own)["RestartPreventExitStatus"] == str(ConfigError.exit_code)
    text = unit_text(own, own.site / "config.toml", PROGRAM, "daemon")
    assert "\nStartLimitIntervalSec=0\n" in text


def test_it_stops_after_the_grace_time(tmp_path: Path) -> None:
    """systemd waits longer than the service itself does."""
    own = settings(tmp_path, '[schedule]\ngrace = "5m"\n')
    assert int(unit(own)["TimeoutStopSec"].removesuffix("s")) > 300


def test_a_low_port_needs_one_right(tmp_path: Path) -> None:
    """Below 1024 the service may bind its port, and nothing more."""
    own = unit(settings(tmp_path, "[web]\nport = 443\n"))
    assert own["CapabilityBoundingSet"] == own["AmbientCapabilities"] == "CAP_NET_BIND_SERVICE"


def test_a_site_at_home_can_be_read(tmp_path: Path) -> None:
    """Homes are hidden, unless the program or the site lives in one."""
    own = settings(tmp_path)
    assert unit(own, Path("/home/anna/venv/bin/newsletter"))["ProtectHome"] == "read-only"
    hidden = unit_text(own, Path("/srv/x/config.toml"), PROGRAM, "daemon")
    assert ("ProtectHome=yes" in hidden) != str(tmp_path).startswith(("/home/", "/root/"))


@pytest.mark.parametrize("name", ["plain", "with space", "100 %", 'a "quote"', "$HOME"])
def test_systemd_takes_it(tmp_path: Path, name: str) -> None:
    """`systemd-analyze verify` has nothing to say, whatever the folder is called."""
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze is missing: apt-get install systemd")
    own = settings(tmp_path / name)
    (own.site / "var").mkdir()
    file = tmp_path / "newsletter.service"
    file.write_text(unit_text(own, own.site / "config.toml", program_path(), "daemon"))
    command = ["systemd-analyze", "verify", "--man=no", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "newsletter.service" not in done.stderr
    assert done.returncode == 0, done.stderr
