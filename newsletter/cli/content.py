"""Commands about content: import a blog page, check months, begin a summary."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from newsletter import proofreading
from newsletter.checks.site import failure
from newsletter.cli import output
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.cli.output import json_option
from newsletter.config import Content as ContentSettings
from newsletter.content import doi as dois
from newsletter.content.blog import read_any
from newsletter.content.months import list_months, misnamed
from newsletter.content.page import Page, Role
from newsletter.content.places import shown
from newsletter.content.source import read_source
from newsletter.content.study import Study
from newsletter.content.taxonomy import FILE, taxonomy_of
from newsletter.content.writing import Written, write_draft, write_months
from newsletter.errors import ConfigError, ContentError, OutsideError, UsageError
from newsletter.model import Finding, Month

_STYLES = {"error": output.BAD, "warning": "yellow", "info": output.DIM}


@click.command("import")
@click.argument("source")
@click.option("--into", type=click.Path(path_type=Path), help="Content folder to write to.")
@click.option("--force", is_flag=True, help="Write over summaries that are there already.")
@json_option
@pass_context
def import_page(
    context: Context, source: str, into: Path | None, force: bool, as_json: bool
) -> int:
    """Turn a blog page into month folders.

    SOURCE is a saved page (text or HTML), an address, or - for standard input.
    """
    root = into or context.settings().content.root
    if root.exists() and not root.is_dir():
        raise UsageError(f"{root} is no folder", hint="name a content folder with --into")
    text, remark = read_source(source)
    page = read_any(text)
    warnings = [(1, remark), *page.warnings] if remark else list(page.warnings)
    if not page.months:
        _refuse_empty(source, page, warnings, as_json)
    written = write_months(page, root, taxonomy_of(root), force)
    if as_json:
        output.print_json(_as_document(page, written, warnings))
    else:
        _show_import(page, written, warnings)
    if not (root / FILE).exists():
        output.note(f"There is no {FILE} in {root}; topics were taken from the sample's.")
    return 0


@click.command()
@click.argument("month", type=MONTH, required=False)
@click.option("--online", is_flag=True, help="Ask whether links lead anywhere, and for DOIs.")
@json_option
@pass_context
def check(context: Context, month: Month | None, online: bool, as_json: bool) -> int:
    """Say what is wrong with a month, or with all of them; with file and line.

    Nothing leaves this machine, unless you say --online.
    """
    try:
        settings = context.settings()
    except ConfigError as error:
        if as_json:
            output.print_json([_finding(failure(error))])
        raise
    months = [month] if month else list_months(settings.content.root)
    filtered = settings.checks.spam == "auto"
    found = (
        finding
        for one in months
        for finding in proofreading.check(settings, one, online=online, filtered=filtered)
    )
    findings = list(dict.fromkeys(found))
    if month is None:
        findings += misnamed(settings.content.root)
    if as_json:
        output.print_json([_finding(finding) for finding in findings])
    else:
        for finding in findings:
            _show(finding)
        output.say(_sum(findings, len(months)))
    return 1 if any(finding.level == "error" for finding in findings) else 0


@click.command()
@click.argument("doi", required=False)
@click.option("--month", type=MONTH, required=True, help="Month it is for: 2021-02.")
@click.option("--title", default="", help="Title of the summary, instead of the article's.")
@json_option
@pass_context
def new(context: Context, doi: str | None, month: Month, title: str, as_json: bool) -> None:
    """Begin a summary: a draft file with the fields to fill in.

    With a DOI, title and citation are asked for at the resolver of DOIs. Where it can't be reached
    the draft is made all the same.
    """
    bare = dois.normalise(doi) or dois.find(doi) if doi else None
    if doi and bare is None:
        raise UsageError(f"“{doi}” is not a DOI", hint="a DOI looks like 10.1037/amp0000722")
    if not title.isprintable():
        raise UsageError("the title must be one line", hint="leave line ends out")
    settings = context.settings().content
    taxonomy = taxonomy_of(settings.root)
    title = title.strip()
    missing = "the citation is" if title else "title and citation are"
    study = _looked_up(bare, settings, missing) if bare else Study("")
    study = replace(study, title=title or study.title)
    path = write_draft(settings.root, month, study, taxonomy)
    if as_json:
        output.print_json({"month": str(month), "path": shown(path), **asdict(study)})
        return
    if study.citation:
        output.say(study.citation, output.DIM)
    output.say(f"A draft lies at {shown(path)}.", output.GOOD)
    output.next_step(f"write it, set status: ready, then: newsletter check {month}")


def _looked_up(doi: str, settings: ContentSettings, missing: str) -> Study:
    from newsletter.content.lookup import look_up  # its HTTP client takes long to read

    try:
        return look_up(doi, settings.doi_resolver, settings.doi_timeout.total_seconds())
    except OutsideError as error:
        output.note(f"warning: {error.message}", _STYLES["warning"])
        output.note(f"    {missing} left for you to write", output.DIM)
        return Study(doi)


def _refuse_empty(source: str, page: Page, warnings: list[tuple[int, str]], as_json: bool) -> None:
    if as_json:
        output.print_json(_as_document(page, (), warnings))
    for line, message in warnings:
        output.note(f"{source}:{line}: {message}")
    hint = "nothing was written; each month stands under a heading like “February 2021”"
    raise ContentError(f"no summary was found in {source}", hint=hint)


def _as_document(
    page: Page, written: tuple[Written, ...], warnings: list[tuple[int, str]]
) -> dict[str, Any]:
    issues = []
    for found in page.months:
        files = [one for one in written if one.month == found.month]
        issues.append({"month": str(found.month), "summaries": [_written(one) for one in files]})
    return {
        "issues": issues,
        "warnings": [{"line": line, "message": message} for line, message in warnings],
    }


def _written(one: Written) -> dict[str, Any]:
    return {
        "path": shown(one.path),
        "title": one.summary.title,
        "citation": one.summary.citation,
        "doi": one.summary.doi,
        "topics": [topic.slug for topic in one.topics],
    }


def _show_import(page: Page, written: tuple[Written, ...], warnings: list[tuple[int, str]]) -> None:
    rows = [(one.month, one.summary.title, one.summary.doi or "no DOI") for one in written]
    output.print_table(("Month", "Summary", "DOI"), rows)
    around = sum(role is Role.FURNITURE for _, role in page.placed)
    output.say(f"{around} lines around the text (head, links, foot) were left out.", output.DIM)
    for line, message in warnings:
        output.say(f"line {line}: {message}", _STYLES["warning"])
    count = f"{len(written)} summaries" if len(written) != 1 else "1 summary"
    folder = shown(written[0].path.parent.parent)
    output.say(f"Wrote {count} to {folder}; look at the suggested topics, then: newsletter check")


def _finding(finding: Finding) -> dict[str, Any]:
    keys = ("level", "code", "file", "line", "message", "hint", "column")
    return {key: getattr(finding, key) for key in keys} | {"file": _file(finding)}


def _file(finding: Finding) -> str:
    return shown(Path(finding.file)) if finding.file else ""


def _show(finding: Finding) -> None:
    parts = [_file(finding), *(str(n) for n in (finding.line, finding.column) if n)]
    place = f"{':'.join(parts)}: " if finding.file else ""
    said = f"{place}{finding.level}: {finding.message} [{finding.code}]"
    output.say(said, _STYLES[finding.level])
    if finding.hint:
        output.say(f"    {finding.hint}", output.DIM)


def _sum(findings: list[Finding], months: int) -> str:
    errors, warnings = (sum(f.level == level for f in findings) for level in ("error", "warning"))
    looked = "1 month" if months == 1 else f"{months} months"
    if not errors and not warnings:
        return f"{looked} checked: nothing to mend."
    words = f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
    then = "mend the errors before sending" if errors else "it can be sent as it is"
    return f"{looked} checked: {words}; {then}."


commands: tuple[click.Command, ...] = (import_page, check, new)
