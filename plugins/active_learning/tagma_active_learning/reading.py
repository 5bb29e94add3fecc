"""What a classifier needs of a project and its tasks: which control answers about which text, the text, the answer."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

from tagma.errors import ModelError
from tagma.plugin.shapes import Task

LONGEST = 10_000  # characters of a text; what comes after says little more
TEXTS = ("text", "hypertext", "paragraphs")
_TAG = re.compile(r"<[^>]*>")


class Pair(NamedTuple):
    """A Choices of one answer, the object it is about, and where the object's text stands in the task's data."""

    control: str
    shown: str
    key: str
    text_key: str
    markup: bool


def pair_of(project: Mapping[str, Any]) -> Pair:
    """:raises ModelError: the labeling config has no such pair."""
    try:  # the server has refused DTDs and entities when it took the config
        root = ElementTree.fromstring(str(project.get("label_config") or ""))
    except ElementTree.ParseError as error:
        raise ModelError(f"The labeling config can't be read: {error}.") from error
    named = {node.get("name"): node for node in root.iter() if node.tag.lower() in TEXTS}
    for node in root.iter():
        if node.tag.lower() != "choices" or node.get("choice", "single").lower() == "multiple":
            continue
        shown = named.get(node.get("toName"))
        if shown is None or node.get("perRegion", "false").lower() == "true":
            continue
        key = str(shown.get("value", "")).removeprefix("$")
        text_key = shown.get("textKey") or shown.get("textkey") or "text"
        markup = shown.tag.lower() == "hypertext"
        return Pair(str(node.get("name")), str(shown.get("name")), key, text_key, markup)
    raise ModelError(
        "The labeling config has no Choices of one answer about a Text, HyperText or Paragraphs.",
        hint='Add one, like <Choices name="mood" toName="text">, or remove this model.',
    )


def text_of(pair: Pair, task: Mapping[str, Any]) -> str:
    """The text that people read; "" if the task has none."""
    given = (task.get("data") or {}).get(pair.key)
    if isinstance(given, list):
        said = (one.get(pair.text_key) if isinstance(one, dict) else one for one in given)
        given = "\n".join(str(one) for one in said if one)
    text = given[:LONGEST] if isinstance(given, str) else ""
    return _TAG.sub(" ", text) if pair.markup else text


def answer_of(pair: Pair, task: Task) -> str | None:
    """What most annotations of the task say; of equals the first. None if none says anything."""
    said: Counter[str] = Counter()
    for annotation in task.get("annotations") or []:
        if annotation.get("was_cancelled"):
            continue
        for item in annotation.get("result") or []:
            chosen = (item.get("value") or {}).get("choices")
            if item.get("from_name") == pair.control and isinstance(chosen, list) and chosen:
                last = chosen[0][-1] if isinstance(chosen[0], list) and chosen[0] else chosen[0]
                said[str(last)] += 1
                break
    return said.most_common(1)[0][0] if said else None


def held_out(task: Task) -> bool:
    """One task of five is never learned from, always the same ones, so that the curve compares like with like."""
    return zlib.crc32(str(task.get("id")).encode()) % 5 == 0
