"""Issues become Editions: Jinja, MJML, premailer, and a plain text of its own."""

from newsletter.rendering.editions import edition_key, edition_key_of, matched
from newsletter.rendering.lint import lint_mjml
from newsletter.rendering.render import Renderer

__all__ = [
    "Renderer",
    "edition_key",
    "edition_key_of",
    "lint_mjml",
    "matched",
]
