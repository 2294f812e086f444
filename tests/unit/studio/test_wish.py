"""What an address asks to see."""

import pytest

from newsletter.studio.wish import Wish


def test_nothing_asked_is_the_letter_as_usual() -> None:
    """Without a query: everything in full, as a letter, 600 pixels wide."""
    assert Wish.read({}) == Wish("everything-in-full", "letter", "600", "system")


@pytest.mark.parametrize(
    "query", [{"view": "secrets"}, {"width": "99999"}, {"width": '600"'}, {"theme": "<b>"}]
)
def test_what_there_is_not_is_as_usual(query: dict[str, str]) -> None:
    """An address that was typed wrong, or made up, shows the usual."""
    assert Wish.read(query) == Wish()


def test_a_query_reads_back() -> None:
    """Links carry on what was chosen before."""
    wish = Wish("1-in-full", "text", "375", "dark")
    asked = wish.query(theme="light")
    assert asked == "?edition=1-in-full&view=text&width=375&theme=light"


def test_what_is_usual_is_left_out() -> None:
    """Addresses stay short."""
    assert Wish().query(view="text") == "?view=text"
    assert Wish(view="text").query(view="letter") == ""
