"""Quoted-printable (RFC 2045, 6.7), so strict that no hop and no signature has to touch it.

Beyond the RFC:

- no line begins with a dot, so SMTP needs no dot-stuffing (RFC 5321, 4.5.2), nor with `From `,
  which an mbox would quote;
- no line holds two white spaces in a row, a tab, or white space at its end, so that DKIM's
  relaxed canonical form (RFC 6376, 3.4.4) of a body is the body itself.
"""

import re

SOFT_BREAK = b"=\r\n"

# 76 octets a line: two are kept for a first letter that needs escaping, one for the soft break.
WIDTH = 73

_QUOTED = [
    chr(octet) if 0x20 <= octet <= 0x7E and octet != 0x3D else f"={octet:02X}"
    for octet in range(256)
]
_CHUNK = re.compile(rf".{{1,{WIDTH}}}(?<!=)(?<!=.)")  # never cuts `=XX`
_VISIBLE = re.compile(r"[!-<>-~]*")
# Nothing to escape: words with one space between them, and no risky start.
_PLAIN = re.compile(r"(?![.]|From )[!-<>-~]*+(?: [!-<>-~]++)*+")
_RISKY_START = re.compile(r"^(?:\.|F(?=rom ))", re.MULTILINE)


def encode(text: str) -> bytes:
    """Encode text with `\\n` line ends; what can't be UTF-8 (a lone surrogate) becomes `?`."""
    return "\r\n".join(map(_line, text.split("\n"))).encode("ascii")


def piece(text: str) -> bytes:
    """Encode text that something else follows: it ends at a line's end, mostly a soft one."""
    if not text or text[-1] == "\n":
        return encode(text)
    return encode(text) + SOFT_BREAK


def _line(line: str) -> str:
    if len(line) <= WIDTH and _PLAIN.fullmatch(line):
        return line
    quoted = line if _VISIBLE.fullmatch(line) else _quote(line)
    wrapped = "=\r\n".join(_CHUNK.findall(quoted)) if len(quoted) > WIDTH else quoted
    return _RISKY_START.sub(_escape, wrapped)


def _quote(line: str) -> str:
    octets = line.encode("utf-8", "replace")
    quoted = "".join([_QUOTED[octet] for octet in octets]).replace("  ", " =20")
    return f"{quoted[:-1]}=20" if quoted.endswith(" ") else quoted


def _escape(match: re.Match[str]) -> str:
    return f"={ord(match[0]):02X}"
