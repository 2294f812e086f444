"""The lint of MJML, and the checks of an Edition."""

from dataclasses import replace

import pytest

from newsletter.config import Newsletter, Theme
from newsletter.model import Edition, EditionKey, Issue
from newsletter.rendering.checks import check_edition, contrast
from newsletter.rendering.lint import lint_mjml
from newsletter.rendering.render import Renderer


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


@pytest.fixture
def edition(renderer: Renderer, issue: Issue) -> Edition:
    return renderer.render(issue, EditionKey((0,)))


def codes(edition: Edition, theme: Theme | None = None) -> list[str]:
    return [f"{f.level} {f.code}" for f in check_edition(edition, theme or Theme())]


def test_a_large_mail_is_told_before_it_is_clipped(edition: Edition) -> None:
    """Over 90 KB a warning, over 102 KB an error, counted in octets."""
    room = 95_000 - len(edition.html.encode())
    assert codes(replace(edition, html=edition.html + "é" * (room // 2))) == ["warning html-size"]
    assert codes(replace(edition, html=edition.html + "é" * 50_000)) == ["error html-size"]


def test_a_mail_without_a_way_out_is_an_error(edition: Edition) -> None:
    """Both documents must have the link to unsubscribe."""
    made = replace(edition, html="<p>", text="x")
    assert codes(made) == ["error no-unsubscribe", "error no-unsubscribe"]


def test_the_subjects_length(edition: Edition) -> None:
    """No subject is an error, a very long one a warning."""
    assert codes(replace(edition, subject="")) == ["error no-subject"]
    assert codes(replace(edition, subject="x" * 101)) == ["warning long-subject"]


def test_mjml_left_over_is_an_error(edition: Edition) -> None:
    """Nothing of MJML may be left."""
    assert codes(replace(edition, html=edition.html + "<mj-text>")) == ["error mjml-left"]


def test_a_missing_postal_address_is_a_warning(edition: Edition) -> None:
    """Many laws want one."""
    site = Newsletter.model_validate({"from": "a@example.org"})
    assert [f.code for f in check_edition(edition, Theme(), site)] == ["no-postal-address"]


def test_the_default_colours_have_contrast(edition: Edition) -> None:
    """All text colours on all grounds, light and dark, meet AA."""
    assert codes(edition) == []


def test_a_weak_colour_is_told_for_each_ground(edition: Edition) -> None:
    """A site's own colours are checked in both themes."""
    weak = Theme(soft="#999999", dark_accent="#333333")
    assert codes(edition, weak) == ["error contrast"] * 6


def test_contrast_is_wcags() -> None:
    """Black on white is 21, a colour on itself 1, and the order doesn't matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_a_misspelt_element_names_the_nearest() -> None:
    """The hint is what an editor of templates can use."""
    (near,) = lint_mjml("<mj-txt></mj-txt>", "")
    (far,) = lint_mjml("<mj-qqqqqq></mj-qqqqqq>", "")
    assert near.hint == "did you mean <mj-text>?"
    assert far.hint.startswith("see https://")
