"""Which language a page is in."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsletter.errors import ConfigError
from tests.support.web import Web, opened

FRENCH = "Cette page n’existe pas"
ENGLISH = "There is no such page"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("fr", FRENCH),
        ("fr-CA,fr;q=0.9,en;q=0.5", FRENCH),
        ("de, fr;q=0.5, en;q=0.4", FRENCH),
        ("en-GB, fr;q=0.9", ENGLISH),
        ("fr;q=0, en", ENGLISH),
        ("de", ENGLISH),
        ("", ENGLISH),
        ("*;q=,;;;,fr;q=x", ENGLISH),
        ("fr" + "-a" * 30_000, ENGLISH),
    ],
)
def test_the_browser_is_heard(client: TestClient, header: str, words: str) -> None:
    """The best liked language that there is; English where none is."""
    answer = client.get("/nothing", headers={"Accept-Language": header})
    assert words in answer.text


def test_a_link_chooses(client: TestClient) -> None:
    """`?lang=` wins over the browser, its page's links keep it, and each language has its link."""
    page = client.get("/nothing?lang=fr", headers={"Accept-Language": "en"}).text
    assert FRENCH in page
    assert '<html lang="fr" dir="ltr">' in page
    assert 'href="/?lang=fr"' in page
    assert 'href="/nothing?lang=en"' in page
    assert ENGLISH in client.get("/nothing?lang=xx").text


def test_a_site_s_language_is_spoken_to_strangers(tmp_path: Path) -> None:
    """Whoever asks for nothing we have gets the language of the newsletter."""
    with opened(tmp_path / "site", newsletter={"language": "fr-CA"}) as web:
        assert FRENCH in web.client().get("/nothing", headers={"Accept-Language": "de"}).text


GERMAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "There is no such page"
msgstr "Diese Seite gibt es nicht"
"""


def test_another_language_is_one_file(web: Web) -> None:
    """A .po file in the site's folder is a language; what it leaves open stays English."""
    locales = web.app.settings.site / "locales"
    locales.mkdir()
    (locales / "de.po").write_text(GERMAN, "utf-8")
    page = web.client().get("/nothing", headers={"Accept-Language": "de"}).text
    assert "Diese Seite gibt es nicht" in page
    assert "Skip to the text" in page
    assert "Deutsch" in page


@pytest.mark.parametrize("name", ["de.po", "nonsense.po"])
def test_a_translation_that_can_not_be_read_is_named(web: Web, name: str) -> None:
    """A broken file, or one whose name is no language, stops the start and says which."""
    locales = web.app.settings.site / "locales"
    locales.mkdir()
    (locales / name).write_text('msgid "a\n', "utf-8")
    with pytest.raises(ConfigError, match=name.removesuffix(".po")):
        web.client()
