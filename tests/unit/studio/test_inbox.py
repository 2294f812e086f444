"""What an inbox shows of a letter."""

from newsletter.studio.inbox import Row, beginning

FILLER = "\u034f\u200c\u00a0" * 60


def test_the_hidden_words_come_first() -> None:
    """A preheader that the letter hides is what stands beside the subject; comments are nothing."""
    hidden = f"<div style='display:none'>Three  studies{FILLER}</div>"
    html = f"<html><body><!-- x -->{hidden}<h1>Name</h1></body></html>"
    row = Row("Digest", "Subject", beginning(html))
    assert row.preheader == "Three studies"
    assert "Name" not in row.beginning[:100]


def test_without_a_preheader_the_letter_itself() -> None:
    """Then an inbox draws in whatever comes first."""
    html = "<html><body><h1>Name</h1>\n<p>Dear Ada,</p></body></html>"
    assert Row("", "", beginning(html)).preheader == "Name Dear Ada,"
