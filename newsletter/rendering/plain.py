"""Markdown -> plain text, as if written by hand: 72 columns, lists, quotes, links in brackets."""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import wrap as _wrap

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from newsletter.rendering.markdown import parse
from newsletter.rendering.numbers import NO_BREAK, keep_together

WIDTH = 72
"""Columns (RFC 3676 wants lines under 78)."""


@dataclass(frozen=True, slots=True)
class _Indent:
    """What stands before the first line of a block, and before each other."""

    first: str = ""
    rest: str = ""

    def inside(self, first: str, rest: str) -> "_Indent":
        return _Indent(self.first + first, self.rest + rest)

    def after(self) -> "_Indent":
        return _Indent(self.rest, self.rest)


def to_text(markdown: str, base: str) -> str:
    """Return `markdown` as plain text; relative links are made absolute against `base`."""
    root = SyntaxTreeNode(parse(markdown, base))
    return "\n\n".join(_blocks(root, _Indent()))


def to_words(markdown: str) -> str:
    """Return the bare words of `markdown` on one line: no marks, no addresses."""
    root = SyntaxTreeNode(parse(markdown, ""))
    parts = (_bare(node) for node in root.walk() if node.type in ("inline", "fence", "code_block"))
    return " ".join(" ".join(parts).split())


def wrapped(text: str, first: str = "", rest: str | None = None, width: int = WIDTH) -> str:
    """Return one paragraph as lines of at most `width` columns (a longer word stands alone).

    `first` stands before the first line, `rest` (as `first` if None) before each other.
    """
    after = first if rest is None else rest
    lines = _wrap(
        keep_together(text),
        width,
        initial_indent=first,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(NO_BREAK, " ")


def underlined(text: str, character: str = "-") -> str:
    """Return a heading: wrapped, with a line under it as long as its longest line."""
    heading = wrapped(text)
    return f"{heading}\n{character * max((len(line) for line in heading.splitlines()), default=0)}"


def _blocks(node: SyntaxTreeNode, indent: _Indent) -> Iterator[str]:
    for child in node.children:
        block = _block(child, indent)
        if block:
            yield block
            indent = indent.after()


def _block(node: SyntaxTreeNode, indent: _Indent) -> str:
    match node.type:
        case "bullet_list" | "ordered_list":
            return _list(node, indent)
        case "blockquote":
            return "\n\n".join(_blocks(node, indent.inside("> ", "> ")))
        case "code_block" | "fence":
            lines = node.content.rstrip("\n").split("\n")
            return "\n".join(f"{indent.rest}    {line}" for line in lines)
        case "hr":
            return f"{indent.first}* * *"
        case "table":
            return "\n".join(_rows(node, indent))
        case _:  # a paragraph, a heading
            return _paragraph(node, indent)


def _paragraph(node: SyntaxTreeNode, indent: _Indent) -> str:
    """A hard break in the Markdown stays one; a soft one is a space."""
    lines = []
    for line in _inline(node).split("\n"):
        lines.append(wrapped(line, indent.first, indent.rest))
        indent = indent.after()
    return "\n".join(line for line in lines if line)


def _list(node: SyntaxTreeNode, indent: _Indent) -> str:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    items = []
    for offset, item in enumerate(node.children):
        mark = "- " if start is None else f"{start + offset}. "
        inner = indent.inside(mark, " " * len(mark))
        gap = "\n" if _is_tight(item) else "\n\n"
        items.append(gap.join(_blocks(item, inner)) or inner.first.rstrip())
        indent = indent.after()
    tight = all(_is_tight(item) for item in node.children)
    return ("\n" if tight else "\n\n").join(items)


def _is_tight(item: SyntaxTreeNode) -> bool:
    return all(child.hidden for child in item.children if child.type == "paragraph")


def _rows(node: SyntaxTreeNode, indent: _Indent) -> Iterator[str]:
    """A table's row is a line of its cells: columns rarely fit 72 characters."""
    for row in node.walk():
        if row.type == "tr":
            cells = (_inline(cell).replace("\n", " ") for cell in row.children)
            yield wrapped(" | ".join(cells), indent.first, indent.rest + "  ")
            indent = indent.after()


def _bare(node: SyntaxTreeNode) -> str:
    if node.type == "image":
        return _alt(node.token)
    return "".join(map(_bare, node.children)) or node.content or " " * ("break" in node.type)


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(_words(child) for child in node.children)


def _words(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case "link":
            return _link(_inline(node), str(node.attrs.get("href", "")))
        case "image":
            return _alt(node.token)
        case _:
            return _inline(node)


def _link(words: str, url: str) -> str:
    bare = url.removeprefix("mailto:")
    return bare if words in (url, bare, "") else f"{words} <{bare}>"


def _alt(token: Token | None) -> str:
    return token.content if token else ""
