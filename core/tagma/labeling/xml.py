"""Read XML from people nobody knows: no DTD, no entities, no network, no bombs; line numbers kept."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from tagma.errors import ConfigError

MAX_SIZE = 16 * 2**20
"""Characters; a taxonomy of 100,000 choices fits."""
MAX_DEPTH = 100
"""Elements inside elements; people write ten."""

_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_LINE = re.compile(r", line \d+, column \d+.*\Z", re.DOTALL)


def read(xml: str) -> Any:
    """The root element.

    :raises ConfigError: it is no XML, or more of it than anybody writes by hand.
    """
    if not xml.strip():
        raise ConfigError(
            "The labeling config is empty.",
            hint="Start with <View> … </View>, or take a preset.",
            code="config-empty",
        )
    if len(xml) > MAX_SIZE:
        raise ConfigError(
            f"The labeling config is {len(xml) / 2**20:.0f} MiB long; at most {MAX_SIZE // 2**20} MiB are read.",
            hint='Put long lists of labels into the tasks and refer to them with value="$key".',
            code="config-size",
        )
    start = 0
    while match := _PROLOG.match(xml, start):
        start = match.end()
    if _DOCTYPE.match(xml, start):
        line = xml.count("\n", 0, start) + 1
        raise ConfigError(
            "The labeling config declares a DOCTYPE, which is not allowed.",
            hint="Take out the <!DOCTYPE …> part.",
            code="config-doctype",
            line=line,
        )
    # lxml keeps limits of its own on depth and growth; huge_tree would lift them.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(xml.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as fault:
        raise _not_xml(fault) from None
    _check_depth(root)
    return root


def _not_xml(fault: etree.XMLSyntaxError) -> ConfigError:
    line, column = fault.position
    said = _LINE.sub("", str(fault.msg)).strip()
    if "depth" in said.lower():
        return _too_deep(line)
    return ConfigError(
        f"The labeling config is not well-formed XML: {said} (line {line}, column {column})",
        hint=_advice(said),
        code="config-xml",
        line=line,
        column=column,
    )


def _advice(said: str) -> str:
    """What to do about the parser's commonest words."""
    if "mismatch" in said or "Premature end" in said or "EndTag" in said:
        return "Close every tag that is opened: <View> … </View> or <Text … />."
    if "xmlParseEntityRef" in said or "EntityRef" in said or "Entity" in said:
        return "Write &amp; for & and &lt; for < inside attribute values and text."
    if "AttValue" in said or "attributes construct" in said:
        return 'Put every attribute value in quotes: name="text".'
    if "redefined" in said:
        return "Take out one of the two."
    if "Start tag expected" in said or "Extra content" in said:
        return "A config is one element, normally <View>, with everything else inside it."
    return "Mend the XML at that place."


def _check_depth(root: Any) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for element in level for child in element]
        if not level:
            return
    raise _too_deep(level[0].sourceline)


def _too_deep(line: int | None) -> ConfigError:
    return ConfigError(
        f"The labeling config nests elements more than {MAX_DEPTH} deep.",
        hint="Take out the needless levels.",
        code="config-depth",
        line=line,
    )
