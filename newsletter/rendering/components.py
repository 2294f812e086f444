"""The table of MJML's components: what each may hold as attributes, and where it may stand.

From the component reference of MJML 4 (https://documentation.mjml.io/). MJML itself says nothing
of an attribute or an element it doesn't know, so the lint reads this.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Component:
    """One element: the elements it may stand in, its attributes, and whether it holds HTML."""

    parents: frozenset[str]
    attributes: frozenset[str]
    holds_html: bool = False


_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_INNER = (
    "inner-border inner-border-top inner-border-right inner-border-bottom inner-border-left "
    "inner-border-radius inner-background-color"
)
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height"
_TEXT = f"{_FONT} text-align text-decoration text-transform"
_LINK = "href rel target title name"
_BACKGROUND = (
    "background-color background-url background-repeat background-size background-position "
    "background-position-x background-position-y"
)
_ICON = (
    "icon-align icon-width icon-height icon-position icon-wrapped-url icon-wrapped-alt "
    "icon-unwrapped-url icon-unwrapped-alt"
)
_HAMBURGER = (
    "hamburger ico-align ico-close ico-color ico-font-family ico-font-size ico-line-height "
    "ico-open ico-padding ico-padding-top ico-padding-right ico-padding-bottom ico-padding-left "
    "ico-text-decoration ico-text-transform"
)

_BODY = "mj-body"
_CONTENT = "mj-column mj-hero"
_EVERYWHERE = "mjml mj-head mj-body mj-wrapper mj-section mj-group mj-column mj-hero"


def _of(parents: str, attributes: str = "", *, html: bool = False) -> Component:
    common = {"css-class", "mj-class"} if parents != "mj-head" else set()
    return Component(frozenset(parents.split()), frozenset({*attributes.split(), *common}), html)


COMPONENTS: Mapping[str, Component] = {
    "mjml": Component(frozenset({""}), frozenset({"lang", "dir", "owa"})),
    "mj-head": Component(frozenset({"mjml"}), frozenset()),
    "mj-body": _of("mjml", "background-color width id"),
    # The head.
    "mj-attributes": _of("mj-head"),
    "mj-breakpoint": _of("mj-head", "width"),
    "mj-font": _of("mj-head", "name href"),
    "mj-html-attributes": _of("mj-head"),
    "mj-preview": _of("mj-head"),
    "mj-style": _of("mj-head", "inline"),
    "mj-title": _of("mj-head"),
    # The frame.
    "mj-wrapper": _of(
        _BODY,
        f"{_PADDING} {_BORDER} {_BACKGROUND} direction full-width gap text-align text-padding",
    ),
    "mj-section": _of(
        f"{_BODY} mj-wrapper",
        f"{_PADDING} {_BORDER} {_BACKGROUND} direction full-width text-align text-padding",
    ),
    "mj-hero": _of(
        f"{_BODY} mj-wrapper",
        f"{_PADDING} {_BACKGROUND} background-width background-height border-radius height mode "
        "width vertical-align inner-background-color inner-padding inner-padding-top "
        "inner-padding-right inner-padding-bottom inner-padding-left",
    ),
    "mj-group": _of("mj-section", "width direction vertical-align background-color"),
    "mj-column": _of(
        "mj-section mj-group",
        f"{_PADDING} {_BORDER} {_INNER} background-color direction vertical-align width",
    ),
    "mj-raw": Component(frozenset(_EVERYWHERE.split()), frozenset({"position"}), True),
    "mj-include": Component(
        frozenset(_EVERYWHERE.split()), frozenset({"path", "type", "css-inline"})
    ),
    # What stands in a column.
    "mj-accordion": _of(
        _CONTENT,
        f"{_PADDING} border font-family container-background-color icon-align icon-width "
        "icon-height icon-position icon-wrapped-url icon-wrapped-alt icon-unwrapped-url "
        "icon-unwrapped-alt",
    ),
    "mj-accordion-element": _of("mj-accordion", f"background-color border font-family {_ICON}"),
    "mj-accordion-title": _of(
        "mj-accordion-element",
        f"{_PADDING} background-color color font-family font-size font-weight",
        html=True,
    ),
    "mj-accordion-text": _of(
        "mj-accordion-element",
        f"{_PADDING} background-color color font-family font-size font-weight letter-spacing "
        "line-height",
        html=True,
    ),
    "mj-button": _of(
        _CONTENT,
        f"{_PADDING} {_BORDER} {_TEXT} {_LINK} align background-color container-background-color "
        "height inner-padding vertical-align width",
        html=True,
    ),
    "mj-carousel": _of(
        _CONTENT,
        f"{_PADDING} align border-radius container-background-color icon-width left-icon "
        "right-icon tb-border tb-border-radius tb-hover-border-color tb-selected-border-color "
        "tb-width thumbnails",
    ),
    "mj-carousel-image": _of(
        "mj-carousel",
        "alt border-radius href rel src target tb-border tb-border-radius thumbnails-src title",
    ),
    "mj-divider": _of(
        _CONTENT,
        f"{_PADDING} align border-color border-style border-width container-background-color width",
    ),
    "mj-image": _of(
        _CONTENT,
        f"{_PADDING} {_BORDER} {_LINK} align alt container-background-color fluid-on-mobile "
        "font-size full-width height max-height sizes src srcset usemap width",
    ),
    "mj-navbar": _of(_CONTENT, f"align base-url {_HAMBURGER}"),
    "mj-navbar-link": _of("mj-navbar", f"{_PADDING} {_TEXT} {_LINK}", html=True),
    "mj-social": _of(
        _CONTENT,
        f"{_PADDING} {_FONT} align border-radius container-background-color icon-height "
        "icon-padding icon-size inner-padding mode table-layout text-decoration text-padding",
    ),
    "mj-social-element": _of(
        "mj-social",
        f"{_PADDING} {_FONT} {_LINK} align alt background-color border-radius icon-height "
        "icon-padding icon-position icon-size sizes src srcset text-decoration text-padding "
        "vertical-align",
        html=True,
    ),
    "mj-spacer": _of(_CONTENT, f"{_PADDING} container-background-color height"),
    "mj-table": _of(
        _CONTENT,
        f"{_PADDING} align border cellpadding cellspacing color container-background-color "
        "font-family font-size line-height role table-layout vertical-align width",
        html=True,
    ),
    "mj-text": _of(
        _CONTENT,
        f"{_PADDING} {_TEXT} align container-background-color height vertical-align",
        html=True,
    ),
}

DEFAULTS = "mj-attributes"
"""In here stand components as carriers of defaults, beside `mj-all` and `mj-class`."""

_ANY = frozenset(name for one in COMPONENTS.values() for name in one.attributes)

CARRIERS: Mapping[str, Component] = {
    **COMPONENTS,
    "mj-all": Component(frozenset({DEFAULTS}), _ANY),
    "mj-class": Component(frozenset({DEFAULTS}), _ANY | {"name"}),
}
"""What may stand in `mj-attributes`."""
