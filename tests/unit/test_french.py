"""French as it is printed: what stands before a sign that has two parts doesn't leave it alone."""

import re

from babel.messages.pofile import read_po

from newsletter.languages import PACKAGED

NO_BREAK, NARROW = "\u00a0", "\u202f"


def messages() -> list[str]:
    """Return all that the program says in French."""
    with (PACKAGED / "fr.po").open("rb") as file:
        catalogue = read_po(file)
    return [
        text
        for one in catalogue
        if one.id
        for text in ([one.string] if isinstance(one.string, str) else one.string)
    ]


def test_a_space_that_never_breaks_stands_before_signs_of_two_parts() -> None:
    """Before a colon and inside quotation marks a full one, before ; ! ? a narrow one."""
    wrong = re.compile(rf"(?<!{NO_BREAK})[:»](?=\s|$)|(?<!{NARROW})[;!?](?=\s|$)|«(?!{NO_BREAK})")
    assert [text for text in messages() if wrong.search(text)] == []
    assert any(NO_BREAK + ":" in text for text in messages())


def test_apostrophes_and_dots_are_the_printer_s() -> None:
    """’ and …, never their typewriter's kin."""
    assert [text for text in messages() if re.search(r"\w'\w|\.\.\.", text)] == []
