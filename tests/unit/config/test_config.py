"""The settings: where they are found, what may stand in them, and what is said of what may not."""

from pathlib import Path

import pytest

from newsletter.config import Settings, find, load
from newsletter.config.faults import PASSWORD_IN_URL
from newsletter.errors import ConfigError


def _load(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def _refused(folder: Path, text: str = "") -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        _load(folder, text)
    return caught.value


def test_the_file_is_the_one_given_then_the_one_named_then_the_one_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--config` wins over `$NEWSLETTER_CONFIG`, and that over the working folder."""
    given, named, here = (tmp_path / name for name in ("a.toml", "b.toml", "config.toml"))
    for path in (given, named, here):
        path.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEWSLETTER_CONFIG", raising=False)
    assert find(None) == here
    monkeypatch.setenv("NEWSLETTER_CONFIG", str(named))
    assert find(None) == named
    assert find(given) == given


def test_no_file_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    """Whoever begins is told of `newsletter init`."""
    with pytest.raises(ConfigError, match="there is no configuration") as caught:
        find(tmp_path / "config.toml")
    assert "newsletter init" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ('[delivery]\nbackned = "smtp"\n', 2, "did you mean `backend`?"),
        ('[delivry]\nbackend = "smtp"\n', 1, "did you mean `delivery`?"),
        ("[delivery.smtp]\n\nprot = 25\n", 3, "did you mean `port`?"),
        ("delivery.smtp.prot = 25\n", 1, "did you mean `port`?"),
        ('[bounces]\nxyz = "a"\n', 2, "known here: return_path"),
        ('site = "/elsewhere"\n', 1, "known here: newsletter"),
    ],
)
def test_an_unknown_key_names_its_line_and_the_nearest_known_one(
    tmp_path: Path, text: str, line: int, hint: str
) -> None:
    """Nothing misspelt is passed over in silence."""
    error = _refused(tmp_path, text)
    assert f"config.toml:{line}: " in error.message
    assert error.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[delivery.smtp]\nport = "abc"', "must be a whole number"),
        ("[delivery.smtp]\nport = 70000", "must be 65535 or less"),
        ('[schedule]\nlate_by = "59m"', "must be 1 hour or more"),
        ('[delivery.smtp]\nsecurity = "ssl"', "must be 'starttls', 'tls' or 'none'"),
        ("[newsletter]\nname = 3", "must be text in quotes"),
        ('[newsletter]\nname = "a\\nb"', "must be one line"),
        ('[newsletter]\nfrom = "A <a@example.org>"', "a bare address like"),
        ('[newsletter]\nreply_to = "nobody"', "a bare address like"),
        ('[newsletter]\nlist_id = "<a b>"', "a List-Id is written like"),
        ('[newsletter]\nlanguage = "English, please"', "a language is written like"),
        ('[newsletter]\npublic_url = "example.org"', "an address is written like https://"),
        ('[newsletter]\ntimezone = "Mars"', "is not a time zone like"),
        ('[theme]\nink = "red"', "a colour is written like #1d2329"),
        ('[newsletter]\nlanguage = "en-abcdefgh-abcdefgh"', "a language is written like"),
        ('[delivery]\ngive_up_after = "soon"', "a duration is a number and a unit"),
        ('[delivery]\ngive_up_after = "999999999999d"', "a duration is at most"),
        ("[delivery]\nramp = 5", "must be a list"),
        ('[delivery.domain_rate]\n"a b" = "1/s"', "a domain is written in ASCII"),
        ("delivery = 3", "must be a table"),
    ],
)
def test_a_value_that_does_not_fit_is_named_in_plain_words(
    tmp_path: Path, text: str, words: str
) -> None:
    """No pattern and no name of a type: what is wanted, and the line."""
    error = _refused(tmp_path, text)
    assert words in error.message
    assert f"config.toml:{len(text.splitlines())}: " in error.message


@pytest.mark.parametrize(
    "text",
    [
        '[delivery.smtp]\npassword = "hush"',
        '[subscriptions]\nsecret = "hush"',
        '[database]\nurl = "postgresql://me:hush@db.example.org/news"',
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    """Secrets come by environment or from files of their own, an address's password too."""
    error = _refused(tmp_path, text)
    assert "stands in the configuration file" in error.message
    assert "hush" not in error.message + error.hint
    assert "NEWSLETTER_" in error.hint


def test_an_address_with_a_password_is_shown_without_it() -> None:
    """The user and the host stay to be seen."""
    url = "postgresql+psycopg://me:p@ss:w@db.example.org/news"
    assert PASSWORD_IN_URL.sub(r"\1:…@", "x://me:hush@h/d") == "x://me:…@h/d"
    assert "w@db" not in PASSWORD_IN_URL.sub(r"\1:…@", url)
    assert not PASSWORD_IN_URL.search("sqlite:////srv/a@b:c.db")


@pytest.mark.parametrize(
    ("name", "value", "key", "wanted"),
    [
        ("NEWSLETTER_DELIVERY__BACKEND", "smtp", ("delivery", "backend"), "smtp"),
        ("newsletter_delivery__backend", "smtp", ("delivery", "backend"), "smtp"),
        ("NEWSLETTER_DELIVERY__SMTP__PORT", "2526", ("delivery", "smtp", "port"), 2526),
        ("NEWSLETTER_ALERTS__TO", "a@example.org", ("alerts", "to"), ("a@example.org",)),
        (
            "NEWSLETTER_ALERTS__TO",
            "a@example.org, b@example.org",
            ("alerts", "to"),
            ("a@example.org", "b@example.org"),
        ),
        ("NEWSLETTER_DELIVERY__RAMP", "[50, 100]", ("delivery", "ramp"), (50, 100)),
        ("NEWSLETTER_DELIVERY__RAMP", "50,100", ("delivery", "ramp"), (50, 100)),
        ("NEWSLETTER_DELIVERY__RAMP", "", ("delivery", "ramp"), ()),
    ],
)
def test_the_environment_wins_and_writes_lists_with_commas_or_as_json(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    key: tuple[str, ...],
    wanted: object,
) -> None:
    """Every key can be set as `NEWSLETTER_<SECTION>__<KEY>`."""
    monkeypatch.setenv(name, value)
    found: object = _load(tmp_path, '[delivery]\nbackend = "console"\n')
    for part in key:
        found = getattr(found, part)
    assert found == wanted


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("NEWSLETTER_DELIVERY__RETRY", "soon", "a duration is a number and a unit"),
        ("NEWSLETTER_DELIVERY__RAMP", "[50,", "must be a whole number"),
        ("NEWSLETTER_NEWSLETTER", "not a table", "must be a table"),
        ("NEWSLETTER_DELIVERY__BACKNED", "smtp", "there is no such setting"),
        ("NEWSLETTER_DELIVRY__BACKEND", "smtp", "there is no such setting"),
    ],
)
def test_a_bad_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    """A misspelt section is an error too: nobody sends with the wrong backend unawares."""
    monkeypatch.setenv(name, value)
    error = _refused(tmp_path)
    assert error.message.startswith(f"{name} (in the environment)")
    assert words in error.message


def test_other_peoples_variables_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Container platforms set names like NEWSLETTER_PORT for a service called `newsletter`."""
    monkeypatch.setenv("NEWSLETTER_PORT", "tcp://10.0.0.1:80")
    _load(tmp_path, "")


def test_bare_numbers_are_words_of_the_schedule(tmp_path: Path) -> None:
    """`hour = 9` means what `hour = "9"` does."""
    schedule = _load(tmp_path, "[schedule]\nday = 15\nhour = 9\nminute = 30\n").schedule
    assert (schedule.day, schedule.hour, schedule.minute) == ("15", "9", "30")


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """Where a command is called from doesn't matter."""
    settings = _load(tmp_path, '[content]\nroot = "texts"\n[database]\nurl = "sqlite:///a.db"\n')
    assert settings.content.root == tmp_path / "texts"
    assert settings.database.url == f"sqlite:///{tmp_path}/a.db"
