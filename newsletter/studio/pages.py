"""The studio's pages as HTML: the templates, and what each of them is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from newsletter.studio import guards
from newsletter.studio.clients import PICTURES, SCREENS, STYLES
from newsletter.studio.gallery import Shelf
from newsletter.studio.people import LISTED, SAMPLES
from newsletter.studio.picture import FORMS
from newsletter.studio.watch import Watch
from newsletter.studio.wish import WIDTHS, Wish

_UNSAID: Mapping[str, object] = {
    "apology": "",
    "languages": (),
    "menu": {},
    "month": None,
    "offers": (),
    "print": "",
    "said": (),
    "visit": None,
    "wish": Wish(),
}
"""What a template is given where the page has nothing to say."""


def environment(templates: Path) -> Environment:
    """Return the templates in a folder, with the tables they choose from."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "FORMS": FORMS,
        "LISTED": LISTED,
        "PICTURES": PICTURES,
        "SAMPLES": SAMPLES,
        "SANDBOX": guards.SANDBOX,
        "SCREENS": SCREENS,
        "STYLES": STYLES,
        "WIDTHS": WIDTHS,
    }
    return made


@dataclass(frozen=True)
class Pages:
    """Writes pages; each says which version of the files it shows."""

    templates: Environment
    watch: Watch

    def page(
        self, name: str, shelf: Shelf, *, version: str = "", status: int = 200, **values: object
    ) -> Response:
        """Return a page of the studio itself."""
        said = values | {"shelf": shelf, "version": version or self.watch.version}
        html = self.templates.get_template(name).render({**_UNSAID, **said})
        return HTMLResponse(html, status, headers=guards.PAGE)

    def sheet(self, name: str, **values: object) -> str:
        """Return a document for the frame."""
        return self.templates.get_template(name).render(values)
