"""Reads YAML as plain data that remembers its lines.

It reads as PyYAML's `BaseLoader` does: no scalar gets a type (`18:00` and `no` stay text), except
that a plain `null`, `~` or nothing at all is None.
It refuses equal keys in one mapping, an alias that contains itself,
and aliases that multiply without end.
Merge keys (`<<`) are followed as YAML 1.1 says: a key that is written out wins.
"""

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from probe.core.plain_text import refused_in_block
from probe.errors import ConfigError, Problem
from probe.texts.yaml_problems import OPENED_BEFORE, yaml_problem

Path_ = tuple[str | int, ...]
LARGEST_FILE = 1_048_576  # bytes
MOST_VALUES = 200_000  # after aliases are followed
DEEPEST = 50  # levels
_PRIVATE = frozenset(
    {
        "account",
        "persona",
        "client_secret",
        "private_key",
        "decryption_key",
        "fill",
        "contacts",
        "roles",
        "tokens",
        "alertmanager",
        "secret",
    }
)
_STRUCTURE = frozenset({"username", "password", "budget", "expires", "file", "env", "token", "user", "name", "mail", "phone"})
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map"))
_LONGEST_SHOWN = 80  # characters of a value
_COMMENT = re.compile(r"[ \t]+(#[A-Za-z_][^\n]*)")
_NOTHING = "is nothing: to YAML, what begins with # is a comment. Write it in quotes"
_ENDS = "ends before this #: to YAML, a # behind a space begins a comment. If it is part of it, write the whole in quotes"
_TAB = re.compile(r"(?m)^ *\t")


def is_private(path: Path_) -> bool:
    """Tell whether the value at `path` may be a secret or personal data, which is never shown."""
    return any(step in _PRIVATE for step in path)


def say_path(path: Path_) -> str:
    """Write `("hubs", 0, "idps", 2, "tile")` as `hubs[0].idps[2].tile`.

    Below a private place only keys of the structure are written.
    """
    text, private = "", False
    for step in path:
        if private and step not in _STRUCTURE:
            break
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{step}"
        private = private or step in _PRIVATE
    return text


def show(value: Any) -> str:
    """Return a value as it may stand at the end of a message."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value)
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'tile'?)`, or nothing."""
    from difflib import get_close_matches  # here, as a file without mistakes does not need it

    close = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" (did you mean {close[0]!r}?)" if close else ""


@dataclass(slots=True)
class Source:
    """A file that was read: its data, the line of each value, and the problems found so far."""

    file: str
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    # Where an inherited value is written (`probe.config.inherit`).
    inherited: dict[Path_, Path_] = field(default_factory=dict)

    def origin(self, path: Path_) -> Path_:
        """Return the path at which the value at `path` is written."""
        for length in range(len(path), 0, -1):
            if (written := self.inherited.get(path[:length])) is not None:
                return (*written, *path[length:])
        return path

    def line(self, path: Path_) -> int:
        """Return the line of the value at `path`, else of the nearest value around it."""
        path = self.origin(path)
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def problem(self, path: Path_, message: str) -> Problem:
        """Return a problem at the place where the value at `path` is written, with its line."""
        path = self.origin(path)
        return Problem(self.file, self.line(path), say_path(path), message)

    def at(self, path: Path_) -> Any:
        """Return the raw value at `path`, None where there is none."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def read_source(path: Path) -> Source:
    """Read and parse the file. Lesser problems are in the result.

    Raises ConfigError when the file cannot be used at all.
    """
    return parse_source(str(path), _bytes(path))


def parse_source(file: str, content: bytes) -> Source:
    """Parse a file's content. Raises ConfigError."""
    if len(content) > LARGEST_FILE:
        raise _failure(file, 1, f"is larger than {LARGEST_FILE} bytes")
    text = _text(file, content)
    root = _compose(file, text)
    source = Source(file)
    _Reader(source, text).read(root)
    if not isinstance(root, MappingNode):
        raise _failure(file, root.start_mark.line + 1, "is not a mapping: the file holds keys such as `hubs:` and their values")
    return source


def _failure(file: str, line: int, message: str) -> ConfigError:
    return ConfigError([Problem(file, line, "", message)])


def _bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # before opening, since a pipe would wait for its writer
            raise _failure(str(path), 1, "is a folder, not a file" if stat.S_ISDIR(mode) else "is not a file")
        with path.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise _failure(str(path), 1, "no such file") from None
    except (OSError, ValueError) as error:
        raise _failure(str(path), 1, f"cannot be read: {getattr(error, 'strerror', None) or 'its name is malformed'}") from None


def _text(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _failure(file, line, f"is not UTF-8: byte 0x{content[error.start]:02x}") from None


class _Loader(yaml.BaseLoader):
    """PyYAML's composer, which also refuses to go deeper than any configuration does."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__(text)
        self.file = file
        self.depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _failure(self.file, self.get_mark().line + 1, f"is nested more than {DEEPEST} levels deep")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _compose(file: str, text: str) -> Node:
    try:
        loader = _Loader(file, text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _failure(file, *_say_yaml(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _failure(file, line, f"holds the character U+{error.character:04X}, which YAML does not allow") from None
    except (ValueError, OverflowError, RecursionError):  # PyYAML on \UFFFFFFFF and its like
        raise _failure(file, 1, "is not YAML: an escape or a directive is malformed") from None
    if root is None:
        raise _failure(file, 1, "is empty")
    return root


def _say_yaml(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return the line of PyYAML's error, and what it is in our words, which quote nothing.

    What is not closed is told where it opens.
    """
    said = yaml_problem(error.context or "", error.problem or "")
    marks = (error.context_mark, error.problem_mark) if said in OPENED_BEFORE else (error.problem_mark, error.context_mark)
    mark = next(filter(None, marks), None)
    if mark is None:
        return 1, said.en.format(column=1)
    if _TAB.match(text, text.rfind("\n", 0, mark.index) + 1):
        return mark.line + 1, "is indented with a tab: YAML wants spaces"
    return mark.line + 1, said.en.format(column=mark.column + 1)


class _Reader:
    """Turns nodes into data, each node once for every place where it is used."""

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.text = text
        self.left = MOST_VALUES
        self.open: set[int] = set()

    def read(self, root: Node) -> None:
        self.source.lines[()] = root.start_mark.line + 1
        self.source.data = self._value(root, ())

    def _value(self, node: Node, path: Path_) -> Any:
        self.left -= 1
        if self.left < 0:
            raise _failure(self.source.file, node.start_mark.line + 1, f"holds more than {MOST_VALUES} values, aliases followed")
        self._tagged(node, path)
        if isinstance(node, ScalarNode):
            return self._scalar(node, path)
        if not isinstance(node, (MappingNode, SequenceNode)) or id(node) in self.open:
            raise _failure(self.source.file, node.start_mark.line + 1, "holds an alias that contains itself")
        self.open.add(id(node))
        try:
            return self._mapping(node, path) if isinstance(node, MappingNode) else self._list(node, path)
        finally:
            self.open.discard(id(node))

    def _tagged(self, node: Node, path: Path_) -> None:
        """Refuse a tag (`!env NAME`): it asks for a meaning that no value has here.

        It must not be read as if it were not there.
        """
        if node.tag not in _TAGS:
            self._refuse(node, path, "has a YAML tag, which has no meaning here")

    def _scalar(self, node: ScalarNode, path: Path_) -> str | None:
        self._commented(node, path)
        if node.style is None and node.value in ("", "~", "null"):
            return None
        if refused_in_block(node.value):
            self.source.problems.append(self.source.problem(path, "holds a control character"))
            return ""
        return str(node.value)

    def _commented(self, node: ScalarNode, path: Path_) -> None:
        """Warn of a value, or the rest of one, that YAML takes for a comment: `#id` of a selector.

        A comment that a person meant has a space behind its #.
        """
        found = _COMMENT.match(self.text, node.end_mark.index) if node.style is None else None
        if found is None:
            return
        said = _ENDS if node.value else _NOTHING
        self.source.warnings.append(self.source.problem(path, said if is_private(path) else f"{said}: {show(found[1].rstrip())}"))

    def _list(self, node: SequenceNode, path: Path_) -> list[Any]:
        return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]

    def _item(self, node: Node, path: Path_) -> Any:
        self.source.lines[path] = node.start_mark.line + 1
        return self._value(node, path)

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, key_node, value_node in self._pairs(node, path, frozenset()):
            self.source.lines[*path, key] = key_node.start_mark.line + 1
            values[key] = self._value(value_node, (*path, key))
        return values

    def _pairs(self, node: MappingNode, path: Path_, inside: frozenset[int]) -> Iterator[tuple[str, Node, Node]]:
        """Yield the pairs of a mapping: first its own, then the merged ones that it lacks."""
        own: dict[str, Node] = {}
        merged: list[MappingNode] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or refused_in_block(key_node.value):
                self._refuse(key_node, path, "has a key that is not plain text")
            elif key_node.tag not in _TAGS:
                self._tagged(key_node, path)
            elif key_node.style is None and key_node.value == "<<":
                merged += self._merged(value_node, path)
            elif key_node.value in own:
                name = "has a key" if is_private(path) else f"has the key {key_node.value!r}"
                self._refuse(key_node, path, f"{name} twice (first on line {own[key_node.value].start_mark.line + 1})")
            else:
                own[key_node.value] = key_node
                yield key_node.value, key_node, value_node
        yield from self._inherited(merged, own, path, inside | {id(node)})

    def _inherited(
        self, merged: list[MappingNode], own: Mapping[str, Node], path: Path_, inside: frozenset[int]
    ) -> Iterator[tuple[str, Node, Node]]:
        seen = set(own)
        for other in merged:
            self.left -= 1
            if id(other) in inside:
                raise _failure(self.source.file, other.start_mark.line + 1, "holds an alias that contains itself")
            if self.left < 0:
                raise _failure(self.source.file, other.start_mark.line + 1, f"holds more than {MOST_VALUES} values, aliases followed")
            for key, key_node, value_node in self._pairs(other, path, inside):
                if key not in seen:
                    seen.add(key)
                    yield key, key_node, value_node

    def _merged(self, node: Node, path: Path_) -> list[MappingNode]:
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        mappings = [each for each in nodes if isinstance(each, MappingNode)]
        if len(mappings) != len(nodes):
            self._refuse(node, path, "merges (<<) something that is not a mapping")
        return mappings

    def _refuse(self, node: Node, path: Path_, message: str) -> None:
        self.source.problems.append(Problem(self.source.file, node.start_mark.line + 1, say_path(path), message))
