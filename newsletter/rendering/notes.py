"""Mails to one reader by themselves, in their language: a few words, a button, who writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.config import Settings
from newsletter.languages import Language
from newsletter.model import PostKind
from newsletter.rendering import mail
from newsletter.rendering.context import newsletter_view
from newsletter.rendering.places import template_folders
from newsletter.rendering.templates import environment, write
from newsletter.rendering.tidy import one_line_subject, tidy_text


@dataclass(frozen=True, slots=True)
class Note:
    """A finished mail's subject and its two documents, with `\\n` line ends."""

    subject: str
    html: str
    text: str
    language: str


class Notes:
    """Renders one site's notes from `templates/email/<kind>/`, in any of its languages.

    Templates are read again when their file changes. Safe to use from several threads.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._environments: dict[str, ImmutableSandboxedEnvironment] = {}

    def render(self, kind: PostKind, language: Language, values: Mapping[str, Any]) -> Note:
        """Return a note. Raises RenderError with file and line where a template fails.

        Templates write `newsletter`, `theme`, `language`, and what `values` hold for their kind.
        """
        env, name = self._environment(language), f"email/{kind.value}"
        variables: dict[str, object] = {
            "newsletter": newsletter_view(self._settings),
            "theme": self._settings.theme,
            "language": language,
            **values,
        }
        subject = one_line_subject(write(env, f"{name}/subject.txt", variables).source)
        variables["subject"] = subject
        return Note(
            subject=subject,
            html=mail.to_html(write(env, f"{name}/body.mjml", variables)),
            text=tidy_text(write(env, f"{name}/body.txt", variables).source),
            language=language.code,
        )

    def _environment(self, language: Language) -> ImmutableSandboxedEnvironment:
        if language.code not in self._environments:
            folders = template_folders(self._settings.site)
            self._environments[language.code] = environment(folders, language.words)
        return self._environments[language.code]
