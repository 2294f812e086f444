"""The lint of MJML."""

import pytest

from newsletter.rendering.lint import lint_mjml


def body(inner: str) -> str:
    column = f"<mj-column>\n{inner}\n</mj-column>"
    return f"<mjml><mj-body><mj-section>{column}</mj-section></mj-body></mjml>"


def found(source: str) -> list[tuple[str, int | None, int | None]]:
    return [(f.code, f.line, f.column) for f in lint_mjml(source, "x.mjml")]


def test_sound_mjml_has_no_findings() -> None:
    """Components where they belong, HTML inside, void elements, entities: nothing to say."""
    head = (
        '<mj-attributes><mj-all padding="0" /><mj-class name="a" color="#000000" /></mj-attributes>'
        '<mj-style>.a > .b { margin: 0 }</mj-style><mj-raw><meta name="x" /></mj-raw>'
    )
    column = (
        '<mj-text css-class="b"><p>a<br>b &lt; c</p></mj-text>'
        '<mj-image src="https://example.org/x.png" alt="x" />'
    )
    section = f'<mj-section mj-class="a"><mj-column>{column}</mj-column></mj-section>'
    source = f'<mjml lang="en"><mj-head>{head}</mj-head><mj-body>{section}</mj-body></mjml>'
    assert found(source) == []


@pytest.mark.parametrize(
    ("inner", "code", "column"),
    [
        ("<mj-raw><div></mj-raw>", "unbalanced", 9),
        ("<mj-text><div><p></div></mj-text>", "unbalanced", 15),
        ("<mj-text></b></mj-text>", "unbalanced", 10),
        ("<mj-foo></mj-foo>", "unknown-element", 1),
        ('<mj-text colour="x"></mj-text>', "unknown-attribute", 10),
        ("<mj-section></mj-section>", "misplaced-element", 1),
        ("<p>x</p>", "misplaced-html", 1),
        ("<mj-text>p <.05</mj-text>", "bare-less-than", 12),
        ('<mj-include path="x.mjml" />', "forbidden-element", 1),
        ('<mj-image src="https://x.org/x" />', "image-alt", 1),
        ('<mj-text><img src="x"></mj-text>', "image-alt", 10),
    ],
)
def test_what_mjml_lets_pass_is_found(inner: str, code: str, column: int) -> None:
    """Each fault is found, with its line and column."""
    assert found(body(inner)) == [(code, 2, column)]


@pytest.mark.parametrize("element", ["mj-include", "mj-html-attributes", "mj-font"])
def test_what_our_pipeline_cannot_have(element: str) -> None:
    """Included bodies, attributes for HTML, fetched fonts: errors that say what to do."""
    (finding,) = lint_mjml(f"<mjml><mj-head><{element} /></mj-head></mjml>", "x.mjml")
    assert finding.level == "error"
    assert finding.hint


def test_an_unclosed_end_is_found() -> None:
    """What is never closed is found where it was opened."""
    assert found("<mjml>\n <mj-body>") == [("unbalanced", 1, 1), ("unbalanced", 2, 2)]


def test_a_misspelt_element_names_the_nearest() -> None:
    """The hint is what an editor of templates can use."""
    (near,) = lint_mjml("<mj-txt></mj-txt>", "")
    (far,) = lint_mjml("<mj-qqqqqq></mj-qqqqqq>", "")
    assert near.hint == "did you mean <mj-text>?"
    assert far.hint.startswith("see https://")
