"""The letter's own words in another language than the editor's."""

import re

import pytest

from newsletter.config import Settings
from newsletter.model import Edition, EditionKey, Issue
from newsletter.rendering.render import Renderer


@pytest.fixture
def french(renderer: Renderer, issue: Issue) -> Edition:
    return renderer.render(issue, EditionKey((0,), (1, 2), "fr"))


def test_the_letter_speaks_french(french: Edition) -> None:
    """Headings, links and the line at the top are French in both documents."""
    for words in ("janvier 2021", "Dans ce numéro", "votre thème", "Aussi ce mois-ci"):
        assert words in french.text.replace("\u00a0", " ")
        assert words in french.html.replace("\u00a0", " ")
    assert "Implications pour la pratique" in french.html
    assert french.greeting == "Bonjour %(name)s,"


def test_nothing_english_is_left(renderer: Renderer, french: Edition, issue: Issue) -> None:
    """Every line of our own that the English letter has is another in the French one."""
    english = renderer.render(issue, EditionKey((0,), (1, 2), "en"))
    own = ("In this issue", "Also this month", "your topic", "minutes? to read", "Unsubscribe")
    ours = re.compile("|".join(own))
    assert len(set(ours.findall(english.text))) == 5
    assert ours.findall(french.text) == []


def test_what_the_editor_wrote_keeps_its_language(french: Edition) -> None:
    """A screen reader is told that the summaries are English in a French letter."""
    assert '<html lang="fr"' in french.html
    assert '<h2 lang="en"' in french.html
    assert '<div lang="en">' in french.html


def test_in_the_editor_s_language_nothing_is_marked(renderer: Renderer, issue: Issue) -> None:
    """Where letter and summaries have one language, no part of it says so again."""
    html = renderer.render(issue, EditionKey((0, 1, 2))).html
    assert not re.search(r"<(h2|span)[^>]* lang=|<div lang=", html)


def test_a_site_s_own_words(settings: Settings, issue: Issue) -> None:
    """A site's catalogue changes a word of the letter, and the rest stays."""
    folder = settings.site / "locales"
    folder.mkdir()
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (folder / "fr.po").write_text(f'{head}msgid "In this issue"\nmsgstr "Au sommaire"\n')
    text = Renderer(settings).render(issue, EditionKey((0, 1, 2), (), "fr")).text
    assert "Au sommaire" in text
    assert "votre thème" not in text
    assert "minutes de lecture" in text


def test_labels_of_the_text_have_their_colon_as_french_has_it(french: Edition) -> None:
    """With a space before it that never breaks; addresses are addresses."""
    for label in ("Sur le web", "Changer de thèmes", "Faire une pause", "Se désabonner"):
        assert f"{label}\u00a0:\n" in french.text
