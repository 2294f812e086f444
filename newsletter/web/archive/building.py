"""The whole archive as files: for any web host, and for a disk."""

import json
from collections.abc import Iterator, Mapping

from newsletter.bootstrap import App
from newsletter.languages import Language
from newsletter.store.engine import reading
from newsletter.web.archive.contents import SEARCH, Contents, Page
from newsletter.web.archive.feed import Feed
from newsletter.web.archive.filed import FiledPlace, file_of
from newsletter.web.archive.sitemap import robots, sitemap
from newsletter.web.archive.views import Press, SummaryView
from newsletter.web.pages import Pages

_BROUGHT = ("theme.css", "site.css", "finder.js")
"""The files that pages bring along."""


def files(app: App) -> Mapping[str, bytes]:
    """Return every file of the archive by its path: the same words, the same bytes."""
    pages = Pages(app)
    language = app.languages.get(app.settings.newsletter.language)
    press = Press.of(app.settings)
    with reading(app.engine) as connection:
        contents = Contents(connection, press)
        made = dict(_pages(pages, contents, language))
        made |= {file_of(one.path): one.write() for one in _feeds(contents, language)}
        made["sitemap.xml"] = sitemap(press, contents.addresses())
        made[file_of(f"{SEARCH}/index.js")] = _index(pages, contents, language)
    made["robots.txt"] = robots(press, pages.base)
    return made | {f"static/{name}": pages.assets.read(name) or b"" for name in _BROUGHT}


def _pages(pages: Pages, contents: Contents, language: Language) -> Iterator[tuple[str, bytes]]:
    for page in (*contents.everything(), Page(SEARCH, "finder.html")):
        yield file_of(page.path), page.write(pages, _place(contents.press, language, page.path))
    for old, new in (("/", "/archive"), *contents.all_moved()):
        here = _place(contents.press, language, old)
        values = {"path": new}
        yield file_of(old), Page(old, "moved.html", values).write(pages, here)


def _feeds(contents: Contents, language: Language) -> Iterator[Feed]:
    yield contents.feed(language)
    for slug in contents.all_topics:
        if feed := contents.feed_on(slug, language):
            yield feed


def _place(press: Press, language: Language, path: str) -> FiledPlace:
    return FiledPlace(language, path, public_url=press.public_url)


def _index(pages: Pages, contents: Contents, language: Language) -> bytes:
    """Return what the search looks through: JSON in a script, for disks let no page fetch it."""
    here = _place(contents.press, language, SEARCH)
    entries = [_entry(one, here) for one in contents.all_summaries()]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in entries)
    return f"globalThis.archiveIndex = [\n{lines}\n];\n".encode()


def _entry(one: SummaryView, here: FiledPlace) -> Mapping[str, str]:
    kind = (one.research_type.name,) if one.research_type else ()
    cited = one.kept.summary.citation
    return {
        "title": one.heading,
        "href": here.href(one.path),
        "language": one.language,
        "month": here.language.month(one.month),
        "kicker": " · ".join((*kind, *(topic.name for topic in one.topics))),
        "cited": f"{cited.text} {cited.doi or ''} {one.author}" if cited else one.author,
        "text": one.words,
    }
