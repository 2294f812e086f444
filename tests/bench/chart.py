"""A picture of the figures: bars against smtp-source, as SVG, without any library."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from tests.bench.report import Table

_WIDTH, _LEFT, _BAR, _GAP, _TOP = 920, 304, 20, 8, 64
_SCALE = 320
"""Pixels for 1: as fast as smtp-source."""
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222 }
.title { font-size: 16px; font-weight: 600 }
.group { font-weight: 600 }
.ours { fill: #2f6f8f }
.other { fill: #b9c3c9 }
.mark { stroke: #a33; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .other { fill: #5b666c } .ours { fill: #6db3d6 } .ground { fill: #16191b }
}
.ground { fill: #fff }
@media (prefers-color-scheme: dark) { .ground { fill: #16191b } }
"""


def picture(tables: Mapping[str, Table]) -> str:
    """Return the SVG of what was sent over SMTP: one bar a client and number of sessions."""
    body, bottom = list[str](), _TOP
    for name in ("sink", "fast"):
        if name in tables:
            bottom = _group(tables[name], bottom, body)
    mark = f'<line class="mark" x1="{_LEFT + _SCALE}" x2="{_LEFT + _SCALE}" y1="48" y2="{bottom}"/>'
    title = "Messages a second against smtp-source (1, dashed)"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 16}" role="img"'
    )
    return "\n".join(
        [
            f'{head} aria-label="{title}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{bottom + 16}"/>',
            f'<text class="title" x="16" y="30">{title}</text>',
            mark,
            *body,
            "</svg>\n",
        ]
    )


def _group(table: Table, top: int, body: list[str]) -> int:
    """Draw a table's bars below `top`; return where they end."""
    body.append(f'<text class="group" x="16" y="{top + 12}">{escape(table.title)}</text>')
    top += 24
    for row in table.rows:
        body += _bar(row, top)
        top += _BAR + _GAP
    return top + 12


def _bar(row: Sequence[str], top: int) -> Iterator[str]:
    name, sessions, rate, against, cpu = row
    width = min(float(against) * _SCALE, _WIDTH - _LEFT - 190)
    kind = "ours" if name.startswith("ours") else "other"
    middle = top + _BAR - 5
    yield f'<text x="24" y="{middle}">{escape(name)}, {sessions} sessions</text>'
    yield f'<rect class="{kind}" x="{_LEFT}" y="{top}" width="{width:.0f}" height="{_BAR}"/>'
    words = f"{against} · {rate}/s · {cpu} µs"
    yield f'<text x="{_LEFT + width + 6:.0f}" y="{middle}">{words}</text>'
