"""An IMAP server of a few words, on loopback: enough to log in and to look."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PASSWORD = "s3cret"


@dataclass
class Imapd:
    """What it takes, and what it was told."""

    port: int = 0
    folders: tuple[str, ...] = ("INBOX",)
    verbs: list[str] = field(default_factory=list)


@contextmanager
def imap_server(context: ssl.SSLContext) -> Iterator[Imapd]:
    """Serve while the block runs, under TLS from the first octet."""
    here = Imapd()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                with context.wrap_socket(self.request, server_side=True) as link:
                    _talk(here, link)
            except OSError:
                return  # The client did not like our certificate, or went away.

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        here.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield here
        server.shutdown()
        thread.join(10)


def _talk(here: Imapd, link: ssl.SSLSocket) -> None:
    link.settimeout(10)
    link.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
    with link.makefile("rb") as lines:
        for line in lines:
            tag, verb, rest = (line.decode().strip() + "  ").split(" ", 2)
            here.verbs.append(verb.upper())
            link.sendall(_answer(here, verb.upper(), rest).format(tag=tag).encode())
            if verb.upper() == "LOGOUT":
                return


def _answer(here: Imapd, verb: str, rest: str) -> str:
    if verb == "CAPABILITY":
        return "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"
    if verb == "LOGIN" and PASSWORD not in rest:
        return "{tag} NO who are you\r\n"
    if verb == "SELECT":
        if rest.strip().strip('"') not in here.folders:
            return "{tag} NO no such folder\r\n"
        return "* 0 EXISTS\r\n* OK [PERMANENTFLAGS (\\*)] any\r\n{tag} OK [READ-WRITE] done\r\n"
    if verb == "UID":
        return "* SEARCH\r\n{tag} OK done\r\n"
    return "{tag} OK done\r\n"
