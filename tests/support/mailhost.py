"""A mail host of the tests' own: Debian's Postfix and Dovecot, on 127.0.0.1, in a folder of theirs.

Postfix takes letters on one port and hands them on to itself on another, which refuses what it is
told to refuse; so the notifications are its real ones. They go to a Maildir that Dovecot serves.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.absent import absent
from tests.support.certificates import Leaf
from tests.support.waiting import until

POSTFIX, DOVECOT = "/usr/sbin/postfix", "/usr/sbin/dovecot"
USER, PASSWORD = "bounces", "s3cret"
OURS, FAR = "us.test", "far.test"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter =
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
transport_maps = inline:{{ {far}=smtp:[127.0.0.1]:{refusing} }}
virtual_mailbox_domains = {ours}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:bounces/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
delay_warning_time = 0
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{refusing} inet n - n - - smtpd
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:{folder}/refusals,permit
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
_DOVECOT = """\
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/bounces
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class MailHost:
    """Where it takes letters, where its mailbox can be read, and the folder that holds it."""

    port: int
    imaps: int
    folder: Path

    @property
    def log(self) -> str:
        """What both wrote down, for a test that fails."""
        logs = (self.folder / "postfix.log", self.folder / "dovecot.log")
        return "\n".join(one.read_text() for one in logs if one.exists())


@contextmanager
def mail_host(refusals: Mapping[str, str], leaf: Leaf) -> Iterator[MailHost]:
    """Start both, and stop them. `refusals` says for each address what is answered to RCPT."""
    for program, package in ((POSTFIX, "postfix"), (DOVECOT, "dovecot-imapd")):
        if not Path(program).exists():
            absent(f"Debian's package {package} is not installed")
    if os.geteuid() != 0:
        absent("Postfix and Dovecot change users, which only root may let them")
    folder = Path(tempfile.mkdtemp(prefix="mailhost-"))
    folder.chmod(0o755)  # pytest's own folders let no other user through
    try:
        host = MailHost(_free_port(), _free_port(), folder)
        _write(host, refusals, leaf)
        with _dovecot(host), _postfix(host):
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        port: int = found.getsockname()[1]
        return port


def _write(host: MailHost, refusals: Mapping[str, str], leaf: Leaf) -> None:
    user, folder = pwd.getpwnam("nobody"), host.folder
    for name in ("queue", "data", "mail", "run", "etc", "dovecot"):
        (folder / name).mkdir(mode=0o755)
    os.chown(folder / "mail", user.pw_uid, user.pw_gid)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    values = {
        "folder": folder,
        "port": host.port,
        "imaps": host.imaps,
        "refusing": _free_port(),
        "uid": user.pw_uid,
        "gid": user.pw_gid,
        "ours": OURS,
        "far": FAR,
        "certificate": leaf.certificate,
        "key": leaf.key,
        "password": PASSWORD,
    }
    (folder / "etc/main.cf").write_text(_MAIN.format(**values))
    (folder / "etc/master.cf").write_text(_MASTER.format(**values))
    (folder / "dovecot/dovecot.conf").write_text(_DOVECOT.format(**values))
    lines = (f"{address} {answer}\n" for address, answer in refusals.items())
    (folder / "refusals").write_text("".join(lines))


@contextmanager
def _postfix(host: MailHost) -> Iterator[None]:
    command = (POSTFIX, "-c", str(host.folder / "etc"))
    started = subprocess.run((*command, "start"), capture_output=True, text=True, timeout=60)
    assert started.returncode == 0, started.stderr + host.log
    try:
        until(lambda: _listens(host.port), f"Postfix listens\n{host.log}")
        yield
    finally:
        number = int((host.folder / "queue/pid/master.pid").read_text())
        os.kill(number, signal.SIGTERM)
        until(lambda: not _lives(number), "Postfix has stopped")


@contextmanager
def _dovecot(host: MailHost) -> Iterator[None]:
    configuration = str(host.folder / "dovecot/dovecot.conf")
    process = subprocess.Popen((DOVECOT, "-F", "-c", configuration))
    try:
        until(lambda: _listens(host.imaps), f"Dovecot listens\n{host.log}")
        yield
    finally:
        process.terminate()
        process.wait(60)


def _listens(port: int) -> bool:
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
        return True
    return False


def _lives(number: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(number, 0)
        return True
    return False
