"""`newsletter import`, `check` and `new`, as a person types them."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from newsletter.cli.main import run
from newsletter.content.sample import sample_folder
from tests.support.webserver import Page, Web, serving

CITATION = "Adler, A. (2020). A survey of things. Journal, 1, 2-3. https://doi.org/10.1000/a"
PAGE = f"""Blog
Topics
May 2020
What Supervision Does
{CITATION}
Supervision was studied. Supervision did well (p < .05).
Practice implications:
Training might include it.
A Strange Line
"""


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in an empty folder, without configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("NEWSLETTER_CHECKS__SPAM", "off")

    def command(*words: str) -> Said:
        capsys.readouterr()
        code = run(words)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a content folder with one good month, and a configuration beside it."""
    (tmp_path / "config.toml").write_text("[content]\nmin_summaries = 1\n")
    month = tmp_path / "content" / "2021-02"
    month.mkdir(parents=True)
    (month.parent / "taxonomy.toml").write_bytes((sample_folder() / "taxonomy.toml").read_bytes())
    text = f"---\ntitle: A\ncitation: '{CITATION}'\ntopics: [training]\nstatus: ready\n---\nText.\n"
    (month / "01-a.md").write_text(f"{text}\n## Practice Implications\n\nDo it.\n")
    return month.parent


def saved(folder: Path, text: str = PAGE, name: str = "page.txt") -> str:
    (folder / name).write_text(text)
    return name


def test_import_answers_with_the_promised_document(cli: Cli, tmp_path: Path) -> None:
    """One JSON document: months with their files, and warnings by line."""
    said = cli("import", saved(tmp_path), "--into", "out", "--json")
    assert said.code == 0
    assert said.document == {
        "issues": [
            {
                "month": "2020-05",
                "summaries": [
                    {
                        "path": "out/2020-05/01-what-supervision-does.md",
                        "title": "What Supervision Does",
                        "citation": CITATION,
                        "doi": "10.1000/a",
                        "topics": ["training"],
                    }
                ],
            }
        ],
        "warnings": [{"line": 9, "message": "this stands below a summary's end: “A Strange Line”"}],
    }
    assert (tmp_path / "out/2020-05/01-what-supervision-does.md").is_file()


def test_import_tells_people_what_was_written(cli: Cli, tmp_path: Path) -> None:
    """The table, the warnings with their lines, and what to do next."""
    said = cli("import", saved(tmp_path), "--into", "out")
    assert said.code == 0
    assert "What Supervision Does" in said.out
    assert "line 9:" in said.out
    assert "newsletter check" in said.out.splitlines()[-1]


def test_import_into_the_configured_folder(cli: Cli, tmp_path: Path, site: Path) -> None:
    """Without --into the configuration's content folder is meant."""
    assert cli("import", saved(tmp_path)).code == 0
    assert (site / "2020-05" / "01-what-supervision-does.md").is_file()


def test_a_new_draft_as_json(cli: Cli, site: Path) -> None:
    """Where the draft lies, and what is known of its study."""
    said = cli("new", "--month", "2021-05", "--title", "A title", "--json")
    assert said.code == 0
    path = said.document["path"]
    assert said.document == {
        "month": "2021-05",
        "path": path,
        "doi": "",
        "title": "A title",
        "citation": "",
    }
    assert Path(path).is_file()


def test_a_new_site_as_json(cli: Cli, tmp_path: Path) -> None:
    """Where the site lies, and its settings."""
    said = cli("init", "mine", "--json")
    site = tmp_path / "mine"
    assert said.document == {"site": str(site), "config": str(site / "config.toml")}
    assert (site / "config.toml").is_file()


def test_import_needs_a_configuration_or_a_folder(cli: Cli, tmp_path: Path) -> None:
    """With neither, it ends as a usage error and says how to go on."""
    said = cli("import", saved(tmp_path))
    assert said.code == 2
    assert "Hint" in said.err


def test_import_writes_over_nothing_unasked(cli: Cli, tmp_path: Path) -> None:
    """A second import is refused with the files' names; --force lets it."""
    page = saved(tmp_path)
    cli("import", page, "--into", "out")
    file = tmp_path / "out/2020-05/01-what-supervision-does.md"
    file.write_text("mine")
    said = cli("import", page, "--into", "out", "--json")
    assert (said.code, said.out) == (1, "")
    assert file.name in said.err
    assert "--force" in said.err
    assert file.read_text() == "mine"
    assert cli("import", page, "--into", "out", "--force").code == 0
    assert "What Supervision Does" in file.read_text()


def test_import_reads_html(cli: Cli, tmp_path: Path) -> None:
    """The same page, marked up, gives the same document but for its lines."""
    body = "".join(f"<p>{line.replace('<', '&lt;')}</p>\n" for line in PAGE.splitlines())
    page = saved(tmp_path, f"<html><body>\n{body}</body></html>", "page.html")
    said = cli("import", page, "--into", "out", "--json")
    (summary,) = said.document["issues"][0]["summaries"]
    assert (summary["title"], summary["doi"]) == ("What Supervision Does", "10.1000/a")


@pytest.mark.parametrize("text", ["", "Nothing\nhere.\n", "<html><body><p>x</p></body></html>"])
def test_import_of_a_page_without_summaries_fails(cli: Cli, tmp_path: Path, text: str) -> None:
    """Nothing is found: nothing is written, and the exit code says so."""
    said = cli("import", saved(tmp_path, text), "--into", "out", "--json")
    assert said.code == 1
    assert said.document["issues"] == []
    assert said.document["warnings"][0]["line"] == 1
    assert "no summary was found" in said.err
    assert not (tmp_path / "out").exists()


def test_many_files_in_the_way_are_counted(cli: Cli, tmp_path: Path) -> None:
    """A page of five summaries that is imported twice names three files and counts two."""
    page = "May 2020\n" + "".join(
        f"{name} Was Studied\n{CITATION}\nIt was studied at length.\nPractice Implications\nSome.\n"
        for name in ("Alliance", "Empathy", "Feedback", "Insight", "Warmth")
    )
    cli("import", saved(tmp_path, page), "--into", "out")
    said = cli("import", saved(tmp_path, page), "--into", "out")
    assert said.code == 1
    assert said.err.count(".md") == 3
    assert "and 2 more" in said.err


@pytest.mark.parametrize(
    ("source", "code"), [("nowhere.txt", 2), ("ftp://x/y", 2), ("http://127.0.0.1:9/", 3)]
)
def test_import_of_what_is_not_there(cli: Cli, source: str, code: int) -> None:
    """A missing file is a usage error, a refused connection one of the outside."""
    assert cli("import", source, "--into", "out").code == code


def test_a_sound_site_has_nothing_to_mend(cli: Cli, site: Path) -> None:
    """No error: exit code 0, and a last line that sums up."""
    said = cli("check")
    assert said.code == 0, said
    assert said.out.splitlines()[-1].startswith("1 month checked")


def test_check_answers_with_the_promised_document(cli: Cli, site: Path) -> None:
    """A list of findings with level, code, file, line, message, hint and column."""
    (site / "2021-02" / "01-a.md").write_text("---\ntitle: A\ntopics: [traning]\n---\nText.\n")
    said = cli("check", "2021-02", "--json")
    assert said.code == 1
    (found,) = [one for one in said.document if one["code"] == "unknown-topic"]
    assert list(found) == ["level", "code", "file", "line", "message", "hint", "column"]
    assert (found["level"], found["file"]) == ("error", "content/2021-02/01-a.md")
    assert found["line"] == 3
    assert "`training`" in found["hint"]


def test_check_tells_people_file_and_line(cli: Cli, site: Path) -> None:
    """`file:line: error: what`, and the hint below."""
    (site / "2021-02" / "01-a.md").write_text("---\ntitle: A: b\n---\nText.\n")
    said = cli("check")
    assert said.code == 1
    assert "content/2021-02/01-a.md:2: error:" in said.out
    assert "quotes" in said.out
    assert "1 error" in said.out.splitlines()[-1]


def test_a_configuration_that_cannot_be_read_is_a_finding_too(cli: Cli, site: Path) -> None:
    """Who asks for JSON gets the place of the fault; the exit code is that of a configuration."""
    (site.parent / "config.toml").write_text('[content]\nroot = "content"\nautor = "Me"\n')
    said = cli("check", "2021-02", "--json")
    assert said.code == 2
    (found,) = said.document
    assert (found["code"], found["file"], found["line"]) == ("config", "config.toml", 3)
    assert "author" in found["hint"]


def test_check_of_a_missing_month_names_what_there_is(cli: Cli, site: Path) -> None:
    """A month without folder is an error with a hint."""
    said = cli("check", "2021-03")
    assert said.code == 1
    assert "2021-02" in said.err


def test_check_of_no_month_at_all_is_a_usage_error(cli: Cli, site: Path) -> None:
    """`check soon` is refused."""
    assert cli("check", "soon").code == 2


def test_new_begins_a_draft(cli: Cli, site: Path) -> None:
    """The draft is the month's next file, with its DOI, and passes the check."""
    resolve_at(site, "http://127.0.0.1:9")
    said = cli("new", "https://doi.org/10.1000/b", "--month", "2021-02", "--title", "On Things")
    path = site / "2021-02" / "02-on-things.md"
    assert said.code == 0
    assert str(path.relative_to(Path.cwd())) in said.out
    assert "doi: 10.1000/b" in path.read_text()
    assert cli("check").code == 0


@pytest.mark.parametrize("words", [("10.1000", "--month", "2021-02"), ("10.1000/a",), ()])
def test_new_refuses_what_it_can_not_use(cli: Cli, site: Path, words: tuple[str, ...]) -> None:
    """No DOI, no month: usage errors, and nothing is written."""
    assert cli("new", *words).code == 2
    assert [path.name for path in (site / "2021-02").iterdir()] == ["01-a.md"]


FRONT = "---\ntitle: Summary {n}\ndoi: 10.1000/{n}\ntopics: [training]\nstatus: ready\n---\n"
BODY = "A few words.\n\n## Practice Implications\n\nFewer.\n"


def _month(folder: Path, count: int) -> None:
    month = folder / "content/2020-05"
    month.mkdir(parents=True)
    for n in range(1, count + 1):
        (month / f"{n:02d}-summary-{n}.md").write_text(FRONT.format(n=n) + BODY)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a site whose month has nine short summaries."""
    settings = '[newsletter]\npostal_address = "1 Street"\n[content]\nmax_summaries = 16\n'
    (tmp_path / "config.toml").write_text(settings)
    shutil.copytree(sample_folder(), tmp_path / "content")
    secret = tmp_path / "var" / "secret"
    secret.parent.mkdir()
    secret.touch(mode=0o600)
    secret.write_text("a-secret-of-this-test-alone")
    _month(tmp_path, 9)
    return tmp_path


def test_check_refuses_what_send_would(cli: Cli, many: Path) -> None:
    """More summaries than a letter takes is an error of `check`, not a surprise of `send`."""
    said = cli("check", "2020-05", "--json")
    assert said.code == 1
    assert [one["code"] for one in said.document if one["level"] == "error"] == ["too-many"]
    assert cli("send", "2020-05", "--dry-run").code == 1


def test_check_looks_at_letters_with_briefs_too(cli: Cli, site: Path) -> None:
    """A fault in a template that only readers with topics get is found before sending."""
    template = site.parent / "templates/email/partials/briefs.mjml"
    template.parent.mkdir(parents=True)
    template.write_text("\n{{ nobody.knows }}\n")
    said = cli("check", "--json")
    assert said.code == 1
    (found,) = [one for one in said.document if one["code"] == "render"]
    assert (found["file"], found["line"]) == ("templates/email/partials/briefs.mjml", 2)
    assert "partials" not in found["message"]


def test_a_folder_that_is_meant_as_a_month_is_not_passed_over_in_silence(
    cli: Cli, site: Path
) -> None:
    """`2021-3` is named; other folders beside the months are nobody's business."""
    for name in ("2021-3", "pictures"):
        (site / name).mkdir()
    said = cli("check", "--json")
    assert said.code == 0
    found = [one["file"] for one in said.document if one["code"] == "misnamed-month"]
    assert found == ["content/2021-3"]


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def resolve_at(site: Path, url: str) -> None:
    """Let the site ask another resolver."""
    config = site.parent / "config.toml"
    config.write_text(config.read_text() + f'doi_resolver = "{url}"\n')


@pytest.mark.parametrize("form", ["10.1000/b", "doi:10.1000/b", "https://doi.org/10.1000/b"])
def test_new_takes_title_and_citation_over(cli: Cli, site: Path, web: Web, form: str) -> None:
    """However the DOI is written, the draft holds what the resolver knows, safely in YAML."""
    parts = {
        "title": "Warmth: a “survey” of #things\n---\n",
        "author": [{"family": "Adler", "given": "Anna"}],
        "issued": {"date-parts": [[2020]]},
    }
    web.answer = lambda asked: Page(json.dumps(parts).encode(), "application/json")
    resolve_at(site, web.url)
    said = cli("new", form, "--month", "2021-02")
    assert said.code == 0, said
    path = site / "2021-02" / "02-warmth-a-survey-of-things.md"
    assert "Adler, A. (2020)." in said.out
    assert "https://doi.org/10.1000/b" in path.read_text()
    checked = cli("check", "2021-02", "--json").document
    assert not [one for one in checked if one["code"] == "front-matter"], path.read_text()


def test_check_asks_the_web_only_when_told_to(cli: Cli, site: Path, web: Web) -> None:
    """Without --online nothing is asked; with it an unknown DOI is a warning."""
    resolve_at(site, web.url)
    cli("check", "2021-02")
    assert web.asked == []
    said = cli("check", "2021-02", "--online", "--json")
    assert [asked.path for asked in web.asked] == ["/10.1000/a"]
    assert "unknown-doi" in [one["code"] for one in said.document]


def test_new_makes_the_draft_when_offline(cli: Cli, site: Path) -> None:
    """Nobody answers: a warning beside, the draft all the same, exit code 0."""
    resolve_at(site, "http://127.0.0.1:9")
    said = cli("new", "10.1000/b", "--month", "2021-02")
    assert said.code == 0
    assert "can't be reached" in said.err
    assert "title and citation are left" in said.err
    assert "doi: 10.1000/b" in (site / "2021-02" / "02-study-10-1000-b.md").read_text()
    titled = cli("new", "10.1000/c", "--month", "2021-02", "--title", "Ours")
    assert "the citation is left" in titled.err


def test_news_own_title_wins(cli: Cli, site: Path, web: Web) -> None:
    """--title is what the editor wants, whatever the article is called."""
    web.answer = lambda asked: Page(b'{"title": "Theirs Is Long"}', "application/json")
    resolve_at(site, web.url)
    assert cli("new", "10.1000/b", "--month", "2021-02", "--title", "Ours Is").code == 0
    assert "title: Ours Is\n" in (site / "2021-02" / "02-ours-is.md").read_text()


WORDS = "Supervision by supervisors, and attachment: attachment styles, attached to it. " * 3


def drafted(site: Path) -> Path:
    """Write a draft that is filed under nothing."""
    path = site / "2021-02" / "02-b.md"
    fields = "title: On Attachment\ntopics: []  # none yet\nstatus: draft"
    path.write_text(f"---\n{fields}\n---\n{WORDS}\n")
    return path


def test_suggest_says_which_topics_and_why(cli: Cli, site: Path) -> None:
    """Of every draft: the topic, how often its words stand there, which words."""
    path = drafted(site)
    before = path.read_bytes()
    (one,) = cli("suggest", "--json").document
    assert one["file"] == "content/2021-02/02-b.md"
    assert one["suggestions"][0]["topic"] == "attachment"
    assert one["suggestions"][0]["reason"].startswith("attachment: 4 times")
    assert one["written"] == []
    assert path.read_bytes() == before


def test_suggest_takes_topics_over(cli: Cli, site: Path) -> None:
    """With --write they stand in the file, which is otherwise as it was."""
    path = drafted(site)
    before = path.read_text()
    said = cli("suggest", "content/2021-02/02-b.md", "--write")
    assert said.code == 0
    assert path.read_text() == before.replace("[]", "[attachment, training]")
    assert "nothing beside" in cli("suggest", "content/2021-02/02-b.md").out


def test_suggest_of_a_month_leaves_topics_alone(cli: Cli, site: Path) -> None:
    """A month's ready summaries are asked too; what they have stays."""
    drafted(site)
    found = cli("suggest", "2021-02", "--json").document
    assert [one["topics"] for one in found] == [["training"], []]


@pytest.mark.parametrize("what", ["soon", "2031-01", "none.md"])
def test_suggest_of_what_is_not_there(cli: Cli, site: Path, what: str) -> None:
    """Neither a month nor a file: a usage error."""
    assert cli("suggest", what).code == 2
