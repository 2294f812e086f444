"""Issue + EditionKey -> Edition: the one place where a template meets a month."""

from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.config import Settings
from newsletter.languages import marked
from newsletter.model import Edition, EditionKey, Issue
from newsletter.rendering import mail
from newsletter.rendering.context import context
from newsletter.rendering.places import languages_of, template_folders
from newsletter.rendering.templates import Composed, environment, write
from newsletter.rendering.tidy import one_line_subject, tidy_text
from newsletter.slots import TOKENS

GREETING = marked("Dear %(name)s,")
"""How a reader is greeted whose name is known."""


class Renderer:
    """Renders one site's Editions from the templates in `templates/email/<name>/`.

    Templates are read again when their file changes. Safe to use from several threads.
    """

    def __init__(self, settings: Settings, template: str = "digest") -> None:
        self._settings = settings
        self._name = f"email/{template}"
        self._languages = languages_of(settings)
        self._environments: dict[str, ImmutableSandboxedEnvironment] = {}

    def render(self, issue: Issue, key: EditionKey) -> Edition:
        """Return the Edition of `issue` that `key` names, final but for the slots.

        Raises RenderError with file and line where a template or a text fails.
        """
        variables = self._variables(issue, key)
        composed = self._write(key, "body.mjml", variables)
        return Edition(
            key=key,
            subject=one_line_subject(self._write(key, "subject.txt", variables).source),
            html=mail.to_html(composed),
            text=tidy_text(self._write(key, "body.txt", variables).source),
            mjml=composed.source,
            greeting=self._languages.get(key.language).gettext(GREETING),
        )

    def compose(self, issue: Issue, key: EditionKey) -> Composed:
        """Return the MJML document of an Edition, with the places its lines come from.

        Raises RenderError with file and line where a template or a text fails.
        """
        return self._write(key, "body.mjml", self._variables(issue, key))

    def _variables(self, issue: Issue, key: EditionKey) -> dict[str, object]:
        made = context(self._settings, issue, key, self._languages.get(key.language))
        return {
            "newsletter": made.newsletter,
            "issue": made.issue,
            "edition": made.edition,
            "theme": self._settings.theme,
            "slots": TOKENS,
        }

    def _write(self, key: EditionKey, part: str, variables: dict[str, object]) -> Composed:
        return write(self._environment(key.language), f"{self._name}/{part}", variables)

    def _environment(self, code: str) -> ImmutableSandboxedEnvironment:
        if code not in self._environments:
            words = self._languages.get(code).words
            self._environments[code] = environment(template_folders(self._settings.site), words)
        return self._environments[code]
