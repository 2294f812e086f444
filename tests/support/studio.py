"""The studio over a site in a folder, served on a loopback port from a thread of its own."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from newsletter.clock import SystemClock
from newsletter.rendering.places import packaged_templates
from newsletter.studio.app import build
from newsletter.studio.gallery import Gallery
from newsletter.studio.server import HOST, Server, listen
from newsletter.studio.watch import Watch

PATIENCE = 20.0
"""Seconds after which something that was waited for is not coming."""


@dataclass(frozen=True)
class Answer:
    """What a request got."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Running:
    """A studio that is being served."""

    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def get(
        self,
        path: str,
        method: str = "GET",
        host: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: str = "",
    ) -> Answer:
        """Ask for `path` as it stands: nothing in it is tidied up."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        with closing(connection):
            connection.putrequest(method, path, skip_host=True)
            connection.putheader("Host", host or f"{HOST}:{self.port}")
            for name, value in headers.items():
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body.encode() or None)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.headers.items()), answer.read().decode())

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form as the studio's own page does, unless `Origin` says otherwise."""
        given = {"Origin": self.url, "Content-Type": "application/x-www-form-urlencoded"}
        return self.get(path, "POST", headers=given | headers, body=urlencode(fields))

    @contextmanager
    def news(self, since: str = "") -> Iterator[Iterator[str]]:
        """Hold the stream of changes open; yields the versions that come."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", f"/changes?since={since}")
            with connection.getresponse() as answer:
                lines = iter(answer.readline, b"")
                yield (line[6:].decode().strip() for line in lines if line.startswith(b"data: "))


@contextmanager
def serving(config: Path, templates: Path | None = None) -> Iterator[Running]:
    """Serve the studio of one site until the block ends; its pages may be others than ours."""
    gallery = Gallery(config, SystemClock())
    watch = Watch(gallery.places, gallery.forget)
    server = Server(build(gallery, watch, templates or packaged_templates() / "web"), watch.stop)
    with closing(gallery), listen(0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Running(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()
