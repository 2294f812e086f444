"""MJML -> the HTML of a mail, styles inlined.

Order matters: MJML first, then premailer over the one style block that says it is to be inlined;
media queries, and the conditional comments that Outlook reads, come through as they are.
"""

import logging
import re
from functools import lru_cache
from threading import Lock
from typing import Any

import cssutils
from mjml import mjml2html
from premailer import Premailer

from newsletter.errors import RenderError
from newsletter.model import Finding
from newsletter.rendering.lint import lint_mjml
from newsletter.rendering.templates import Composed

INLINE = "/*inline*/"
"""The comment that a style block to be inlined begins with (MJML drops `inline="inline"`)."""

# What MJML fails on without a place, or swallows, or lets through as it is.
_FATAL = {
    *("unbalanced", "unknown-element", "forbidden-element"),
    *("bare-less-than", "control-character"),
}

_IGNORE = ' data-premailer="ignore"'
_POSITION = re.compile(r"at position (\d+):\d+")

_OPTIONS: dict[str, Any] = {
    "strip_important": False,
    "keep_style_tags": False,
    "disable_validation": True,
    "allow_network": False,
    "allow_loading_external_files": False,
    "remove_classes": False,
    "align_floating_images": False,
    "disable_basic_attributes": ["align", "valign", "width", "height", "bgcolor"],
    "disable_link_rewrites": True,
    "cache_css_parsing": False,
}

# premailer and cssutils keep state of their own.
_LOCK = Lock()


def to_html(composed: Composed) -> str:
    """Return the document MJML and premailer make of `composed`.

    Raises RenderError with the template's file and line, as far as it can be told.
    """
    for finding in lint_mjml(composed.source, ""):
        if finding.code in _FATAL:
            raise _lint_error(composed, finding)
    try:
        html = mjml2html(composed.source, fonts={})
    except ValueError as error:
        raise _mjml_error(composed, str(error)) from error
    if "<mj-" in html:
        raise RenderError("MJML left an element of its own in the HTML")
    return inlined(html)


@lru_cache(maxsize=32)  # who checks a month renders its letters, and then renders them to send
def inlined(html: str) -> str:
    """Return `html` with the style block that begins with `INLINE` written into its elements.

    Every other style block stays as it is. Nothing is fetched.
    """
    # Of a doctype in small letters premailer knows nothing, and drops it.
    html = re.sub("^<!doctype html>", "<!DOCTYPE html>", html, flags=re.IGNORECASE)
    marked = re.sub(rf"<style\b(?![^>]*>\s*{re.escape(INLINE)})", f"<style{_IGNORE}", html)
    with _LOCK:
        done: str = _Inliner(marked, **_OPTIONS).transform(pretty_print=False)
    return done.replace(_IGNORE, "").rstrip() + "\n"


class _Reader(Premailer):  # type: ignore[misc]
    """premailer with a CSS parser that fetches nothing: `allow_network` doesn't cover @import."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> object:
        parser = cssutils.CSSParser(loglevel=logging.CRITICAL, fetcher=_fetch_nothing)
        return parser.parseString(css_body, validate=validate)


class _Inliner(_Reader):
    """Reads each style block once: a month's letters share it, and it is most of the work."""

    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> object:
        return _rules(css_body, ruleset_index)


@lru_cache(maxsize=64)
def _rules(css_body: str, index: int) -> object:
    return _Reader("", **_OPTIONS)._parse_style_rules(css_body, index)


def _fetch_nothing(url: str) -> tuple[None, bytes]:
    return None, b""


def _mjml_error(composed: Composed, message: str) -> RenderError:
    """MJML knows the place of some errors, as an offset in octets."""
    file, line = "", None
    if match := _POSITION.search(message):
        before = composed.source.encode()[: int(match[1])]
        file, line = composed.place(len(before.decode(errors="ignore")))
    return RenderError(f"MJML: {message}", file=file, line=line)


def _lint_error(composed: Composed, finding: Finding) -> RenderError:
    file, line = composed.place_of_line(finding.line or 1, finding.column or 1)
    return RenderError(finding.message, file=file, line=line, hint=finding.hint)
