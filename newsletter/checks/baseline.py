"""What every letter uses of HTML and CSS, whoever writes it: MJML's own output and our templates'.

That programs lack some of it has been weighed when the letter was made, so that it is no news to
an editor. The table of mail programs keeps it; a test holds it true.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import html

from newsletter.checks.usage import used
from newsletter.config import Settings
from newsletter.model import Citation, EditionKey, Issue, Month, ResearchType, Summary, Topic
from newsletter.rendering import css
from newsletter.rendering.mail import to_html
from newsletter.rendering.render import Renderer
from newsletter.rendering.templates import Composed

_EVERYTHING = """A paragraph with *emphasis*, **strong words**, `code`, [a link](https://a.org "x").

# One

## Two

### Three

#### Four

> A quotation.

- a point
  1. a number

---

```
code
```

| Left | Centre | Right |
|:-----|:------:|------:|
| a    | b      | c     |
"""

_COLUMN = """<mj-column width="50%" border="1px solid #000000" inner-background-color="#ffffff">
<mj-text align="center">a</mj-text><mj-button href="https://a.org" border-radius="3px">b</mj-button>
<mj-image src="https://a.org/a.png" alt="c" width="100px" fluid-on-mobile="true" />
<mj-divider /><mj-spacer height="20px" /><mj-table><tr><td>d</td></tr></mj-table>
</mj-column>"""
_FRAME = f"""<mjml lang="en"><mj-head><mj-title>t</mj-title><mj-preview>p</mj-preview></mj-head>
<mj-body><mj-wrapper full-width="full-width" background-color="#ffffff"><mj-section direction="rtl">
{_COLUMN}<mj-group>{_COLUMN}</mj-group></mj-section></mj-wrapper></mj-body></mjml>"""


def baseline(table: Mapping[str, Any]) -> list[str]:
    """Return the slugs of the table's features that every letter uses."""
    keys = frozenset[str]().union(*(_used(document) for document in _documents()))
    return sorted(
        slug for slug, feature in table["features"].items() if keys & set(feature["keys"])
    )


def _used(document: str) -> frozenset[str]:
    tree = html.document_fromstring(document, parser=html.HTMLParser(remove_comments=True))
    sheets = (css.read(style.text or "") for style in tree.iter("style"))
    return used(tree, tuple(rule for sheet in sheets for rule in sheet.rules))


def _documents() -> list[str]:
    """Return the simple elements of MJML, and the packaged letter with all that Markdown has."""
    renderer = Renderer(Settings.model_validate({"site": Path("/nowhere")}))
    summary = Summary(
        slug="a",
        title="A",
        body=_EVERYTHING,
        implications=_EVERYTHING,
        citation=Citation("A, B. (2020). C. Journal, 1. https://doi.org/10.1/a", "10.1/a"),
        topics=(Topic("t", "T"),),
        research_type=ResearchType("s", "S"),
        author="A",
    )
    issue = Issue(Month(2021, 1), (summary, summary), introduction=_EVERYTHING)
    keys = (EditionKey((0, 1)), EditionKey((0,), (1,)), EditionKey((), (0, 1)))
    letters = [renderer.render(issue, key).html for key in keys]
    return [to_html(Composed(_FRAME, (), ())), *letters]
