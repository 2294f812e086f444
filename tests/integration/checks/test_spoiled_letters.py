"""Templates and settings with one fault: each is found, named, and at its line."""

import shutil
from pathlib import Path

import pytest

from newsletter import proofreading
from newsletter.checks.codes import CODES
from newsletter.checks.colours import contrast
from newsletter.model import Month
from newsletter.rendering.places import packaged_templates
from tests.integration.checks.test_spoiled_files import GROUPS as FILE_GROUPS
from tests.integration.checks.test_spoiled_files import TODAY
from tests.support.spoiled import (
    FIRST,
    MONTH,
    Case,
    Change,
    add,
    drop,
    edit,
    is_found,
    params,
    settings_of,
)

EMAIL = "templates/email"
BODY = f"{EMAIL}/digest/body.mjml"
HEAD = f"{EMAIL}/partials/head.mjml"
SUMMARY = f"{EMAIL}/partials/summary.mjml"
FOOT = f"{EMAIL}/partials/foot.mjml"
MAST = f"{EMAIL}/partials/masthead.mjml"
BRIEFS = f"{EMAIL}/partials/briefs.mjml"
CONTENTS = f"{EMAIL}/partials/contents.mjml"
TEXT = f"{EMAIL}/partials/summary.txt"
TEXT_FOOT = f"{EMAIL}/partials/foot.txt"
CONFIG = "config.toml"


def override(file: str, change: Change) -> Change:
    """Take a template over into the site, and change it there."""

    def whole(site: Path) -> None:
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(packaged_templates() / file.removeprefix("templates/"), path)
        change(site)

    return whole


def template(code: str, file: str, old: str, new: str, at: str | int | None = None) -> Case:
    """A template of the site, with one text replaced."""
    return Case(code, file, new if at is None else at, override(file, edit(file, old, new)))


MJML = [
    template("unknown-element", SUMMARY, "<mj-divider css-class", "<mj-dividr css-class"),
    template("unknown-element", HEAD, "<mj-section padding", "<mj-secton padding"),
    template("unknown-attribute", SUMMARY, 'align="left"', 'alligned="left"'),
    template("unknown-attribute", HEAD, '<mj-column padding="0"', '<mj-column pading="0"'),
    template("misplaced-element", MAST, "<mj-column><mj-spacer height=\"24px\" /></mj-column>", "<mj-spacer height=\"24px\" />"),
    template("misplaced-html", FOOT, "    {% if newsletter", "    <p>Thank you.</p>\n    {% if newsletter", "<p>Thank you."),
    template("misplaced-text", FOOT, "    {% if newsletter", "    Thank you.\n    {% if newsletter", "    Thank you."),
    template("forbidden-element", BODY, '{% include "email/partials/foot.mjml" %}', '<mj-include path="foot.mjml" />'),
    template("forbidden-element", BODY, "<mj-title>", '<mj-font name="X" href="https://fonts.a.org/x" /><mj-title>', "<mj-font"),
    template("unbalanced", SUMMARY, "</tr></table>", "</table>", "<table role"),
    template("unbalanced", MAST, "<h1>{{ newsletter.name }}</h1>", "<h1>{{ newsletter.name }}"),
    template("unbalanced", HEAD, "<mj-raw>\n", "<mj-raw><div>\n", "<mj-raw><div>"),
    template("bare-less-than", FOOT, '{{ _("Reply', 'p < .05 {{ _("Reply', "p < .05"),
    template("missing-attribute", SUMMARY, 'href="{{ summary.study_url }}" ', "", "<mj-button css-class"),
    template("missing-attribute", FOOT, "    {% if newsletter", '    <mj-image alt="Our sign" />\n    {% if newsletter', "<mj-image"),
    template("missing-attribute", FOOT, '<a href="{{ slots.pause_url }}">', "<a>"),
    template("attribute-value", HEAD, 'font-size="17px"', 'font-size="17"'),
    template("attribute-value", SUMMARY, 'align="left"', 'align="lefft"'),
    template("attribute-value", SUMMARY, 'border-radius="3px"', 'border-radius="3"'),
    template("attribute-value", SUMMARY, 'color="{{ theme.soft }}"', 'color="grayish"'),
    template("attribute-value", SUMMARY, 'border="1px solid', 'border="1px sollid'),
    template("attribute-value", BODY, 'width="600px"', 'width="600"'),
    template("attribute-value", SUMMARY, 'padding="28px 0 0"', 'padding="28px 0 0 px"'),
    template("attribute-value", FOOT, "    {% if newsletter", '    <mj-image src="sign.png" alt="Our sign" />\n    {% if newsletter', "<mj-image"),
    template("duplicate-attribute", SUMMARY, 'align="left"', 'align="left" align="left"'),
    template("unknown-class", SUMMARY, 'mj-class="middle"', 'mj-class="midle"'),
    template("unknown-class", SUMMARY, 'css-class="side button"', 'css-class="side buton"'),
    template("unknown-tag", SUMMARY, "<em>{{ summary.citation.journal }}</em>", "<emph>{{ summary.citation.journal }}</emph>"),
    template("style", HEAD, "h1, h2, h3, h4, h5, h6 { margin: 0; }", "h1, h2, h3, h4, h5, h6 { margin 0; }"),
    template("style", HEAD, "font-weight: normal; letter", "font-weight: normal letter"),
    template("style", HEAD, ".title h2 { font-size: 22px; line-height: 28px; }", ".title h2 { font-size: 22px; line-height: 28px;"),
    template("style", HEAD, ".title h2 { font-size", ".title h2 { font-sise"),
    template("style", HEAD, ".name h1 { font-size", ".name h1 { color: #12345; font-size"),
    template("style", HEAD, ".title h2 { font-size: 22px;", ".title h2 { font-size: 22;"),
    template("unbalanced", FOOT, "  <mj-column>", "  <mj-column><!-- the foot", "<!-- the foot"),
    template("image-alt", FOOT, "    {% if newsletter", '    <mj-image src="https://pprnet.ca/a.png" />\n    {% if newsletter', "<mj-image"),
    template("image-alt", FOOT, "    {% if newsletter", '    <mj-image src="https://pprnet.ca/a.png" alt="logo.png" />\n    {% if newsletter', "<mj-image"),
    template("attribute-value", MAST, '<mj-spacer height="24px"', "<mj-spacer height=24px"),
]  # fmt: skip

JINJA = [
    template("render", SUMMARY, "{{ summary.heading }}", "{{ sumary.heading }}"),
    template("render", SUMMARY, "{{ summary.heading }}", "{{ summary.headline }}"),
    template("render", SUMMARY, "{{ summary.heading }}", "{{ summary.heading }"),
    template("render", SUMMARY, "{% if summary.implications %}", "{% if summary.implications"),
    template("render", SUMMARY, "    {% if summary.implications %}", "    {% if summary.implications %}{% if 1 %}", "{% if 1 %}"),
    template("render", BODY, "partials/foot.mjml", "partials/fot.mjml"),
    template("render", BRIEFS, "{{ summary.web_url }}", "{{ summary.page }}"),
    template("render", TEXT, "summary.title", "summary.titel"),
    template("template-leftover", SUMMARY, "{{ summary.body.html }}", "{{ summary.body }}"),
    template("template-leftover", SUMMARY, '{{ _("Summary: %(author)s", author=summary.author) }}', "{{ '{{ summary.author }}' }}"),
    Case("render", FIRST, "zq7slotaddress7qz", add(FIRST, "\n\nIt says zq7slotaddress7qz here.", "Three things")),
]  # fmt: skip

PARTS = [
    template("no-unsubscribe", FOOT, ' <!--[if mso]>&nbsp;&nbsp;<![endif]--><a href="{{ slots.unsubscribe_url }}">{{ _("Unsubscribe") }}</a>', "", '{{ _("Pause") }}</a></mj-text>'),
    template("no-unsubscribe", BODY, '    {% include "email/partials/foot.mjml" %}\n', "", "  </mj-body>"),
    Case("no-unsubscribe", TEXT_FOOT, None, override(TEXT_FOOT, drop(TEXT_FOOT, "{{ slots.unsubscribe_url }}"))),
    template("missing-part", SUMMARY, "{{ summary.body.html }}", "", '<mj-text css-class="side ink prose" padding="0 24px 24px"><div{{ edition.written_in }}></div></mj-text>'),
    template("missing-part", SUMMARY, '<div class="prose"{{ edition.written_in }}>{{ summary.implications.html }}</div>', "<div></div>"),
    template("missing-part", BODY, "<mj-title>{{ edition.subject }}</mj-title>", "<!-- no title -->"),
    template("missing-part", FOOT, "{{ newsletter.name }}<br />{% for line in newsletter.postal_address %}", "{{ newsletter.name }}<br />{% for line in [] %}", "for line in []"),
    Case("no-preheader", BODY, None, override(BODY, drop(BODY, "    <mj-preview>"))),
    template("no-language", BODY, '<mjml lang="{{ edition.language }}" dir', "<mjml dir"),
    template("no-subject", f"{EMAIL}/digest/subject.txt", "{{ edition.subject }}", "{# none #}", 1),
    template("heading-order", MAST, "<h1>{{ newsletter.name }}</h1>", "<p>{{ newsletter.name }}</p>"),
    template("heading-order", SUMMARY, '<h3>{{ _("Practice implications") }}</h3>', '<h5>{{ _("Practice implications") }}</h5>'),
    template("table-role", SUMMARY, '<table role="presentation" width', "<table width"),
    template("no-dark-theme", HEAD, "prefers-color-scheme: dark", "prefers-color-scheme: drak"),
    Case("no-dark-theme", HEAD, None, override(HEAD, drop(HEAD, '  <meta name="color-scheme"'))),
    template("missing-part", MAST, "{{ slots.greeting }}", "", 7),
    template("doi-link", SUMMARY, '<a href="{{ summary.citation.url }}">', '<a href="https://doi.org/">'),
    template("duplicate-id", SUMMARY, '<a id="{{ summary.anchor }}" name="{{ summary.anchor }}">', '<a id="study" name="study">', 'id="study"'),
    template("broken-anchor", CONTENTS, 'href="#{{ summary.anchor }}"', 'href="#nowhere"'),
    template("small-text", FOOT, '<mj-text mj-class="small" css-class="side soft plain">', '<mj-text mj-class="small" font-size="9px" css-class="side soft plain">'),
    template("text-form", TEXT, "summary.body.text", "summary.body.html"),
    Case("html-size", FIRST, 10, add(FIRST, "".join(f"\n\nOn day {n} there was more to say, and it was said at some length." for n in range(1200)), "Three things")),
    Case("no-postal-address", CONFIG, "[newsletter]", drop(CONFIG, "postal_address")),
    Case("no-postal-address", CONFIG, "postal_address", edit(CONFIG, 'postal_address = "Practice Research Network, 1 Example Street, Ottawa, Canada"', 'postal_address = ""')),
    Case("list-headers", CONFIG, "public_url", edit(CONFIG, "http://127.0.0.1:8025", "http://digest.pprnet.ca")),
    template("no-dark-theme", HEAD, "prefers-color-scheme: dark)", "prefers-color-scheme: darkk)"),
    template("heading", SUMMARY, "{{ summary.heading }}</h2>", "</h2>", "css-class=\"side ink title\""),
    template("heading-order", SUMMARY, "<h2{{ edition.written_in }}>{{ summary.heading }}</h2>", "<h1{{ edition.written_in }}>{{ summary.heading }}</h1>"),
]  # fmt: skip

LOOKS = [
    Case("contrast", CONFIG, "soft", add(CONFIG, '\n\n[theme]\nsoft = "#9aa3ab"')),
    Case("contrast", CONFIG, "ink =", add(CONFIG, '\n\n[theme]\naccent = "#0f5c63"\nink = "#cccccc"')),
    Case("contrast", CONFIG, "tint =", add(CONFIG, '\n\n[theme]\ntint = "#336666"')),
    Case("contrast", CONFIG, "dark_accent =", add(CONFIG, '\n\n[theme]\ndark_accent = "#0f5c63"')),
    Case("contrast", CONFIG, "dark_paper =", add(CONFIG, '\n\n[theme]\ndark_paper = "#f4f2ee"')),
    template("contrast", SUMMARY, 'css-class="side soft" padding="0 24px 6px"', 'css-class="side soft" color="#bbbbbb" padding="0 24px 6px"', "#bbbbbb"),
    template("contrast", SUMMARY, "<h3>", '<h3 style="color:#c0d0d0">'),
    template("contrast", FOOT, 'css-class="side soft plain" color="{{ theme.soft }}"', 'css-class="side" color="#444444"', "#444444"),
    template("client-support", HEAD, ".type { font-weight: bold;", ".type { display: flex; font-weight: bold;"),
    template("client-support", HEAD, ".panel { padding: 20px;", ".panel { position: relative; padding: 20px;"),
    template("client-support", HEAD, ".panel { padding: 20px;", ".panel { box-shadow: 0 1px 2px #000000; padding: 20px;"),
    template("client-support", HEAD, "a { text-underline-offset", "a:hover { text-underline-offset"),
    template("client-support", SUMMARY, '<h3>{{ _("Practice implications") }}</h3>', '<h3 style="font-size: 5vw">{{ _("Practice implications") }}</h3>'),
    template("client-support", FOOT, "    {% if newsletter", '    <mj-image src="https://pprnet.ca/a.svg" alt="The sign of the network" />\n    {% if newsletter', "<mj-image"),
    template("client-support", FOOT, "    {% if newsletter", "    <mj-text><video></video></mj-text>\n    {% if newsletter", "<video>"),
    template("active-content", FOOT, "    {% if newsletter", "    <mj-text><script>1</script></mj-text>\n    {% if newsletter", "<script>"),
    template("active-content", FOOT, "    {% if newsletter", '    <mj-text><form action="https://pprnet.ca"></form></mj-text>\n    {% if newsletter', "<form"),
    template("active-content", FOOT, '<a href="{{ slots.pause_url }}">', '<a onclick="x()" href="{{ slots.pause_url }}">'),
    template("remote-content", FOOT, "    {% if newsletter", '    <mj-text><img src="https://pprnet.ca/open.gif" width="1" height="1" alt=""></mj-text>\n    {% if newsletter', "open.gif"),
    template("remote-content", HEAD, ":root {", "@import url(https://fonts.a.org/x.css);\n:root {", "@import"),
    template("remote-content", HEAD, "a { text-underline", 'a { background-image: url("https://pprnet.ca/x.png"); text-underline', "background-image"),
    template("link-text", FOOT, '{{ _("Pause") }}</a>', '{{ _("Pause") }}</a> <a href="https://pprnet.ca/about">Click here</a>', "Click here"),
    template("http-link", FOOT, '{{ _("Pause") }}</a>', '{{ _("Pause") }}</a> <a href="http://pprnet.ca/about">About us</a>', "About us"),
    template("empty-link", FOOT, '<a href="{{ slots.pause_url }}">', '<a href="">'),
    template("relative-link", FOOT, '<a href="{{ slots.pause_url }}">', '<a href="pause.html">'),
    template("placeholder-link", FOOT, '{{ _("Pause") }}</a>', '{{ _("Pause") }}</a> <a href="https://example.com/about">About us</a>', "About us"),
    template("client-support", HEAD, ".panel { padding: 20px;", ".panel { --room: 20px; padding: var(--room);"),
    template("link-text", FOOT, '{{ _("Change topics") }}', "click here"),
]  # fmt: skip

TAXONOMY = "content/taxonomy.toml"
SITE = [
    Case("taxonomy", TAXONOMY, "naem =", edit(TAXONOMY, 'name = "Client Factors"', 'naem = "Client Factors"')),
    Case("taxonomy", TAXONOMY, '[[topic]]\nname = "Client Preferences"', edit(TAXONOMY, 'slug = "client-preferences"\n', "")),
    Case("taxonomy", TAXONOMY, "Client Preferences!", edit(TAXONOMY, 'slug = "client-preferences"', 'slug = "Client Preferences!"')),
    Case("taxonomy", TAXONOMY, 'slug = "client-factors"\nname = "Client Preferences"', edit(TAXONOMY, 'slug = "client-preferences"', 'slug = "client-factors"'), "a slug twice"),
    Case("taxonomy", TAXONOMY, 'slug = "client-factors\n', edit(TAXONOMY, 'slug = "client-factors"', 'slug = "client-factors')),
    Case("taxonomy", TAXONOMY, "[[topics]]", edit(TAXONOMY, "[[topic]]", "[[topics]]")),
    Case("ambiguous-alias", TAXONOMY, '"burnout", "preferences"', edit(TAXONOMY, '"burnout"', '"burnout", "preferences"')),
    Case("settings", CONFIG, "min_summaries", add(CONFIG, "\nmin_summaries = 5", 'author = "The editors"')),
    Case("settings", CONFIG, "name = ", edit(CONFIG, 'name = "Practice Research Digest"', 'name = ""')),
    Case("settings", CONFIG, "gmail.com", edit(CONFIG, "digest@example.org", "digest@gmail.com")),
]  # fmt: skip

GROUPS = {"site": SITE, "mjml": MJML, "jinja": JINJA, "parts": PARTS, "looks": LOOKS}
CASES = params(GROUPS)


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_found_named_and_at_its_line(site: Path, case: Case) -> None:
    """One fault in a sound site: the finding has its code, its file, its line; hardly any other."""
    case.change(site)
    found = proofreading.check(settings_of(site), Month.parse(MONTH), TODAY)
    assert is_found(case, site, found), found
    assert len([one for one in found if one.code != case.code]) <= 2, found
    assert all(one.level in CODES[one.code].levels for one in found)


@pytest.mark.parametrize("month", ["2020-12", "2021-01", "2021-02"])
def test_a_sound_site_is_left_in_peace(site: Path, month: str) -> None:
    """The sample months make no error and no warning, letters and all."""
    found = proofreading.check(settings_of(site), Month.parse(month), TODAY)
    assert [one for one in found if one.level != "info"] == []


def test_every_code_is_planted_somewhere() -> None:
    """No check goes without a fault that it must find; a few are planted in tests of their own."""
    asked = {"dead-link", "unreached-link", "unknown-doi", "spam-score"}
    elsewhere = {"config", "misnamed-month", "distant-month", "unreadable"}
    tables = (*FILE_GROUPS.values(), *GROUPS.values())
    planted = {case.code for cases in tables for case in cases}
    assert CODES.keys() - planted == asked | elsewhere


def test_contrast_is_wcags() -> None:
    """Black on white is 21, a colour on itself 1, and the order doesn't matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
