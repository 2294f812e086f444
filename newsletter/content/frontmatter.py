"""A file's YAML front matter and its body, with the line of everything.

PyYAML's nodes carry their place in the file; values are taken as they were typed, so that
`title: 2020` is the text 2020 and not a number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Value:
    """One value: `items` are its texts with their lines; `many` tells a list from a single text.

    An empty value (`topics:`, `null`, `[]`) has no items; `nested` is a mapping or list inside it.
    `pairs` are a mapping's keys with their texts and lines.
    """

    line: int
    items: tuple[tuple[str, int], ...] = ()
    many: bool = False
    nested: bool = False
    pairs: tuple[tuple[str, str, int], ...] = ()

    @property
    def text(self) -> str:
        """The value on one line."""
        return " ".join(" ".join(text for text, _ in self.items).split(" ")).strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the front matter can't be read: `code` for the Finding, and the line."""

    code: str
    message: str
    line: int
    hint: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file taken apart. `body_line` is the line of the file where `body` begins, from 1."""

    values: dict[str, Value] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    problems: tuple[Problem, ...] = ()
    has_front_matter: bool = True


def read(text: str) -> Document:
    """Take a file apart. Never raises: what is wrong stands in `problems`."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or not _is_fence(lines[start]):
        return Document(body="\n".join(lines), has_front_matter=False)
    end = next((n for n in range(start + 1, len(lines)) if _is_fence(lines[n])), None)
    if end is None:
        hint = "put a line of three hyphens, ---, after the last field"
        problem = Problem("front-matter", "the front matter is never closed", start + 1, hint)
        return Document(problems=(problem,))
    values, problems = _values(lines[start + 1 : end], start + 2)
    return Document(values, "\n".join(lines[end + 1 :]), end + 2, problems)


def _is_fence(line: str) -> bool:
    return re.fullmatch(r"-{3,}\s*", line) is not None


def _values(lines: list[str], first: int) -> tuple[dict[str, Value], tuple[Problem, ...]]:
    source = "\n".join(_plain_spaces(line) for line in lines)
    try:
        node = yaml.compose(source, Loader=Loader)
    except yaml.YAMLError as error:
        return {}, (_problem(error, lines, first),)
    if node is None:
        return {}, ()
    if not isinstance(node, yaml.MappingNode):
        hint = "write a field on each line, such as: title: The Title"
        return {}, (Problem("front-matter", "the front matter has no fields", first, hint),)
    return _fields(node, first)


def _fields(node: yaml.MappingNode, first: int) -> tuple[dict[str, Value], tuple[Problem, ...]]:
    values: dict[str, Value] = {}
    problems = []
    for key, value in node.value:
        line = first + key.start_mark.line
        name = key.value.strip() if isinstance(key, yaml.ScalarNode) else "?"
        if name in values:
            message = f"“{name}” stands twice; also in line {values[name].line}"
            problems.append(Problem("duplicate-field", message, line, "keep one of the two"))
            continue
        values[name] = _value(value, line, first)
    return values, tuple(problems)


def _value(node: yaml.Node, line: int, first: int) -> Value:
    if isinstance(node, yaml.ScalarNode):
        return Value(line, tuple(_texts(node, first)))
    if isinstance(node, yaml.SequenceNode):
        texts = [pair for item in node.value for pair in _texts(item, first)]
        nested = not all(isinstance(item, yaml.ScalarNode) for item in node.value)
        return Value(line, tuple(texts), many=True, nested=nested)
    return Value(line, nested=True, pairs=tuple(_pairs(node, first)))


def _pairs(node: yaml.Node, first: int) -> Iterator[tuple[str, str, int]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            text = " ".join(text for text, _ in _texts(value, first))
            yield key.value.strip(), text, first + key.start_mark.line


def _texts(node: yaml.Node, first: int) -> Iterator[tuple[str, int]]:
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        return
    text = re.sub(r"[ \t]*\n\s*", " ", node.value).strip()
    if text:
        yield text, first + node.start_mark.line


def _plain_spaces(line: str) -> str:
    """Let a no-break space stand where YAML wants a space: before a field, after its colon."""
    head = re.match(r"[\s\u00a0]*(?:- )?[\w -]*:?[ \u00a0]*", line)
    cut = head.end() if head else 0
    return line[:cut].replace("\u00a0", " ") + line[cut:]


def _problem(error: yaml.YAMLError, lines: list[str], first: int) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    index = min(mark.line, len(lines) - 1) if mark else _odd_character(error, lines)
    index = max(index, 0)
    while index > 0 and not lines[index].strip():
        index -= 1
    index, hint = _hint(lines, index)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    return Problem("front-matter", f"the front matter can't be read: {reason}", first + index, hint)


def _odd_character(error: yaml.YAMLError, lines: list[str]) -> int:
    position = getattr(error, "position", 0) or 0
    return "\n".join(lines)[:position].count("\n")


_CAUSES: tuple[tuple[str, str], ...] = (
    (r"\s*\t", "indent with spaces; YAML takes no tabs"),
    (
        r"\s*[\w-]+:\s+[^\"'\[{|>].*?:(\s|$)",
        'a colon followed by a space needs quotes: put the whole value in “" "”',
    ),
    (r"\s*[\w-]+:\s+[@`%&*!]", "a value that begins with @, %, &, * or ! needs quotes"),
    (r"\s*[\w-]+:\s+\"[^\"]*$", "a quotation mark is opened and never closed"),
    (r"\s*[\w-]+:\s+'[^']*$", "a quotation mark is opened and never closed"),
    (
        r"\s*[\w-]+:\s+(?:\"[^\"]*\"|'[^']*')\s*[^\s#]",
        "quotes end before the value does; put the whole in the other kind of quotes",
    ),
    (r"\s*[\w-]+:\s+\[[^\]]*$", "a list is opened with [ and never closed"),
    (r"\s*[\w-]+:[^\s]", "put a space after the colon"),
)
"""What a line looks like that YAML can't read, and what to do about it."""


def _hint(lines: list[str], index: int) -> tuple[int, str]:
    """Say what to do, and about which line: YAML often stumbles after the cause."""
    for n in (index, index - 1, *range(index - 1)):
        for shape, advice in _CAUSES:
            if n >= 0 and re.match(shape, lines[n]):
                return n, advice
    return index, "each line is `field: value`; put a value with special characters in quotes"
