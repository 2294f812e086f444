"""Templates: can a month be made into letters with them."""

from newsletter import proofreading, publishing
from newsletter.content.months import check_month, list_months
from newsletter.content.sample import sample_folder
from newsletter.content.taxonomy import taxonomy_of
from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.visit import Visit
from newsletter.message import compile_letter
from newsletter.model import Issue

_HINT = "without a template of the site's own the packaged one is used"


def templates(visit: Visit) -> tuple[Check, ...]:
    """Make every edition of a sample month with the site's templates; nothing is kept."""
    app, issue = visit.app, sample()
    language = app.settings.newsletter.language
    found = [
        one
        for one in proofreading.check_issue(app.settings, issue)
        if one.level == "error" or one.code == "html-size"
    ]
    errors = [one for one in found if one.level == "error"]
    if errors:
        return tuple(
            wrong("templates", _where(one.file, one.line) + one.message, one.hint or _HINT)
            for one in errors[:5]
        )
    editions = publishing.editions(issue, app.renderer, (language,))
    heading, now = proofreading.heading(app.settings, issue.month), app.clock.now()
    for edition in editions:
        compile_letter(edition, heading, now)
    made = ok("templates", f"a sample month makes {len(editions)} editions")
    return (made, *(warning("templates", one.message, one.hint) for one in found))


def sample() -> Issue:
    """Return the newest packaged month that has several summaries."""
    folder = sample_folder()
    topics = taxonomy_of(folder)
    issues = (check_month(folder, month, topics).issue for month in list_months(folder))
    return max(issues, key=lambda one: (len(one.summaries) > 1, str(one.month)))


def _where(file: str, line: int | None) -> str:
    return f"{file}:{line}: " if file and line else f"{file}: " if file else ""
