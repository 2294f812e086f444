"""What an address asks to see."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from newsletter.studio.wish import Wish


def test_nothing_asked_is_the_letter_as_usual() -> None:
    """Without a query: the reader's own edition, as a letter, 600 pixels wide."""
    assert Wish.read({}) == Wish(edition="", view="letter", width="600", screen="system")


@pytest.mark.parametrize(
    "query",
    [
        *({"view": "secrets"}, {"width": "99999"}, {"width": '600"'}, {"screen": "<b>"}),
        *({"styles": "x"}, {"pictures": "x"}, {"reader": "nobody"}),
    ],
)
def test_what_there_is_not_is_as_usual(query: dict[str, str]) -> None:
    """An address that was typed wrong, or made up, shows the usual."""
    assert Wish.read(query) == Wish()


def test_a_query_reads_back() -> None:
    """Links carry on what was chosen before."""
    wish = Wish(edition="1-in-full", view="text", width="375", screen="dark", styles="none")
    asked = wish.query(screen="light")
    assert asked == "?edition=1-in-full&view=text&width=375&screen=light&styles=none"
    assert Wish.read(dict(parse_qsl(asked[1:]))) == replace(wish, screen="light")


def test_an_address_on_the_list_is_read_back() -> None:
    """Whatever stands in it; what is too long for any address is cut off."""
    wish = Wish(reader="listed", address="o'hara+x@example.org")
    assert Wish.read(dict(parse_qsl(wish.query()[1:]))) == wish
    assert len(Wish.read({"reader": "listed", "address": "a" * 10_000}).address) == 400
    assert Wish.read({"address": "somebody@example.org"}) == Wish()


def test_what_a_made_up_reader_gets_goes_without_saying() -> None:
    """Everything in full; for somebody on the list it says something."""
    everything = {"edition": "everything-in-full"}
    assert Wish.read(everything).query() == ""
    assert "edition=" in Wish.read({**everything, "reader": "listed"}).query()


def test_what_is_usual_is_left_out() -> None:
    """Addresses stay short."""
    assert Wish().query(view="text") == "?view=text"
    assert Wish(view="text").query(view="letter") == ""
