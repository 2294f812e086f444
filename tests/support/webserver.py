"""A small web on 127.0.0.1 for whatever asks the web: it answers as planned, and notes it all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    """What is answered: status, kind of document, octets, where to go on."""

    body: bytes = b""
    kind: str = "text/html"
    status: int = 200
    location: str = ""


@dataclass(frozen=True)
class Asked:
    """One request: its method, path and headers."""

    method: str
    path: str
    headers: dict[str, str]

    @property
    def accept(self) -> str:
        """What kind of document was wanted."""
        return self.headers.get("Accept", "")


@dataclass
class Web:
    """The server: `pages` by path, or `answer` for whatever is asked; `asked` in order."""

    url: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    answer: Callable[[Asked], Page] | None = None
    asked: list[Asked] = field(default_factory=list)

    def reply(self, asked: Asked) -> Page:
        """Return what is answered to a request."""
        self.asked.append(asked)
        if self.answer:
            return self.answer(asked)
        return self.pages.get(asked.path, Page(status=404))


@contextmanager
def serving() -> Iterator[Web]:
    """Run the server until the end of the block."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = web.reply(Asked(self.command, self.path, dict(self.headers)))
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            if page.location:
                self.send_header("Location", page.location)
            self.end_headers()
            if self.command == "GET":
                try:
                    self.wfile.write(page.body)
                except OSError:
                    return

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
