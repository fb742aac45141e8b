"""The XML that OSS reads and writes, to and from plain pairs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias
from xml.etree import ElementTree as ET

from cpikit_alicloud_simulator.oss import errors

Node: TypeAlias = "str | int | bool | Sequence[tuple[str, Node]] | None"
Pair: TypeAlias = tuple[str, Node]

_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def rendered(root: str, pairs: Iterable[Pair]) -> bytes:
    """Give a document: a repeated name is a repeated element, None leaves the element out."""
    element = ET.Element(root)
    _fill(element, pairs)
    body: bytes = ET.tostring(element, encoding="UTF-8", xml_declaration=True)
    return body


def rendered_text(root: str, content: str) -> bytes:
    """Give a document that is one element with text."""
    element = ET.Element(root)
    element.text = _utf8(content)
    body: bytes = ET.tostring(element, encoding="UTF-8", xml_declaration=True)
    return body


def _fill(parent: ET.Element, pairs: Iterable[Pair]) -> None:
    for name, value in pairs:
        if value is None:
            continue
        child = ET.SubElement(parent, name)
        if isinstance(value, bool):
            child.text = "true" if value else "false"
        elif isinstance(value, (str, int)):
            child.text = _utf8(str(value))
        else:
            _fill(child, value)


def legible(value: str) -> str:
    """Give text that XML 1.0 can carry; what it cannot is shown as a question mark."""
    return _ILLEGAL.sub("?", value)


def _utf8(value: str) -> str:
    """Give text that can be encoded.

    Control characters stay, as they do in a listing that was not asked to encode its names.
    """
    return value.encode(errors="replace").decode()


def parsed(body: bytes, root: str) -> ET.Element:
    """Read a document whose root is `root`; anything else is MalformedXML.

    Document type declarations are refused: no OSS request has one, and entities are how a small
    body becomes a large one. Only UTF-8 is read, so that none can hide in another encoding.
    """
    try:
        content = body.decode("utf-8-sig")
        if "<!" in content.replace("<![CDATA[", "").replace("<!--", ""):
            raise errors.malformed_xml()
        element = ET.fromstring(content)  # noqa: S314  # no declarations, hence no entities
    except (ET.ParseError, ValueError) as error:  # ValueError: not UTF-8
        raise errors.malformed_xml() from error
    for part in element.iter():
        if isinstance(part.tag, str):
            part.tag = part.tag.rpartition("}")[2]
    if element.tag != root:
        raise errors.malformed_xml()
    return element


def text(parent: ET.Element, path: str) -> str | None:
    """Give the text at `path`, empty if the element is empty, None if there is none."""
    found = parent.find(path)
    return None if found is None else (found.text or "")
