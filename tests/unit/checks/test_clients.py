"""The table of mail programs: its baseline, its licence."""

from newsletter.checks.baseline import baseline
from newsletter.checks.clients import TABLE, table


def test_the_baseline_is_what_our_letters_use() -> None:
    """A change of the templates or of MJML that uses more or less is seen: run `make clients`."""
    assert table()["baseline"] == baseline(table())


def test_the_table_keeps_its_licence() -> None:
    """The notice stands beside the data."""
    assert "MIT License" in (TABLE.parent / "caniemail.LICENSE").read_text("utf-8")


def test_every_feature_names_programs_of_the_table() -> None:
    """Numbers point at programs, and there are no more of them than were tested."""
    for slug, feature in table()["features"].items():
        assert 0 < len(feature["lacking"]) <= feature["tested"] <= len(table()["clients"]), slug
        assert max(feature["lacking"]) < len(table()["clients"]), slug
