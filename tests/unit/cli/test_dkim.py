import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from newsletter.cli.dkim import dkim
from newsletter.errors import ConfigError, NewsletterError, UsageError
from newsletter.message.dkim_keys import load_key, record


def keygen(*words: str) -> Result:
    """Run `newsletter dkim keygen`; its own errors stay exceptions."""
    return CliRunner().invoke(dkim, ["keygen", "--domain", "example.org", *words])


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_keygen_writes_the_key_and_prints_its_record(tmp_path: Path, kind: str) -> None:
    """The file can sign, only its owner reads it, and the record is its public half."""
    path = tmp_path / "key.pem"
    result = keygen("--selector", "s1", "--kind", kind, "--output", str(path), "--json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(result.stdout) == {
        "name": "s1._domainkey.example.org",
        "record": record(load_key(path, "example.org", "s1").private),
        "key_file": str(path),
    }


def test_keygen_prints_a_line_for_the_zone_file(tmp_path: Path) -> None:
    """The answer on stdout is the record alone; advice goes to stderr."""
    result = keygen("--selector", "s1", "--output", str(tmp_path / "key.pem"))
    assert result.stdout.startswith('s1._domainkey.example.org. IN TXT ( "v=DKIM1; k=rsa; p=')
    assert result.stdout.count("\n") == 1
    assert "key.pem" in result.stderr


def test_keygen_never_replaces_a_key(tmp_path: Path) -> None:
    """A key that is in use can't be lost by a second run."""
    path = tmp_path / "key.pem"
    path.write_text("precious")
    result = keygen("--selector", "s1", "--output", str(path))
    assert isinstance(result.exception, UsageError)
    assert path.read_text() == "precious"


def test_keygen_refuses_a_selector_that_dns_can_not_hold(tmp_path: Path) -> None:
    """And writes nothing."""
    path = tmp_path / "key.pem"
    assert isinstance(keygen("--selector", "a b", "--output", str(path)).exception, ConfigError)
    assert not path.exists()


def test_keygen_says_where_it_can_not_write(tmp_path: Path) -> None:
    """The error names the file."""
    result = keygen("--selector", "s1", "--output", str(tmp_path / "none" / "key.pem"))
    assert isinstance(result.exception, NewsletterError)
    assert "key.pem" in result.exception.message
