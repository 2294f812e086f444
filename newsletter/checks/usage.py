"""What a finished mail uses of HTML and CSS, by the keys of the table of mail programs.

A key is a kind and a name: `property:gap`, `value:display:flex`, `element:video`,
`attribute:hidden`, `pseudo:hover`, `at:@supports`, `unit:vw`, `function:calc`, `selector:>`,
`image:svg`.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import html

from newsletter.rendering import css

_UNIT = re.compile(r"(?<![\w#-])-?(?:\d+\.?\d*|\.\d+)(%|[a-z]{1,4})(?![\w(])", re.I)
_FUNCTION = re.compile(r"(?<![\w-])([a-z][a-z-]*)\(", re.I)
_PSEUDO = re.compile(r"(?<!\\):(:?[a-z-]+)", re.I)
_KEYWORDS = re.compile(
    r"(?<![\w-])(fit-content|min-content|max-content|initial|system-ui|ui-[a-z-]+)"
)


def used(document: html.HtmlElement, rules: tuple[css.Rule, ...]) -> frozenset[str]:
    """Return the keys of everything that a mail's elements and style sheets use."""
    return frozenset((*_elements(document), *(key for rule in rules for key in _rule(rule))))


def _elements(document: html.HtmlElement) -> Iterator[str]:
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        yield f"element:{element.tag}"
        for name, value in element.attrib.items():
            yield f"attribute:{name}"
            if element.tag in ("input", "button") and name == "type":
                yield f"element:{element.tag}[{value}]"
        for one in css.declarations(str(element.get("style") or ""))[0]:
            yield from _declaration(one)
        if element.tag == "img":
            yield from _image(str(element.get("src") or ""))
        href = str(element.get("href") or "")
        if href.startswith("#") and element.tag == "a":
            yield "link:#"


def _image(source: str) -> Iterator[str]:
    if source.startswith("data:image/"):
        yield "image:base64"
        yield f"image:{re.split('[;,+]', source[11:])[0]}"
        return
    ending = urlsplit(source).path.rpartition(".")[2].lower()
    yield f"image:{'jpg' if ending == 'jpeg' else ending}"


def _rule(rule: css.Rule) -> Iterator[str]:
    for context in (*rule.within, rule.selector):
        if context.startswith("@"):
            yield f"at:{context.split()[0].split('(')[0]}"
            for name in re.findall(r"\(\s*([a-z-]+)", context):
                yield f"at:{context.split()[0]}({name})"
    if rule.selector.startswith("@"):
        return
    for name in _PSEUDO.findall(rule.selector):
        yield f"pseudo:{name}"
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]", "", rule.selector)
    for mark in (">", "+", "~", "*"):
        if mark in bare:
            yield f"selector:{mark}"
    if "[" in rule.selector:
        yield "selector:[]"
    for one in rule.declarations:
        yield from _declaration(one)


def _declaration(one: css.Declaration) -> Iterator[str]:
    value = one.value.lower()
    if one.name.startswith("--"):
        yield "property:--"
        return
    yield f"property:{one.name}"
    yield f"value:{one.name}:{value.replace('!important', '').strip()}"
    if "!important" in value:
        yield "value:!important"
    plain = re.sub(r"url\([^)]*\)|\"[^\"]*\"|'[^']*'", "", value)
    for unit in _UNIT.findall(plain):
        yield f"unit:{unit}"
    for name in _FUNCTION.findall(plain):
        yield "property:--" if name == "var" else f"function:{name}"
    for word in _KEYWORDS.findall(plain):
        yield f"keyword:{word}"
