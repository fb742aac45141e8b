"""YAML as BOSH's users write it, with the line and column of everything in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from cpikit.errors import CpiError
from cpikit.preflight import Place
from cpikit.wire import kind_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    import yaml

_MERGE = "tag:yaml.org,2002:merge"
_PLAIN = (str, int, float, bool, type(None))


@define(eq=False)
class Node:
    """A value and where it stands: a mapping or a list holds Nodes, a scalar is as JSON has it.

    `keys` has the place of each key of a mapping.
    """

    value: Any
    place: Place
    keys: dict[str, Place] = field(factory=dict)

    @property
    def is_variable(self) -> bool:
        """Whether its text holds a BOSH variable, `((name))`: nobody knows its value here."""
        return isinstance(self.value, str) and "((" in self.value and "))" in self.value

    @property
    def shown(self) -> str:
        """The value as it is told: a scalar as it is, of anything else only what it is."""
        return kind_of(self.value) if isinstance(self.value, dict | list) else repr(self.value)

    def get(self, key: str) -> Node | None:
        """The value of a key; None where there is none, or null."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        return found if isinstance(found, Node) and found.value is not None else None

    def items(self) -> list[Node]:
        """The items of a list; nothing where it is none."""
        return list(self.value) if isinstance(self.value, list) else []

    def text(self, key: str) -> str:
        """The text of a key; empty where there is none."""
        found = self.get(key)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def plain(self) -> Any:
        """The value as JSON has it, variables in it as the text that they are."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value

    def below(
        self, path: tuple[str | int, ...] = ()
    ) -> Iterator[tuple[tuple[str | int, ...], Node]]:
        """Everything in it with its path, itself first."""
        yield path, self
        if isinstance(self.value, dict | list):
            pairs = self.value.items() if isinstance(self.value, dict) else enumerate(self.value)
            for key, item in pairs:
                yield from item.below((*path, key))


@define
class Document:
    """A file's root, and what is wrong with it as YAML: (place, sentence)."""

    root: Node
    problems: list[tuple[Place, str]] = field(factory=list)


def read(path: str) -> Document:
    """Read a file. Raises CpiError where it cannot be read, or nobody here reads YAML."""
    try:
        text = Path(path).read_text("utf-8")
    except OSError as error:
        raise CpiError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CpiError(f"{path} is no UTF-8 text: byte {error.start} is none of it") from error
    return parsed(text, path)


def parsed(text: str, file: str) -> Document:
    """The document in a text; `file` is its name in places."""
    try:
        import yaml  # for these commands only: the Director's calls never see it
    except ImportError as error:
        raise CpiError("reading YAML needs PyYAML: pip install 'cpikit[tools]'") from error
    nothing = Document(Node({}, Place(file, 1, 1)))
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return nothing
        return _Reading(file, loader, yaml).document(root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        nothing.problems.append((place, f"not YAML: {error.problem or error.context}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        nothing.problems.append((Place(file, line, 1), f"not YAML: {error.reason}"))
    except RecursionError:
        nothing.problems.append((Place(file, 1, 1), "not YAML: nested without end"))
    return nothing


class _Reading:
    """From the nodes of PyYAML to ours, anchors and merges resolved."""

    def __init__(self, file: str, loader: yaml.SafeLoader, library: ModuleType) -> None:
        self._file = file
        self._loader = loader
        self._yaml = library
        self._problems: list[tuple[Place, str]] = []
        self._above: list[int] = []

    def document(self, root: yaml.Node) -> Document:
        """The whole of it."""
        return Document(self._node(root), list(dict.fromkeys(self._problems)))

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)

    def _node(self, node: yaml.Node) -> Node:
        place = self._place(node)
        if id(node) in self._above:
            self._problems.append((place, "an alias of what it stands in"))
            return Node(None, place)
        self._above.append(id(node))
        try:
            if isinstance(node.value, str):
                return Node(self._scalar(node), place)
            if isinstance(node, self._yaml.SequenceNode):
                return Node([self._node(item) for item in node.value], place)
            return self._mapping(node, place)
        finally:
            self._above.pop()

    def _scalar(self, node: yaml.Node) -> object:
        try:
            value = self._loader.construct_object(node)
        except (self._yaml.constructor.ConstructorError, ValueError, LookupError, AttributeError):
            self._problems.append((self._place(node), f"cannot be read as {node.tag}"))
            return None
        return value if isinstance(value, _PLAIN) else str(node.value)

    def _mapping(self, node: yaml.Node, place: Place) -> Node:
        found: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        merged: dict[str, tuple[Place, Node]] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged |= {**self._merged(value_node), **merged}
                continue
            key = key_node.value if isinstance(key_node.value, str) else "?"
            if key in found:
                self._problems.append(
                    (
                        self._place(key_node),
                        f"{key!r} is here twice, first in line {keys[key].line}",
                    )
                )
            found[key], keys[key] = self._node(value_node), self._place(key_node)
        for key, (key_place, value) in merged.items():
            if key not in found:
                found[key], keys[key] = value, key_place
        return Node(found, place, keys)

    def _merged(self, node: yaml.Node) -> Mapping[str, tuple[Place, Node]]:
        """What `<<` brings in: of one mapping or of a list of them, the first of which wins."""
        brought: dict[str, tuple[Place, Node]] = {}
        for one in node.value if isinstance(node, self._yaml.SequenceNode) else [node]:
            source = self._node(one)
            if not isinstance(source.value, dict):
                self._problems.append((self._place(one), "<< wants a mapping, or a list of them"))
                continue
            for key, value in source.value.items():
                brought.setdefault(key, (source.keys[key], value))
        return brought
