"""Write the table of mail programs anew, from the data of caniemail.com.

    make clients FROM=package/data/caniemail.json

The file comes with the npm package `caniemail` (npm pack caniemail; tar xf …), or from the project
itself. Kept are, for each feature that can be told from a mail, the programs that don't know it;
and, as the baseline, what MJML and the packaged letter use of them in any case.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from newsletter.checks.baseline import baseline
from newsletter.checks.clients import TABLE, write_table

_GIVEN = {
    "css-at-media-device-pixel-ratio": ["at:@media(-webkit-device-pixel-ratio)"],
    "css-at-media-hover": ["at:@media(hover)", "at:@media(any-hover)"],
    "css-block-inline-size": ["property:block-size", "property:inline-size"],
    "css-border-inline-block": ["property:border-inline", "property:border-block"],
    "css-color-scheme": ["property:color-scheme"],
    "css-column-layout-properties": ["property:columns", "property:column-rule"],
    "css-flex-direction": ["property:flex-direction"],
    "css-flex-wrap": ["property:flex-wrap"],
    "css-font": ["property:font"],
    "css-height": ["property:height"],
    "css-inert-attribute": ["attribute:inert"],
    "css-important": ["value:!important"],
    "css-intrinsic-size": ["keyword:fit-content", "keyword:min-content", "keyword:max-content"],
    "css-left-right-top-bottom": [
        f"property:{side}" for side in ("left", "right", "top", "bottom")
    ],
    "css-margin-inline-block": ["property:margin-inline", "property:margin-block"],
    "css-max-height": ["property:max-height"],
    "css-min-height": ["property:min-height"],
    "css-modern-color": [f"function:{name}" for name in ("lch", "oklch", "lab", "oklab")],
    "css-padding-inline-block": ["property:padding-inline", "property:padding-block"],
    "css-pseudo-class-lang": ["pseudo:lang"],
    "css-selector-adjacent-sibling": ["selector:+"],
    "css-selector-attribute": ["selector:[]"],
    "css-selector-child": ["selector:>"],
    "css-selector-general-sibling": ["selector:~"],
    "css-selector-universal": ["selector:*"],
    "css-sytem-ui": ["keyword:system-ui", "keyword:ui-serif", "keyword:ui-sans-serif"],
    "css-unit-calc": ["function:calc"],
    "css-unit-initial": ["keyword:initial"],
    "css-variables": ["property:--"],
    "css-width": ["property:width"],
    "html-anchor-links": ["link:#"],
    "html-h1-h6": [f"element:h{level}" for level in range(1, 7)],
    "html-lists": ["element:ul", "element:ol", "element:dl"],
    "html-semantics": [
        f"element:{name}"
        for name in ("article", "aside", "details", "figcaption", "figure", "footer", "header")
    ]
    + [f"element:{name}" for name in ("main", "mark", "nav", "section", "summary", "time")],
    "html-mailto-links": [],
    "html-address": ["element:address"],
    "html-srcset": ["attribute:srcset", "attribute:sizes"],
    "html-image-maps": ["element:map", "attribute:usemap"],
    "image-apng": ["image:apng"],
    "image-base64": ["image:base64"],
}
"""Features whose title doesn't say how they look in a mail."""

_SHAPES: tuple[tuple[str, str], ...] = (
    (r"<(\w+) type=\"(\w+)\"> element", r"element:\1[\2]"),
    (r"(?:Embedded )?<(\w+)>(?: element| image)?", r"element:\1"),
    (r"([\w-]+) attribute", r"attribute:\1"),
    (r"::([\w-]+)", r"pseudo::\1"),
    (r":([\w-]+)(?:\(\))?", r"pseudo:\1"),
    (r"@media \(([\w-]+)\)", r"at:@media(\1)"),
    (r"(@[\w-]+)", r"at:\1"),
    (r"(\S+) unit", r"unit:\1"),
    (r"([\w-]+)\(\)", r"function:\1"),
    (r"([\w-]+): ?([\w-]+)", r"value:\1:\2"),
    (r"(?:Animated )?(\w+) image format", r"image:\1"),
    (r"([a-z-]+)", r"property:\1"),
)


def keys(feature: dict[str, Any]) -> list[str]:
    """Return what tells a feature in a mail; nothing where it can't be told."""
    if feature["slug"] in _GIVEN:
        return _GIVEN[feature["slug"]]
    titles = feature["title"].split(",") if feature["slug"] == "css-gap" else [feature["title"]]
    return [key for title in titles if (key := _key(title.strip()))]


def _key(title: str) -> str:
    for shape, made in _SHAPES:
        if match := re.fullmatch(shape, title):
            return match.expand(made).lower() if made.startswith("image") else match.expand(made)
    return ""


def table(data: dict[str, Any]) -> dict[str, Any]:
    """Return the compact table of the whole data."""
    features = {}
    every = {feature["slug"]: dict(_answers(feature["stats"])) for feature in data["data"]}
    order = sorted({client for answers in every.values() for client in answers})
    for feature in data["data"]:
        found, answers = keys(feature), every[feature["slug"]]
        lacking = [n for n, client in enumerate(order) if answers.get(client) == "n"]
        if found and lacking:
            features[feature["slug"]] = {
                "title": feature["title"].strip(),
                "keys": found,
                "lacking": lacking,
                "tested": len(answers),
            }
    return {
        "source": "https://www.caniemail.com (MIT; see caniemail.LICENSE)",
        "updated": data["last_update_date"][:10],
        "clients": {client: _name(data["nicenames"], client) for client in order},
        "features": features,
    }


def _answers(stats: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each program with its answer for the newest version tested: y, n, a (partly), u."""
    for family, platforms in stats.items():
        for platform, versions in platforms.items():
            yield f"{family}.{platform}", str(list(versions.values())[-1])[0]


def _name(names: dict[str, dict[str, str]], client: str) -> str:
    family, platform = client.split(".")
    where = {"desktop-webmail": "web", "mobile-webmail": "mobile web", "outlook-com": "web"}
    return f"{names['family'][family]} ({where.get(platform, names['platform'][platform])})"


def main() -> None:
    """Read the file named, write the table."""
    data = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    made = table(data)
    write_table(made | {"baseline": baseline(made)})
    print(f"{TABLE}: {len(made['features'])} features, {len(made['clients'])} programs")


if __name__ == "__main__":
    main()
