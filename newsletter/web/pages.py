"""What every page is made with: the application, the templates, the files, the languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from newsletter.bootstrap import App
from newsletter.languages import Language
from newsletter.rendering.places import template_folders
from newsletter.templating import Compiled
from newsletter.web.assets import Assets
from newsletter.web.place import Place, place

_COMPILED = Compiled()

PRIVATE: Mapping[str, str] = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""Of a page that is for one reader, or that says what somebody did."""

PUBLIC: Mapping[str, str] = {
    "Cache-Control": "public, max-age=300",
    "Vary": "Accept-Language",
}
"""Of a page that anybody may read, and that looks the same to all who speak one language."""


@dataclass(frozen=True)
class Pages:
    """Makes the pages of one site. Templates are read again when their file changes.

    Raises ConfigError where a translation can't be read.
    """

    app: App

    def __post_init__(self) -> None:
        self.app.languages  # noqa: B018 - read now: a fault in one is told at the start

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        language: str = "",
        headers: Mapping[str, str] = PRIVATE,
        **values: object,
    ) -> Response:
        """Answer a request with a page; `language` is its reader's own, where one is known."""
        here = self.place(request, language)
        return HTMLResponse(self.write(template, here, **values), status, headers=headers)

    def lead(self, request: Request, path: str, **query: str) -> Response:
        """Answer a form that was acted on: what the browser shows next is a page to be read.

        So loading it anew, or coming back to it, posts nothing again (RFC 9110, 15.4.4).
        """
        address = self.place(request).href(path, **query)
        return RedirectResponse(address, 303, headers=PRIVATE)

    def place(self, request: Request, language: str = "") -> Place:
        """Return where a request stands."""
        return place(request, self.app.languages, self.base, language)

    def write(self, template: str, here: Place, **values: object) -> str:
        """Return a page as it stands in `here`: for whoever asks, or for a file."""
        page = self._environment(here.language).get_template(template)
        return page.render(here=here, **values)

    @cached_property
    def base(self) -> str:
        """What `public_url` has after its host: `/digest`, or nothing."""
        return urlsplit(self.app.settings.newsletter.public_url).path.rstrip("/")

    @cached_property
    def assets(self) -> Assets:
        """The files that pages bring along."""
        return Assets(self._folders, self.app.settings.theme)

    @cached_property
    def _folders(self) -> tuple[Path, ...]:
        return tuple(folder / "web" for folder in template_folders(self.app.settings.site))

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        return {}

    def _environment(self, language: Language) -> Environment:
        if language.code not in self._environments:
            self._environments[language.code] = self._made(language)
        return self._environments[language.code]

    def _made(self, language: Language) -> Environment:
        made = Environment(
            loader=FileSystemLoader(self._folders),
            bytecode_cache=_COMPILED,
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # The extension brings this method to the environment it is loaded into.
        made.install_gettext_translations(language.words, newstyle=True)  # type: ignore[attr-defined]
        made.policies["ext.i18n.trimmed"] = True
        own = self.app.settings.newsletter
        made.globals |= {
            "newsletter": own,
            "postal_address": [line for line in own.postal_address.splitlines() if line.strip()],
            "reply_to": own.reply_to or own.from_,
            "public_url": own.public_url.rstrip("/"),
            "languages": tuple(self.app.languages.all.values()),
            "asset": self.assets.address,
        }
        return made
