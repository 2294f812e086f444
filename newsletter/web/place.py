"""Where a page stands: the language it is read in, and how it leads to others."""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from starlette.requests import Request

from newsletter.languages import Language, Languages


@dataclass(frozen=True)
class Place:
    """A page's own point of view; `here` in templates.

    `path` is its address on this site. `base` stands before every path: what `public_url` has
    after its host. `chosen` says that the reader picked the language by a link: links keep it.
    `served` tells a page that is asked for from one that is a file.
    """

    language: Language
    path: str
    base: str = ""
    chosen: bool = False
    served: bool = True

    def href(self, path: str, **query: str) -> str:
        """Return the address of another page, from its path: `/archive`."""
        if self.chosen:
            query.setdefault("lang", self.language.code)
        target, mark, fragment = path.partition("#")
        asked = f"?{urlencode(query)}" if query else ""
        return f"{self.base}{quote(target, safe='/%:@!$&()*+,;=~.-_')}{asked}{mark}{fragment}"

    def file(self, address: str) -> str:
        """Return the address of a file that pages bring along, from what `asset()` gave."""
        return self.base + address

    def spoken(self, code: str) -> str:
        """Return the address of this page in another language."""
        return replace(self, chosen=False).href(self.path, lang=code)


def place(request: Request, languages: Languages, base: str, readers: str = "") -> Place:
    """Return where a request stands.

    Its language is the one of a `?lang=` link, else the reader's own (`readers`, where a token
    named one), else what their browser asks for.
    """
    wished = request.query_params.get("lang", "")
    chosen = languages.knows(wished)
    if chosen:
        language = languages.get(wished)
    elif readers:
        language = languages.get(readers)
    else:
        language = languages.accepted(request.headers.get("accept-language", ""))
    return Place(language, request.scope["path"], base, chosen)
