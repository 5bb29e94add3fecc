"""The rules of a labeling config, one function each; every rule looks at the whole tree and yields faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tagma.errors import ConfigError, did_you_mean
from tagma.plugin.config import Label, LabelingConfig, Node
from tagma.plugin.tags import ControlTag, Name, Tag, ToName

Faults = Iterator[ConfigError]


def faults(
    config: LabelingConfig, tags: Mapping[str, type[Tag]], kept: frozenset[str] = frozenset()
) -> list[ConfigError]:
    """All of them, by line."""
    nodes = list(config.root.walk())
    found = [
        *_unknown_tags(nodes, tags, kept),
        *_names(nodes),
        *_targets(config, nodes),
        *_attributes(nodes),
        *_children(nodes),
        *_labels(config),
        *_visibility(config, nodes),
        *_own_words(nodes),
        *_emptiness(config),
    ]
    return sorted(found, key=lambda fault: fault.where.get("line", 0))


def _fault(
    node: Node,
    message: str,
    *,
    code: str,
    hint: str = "",
    attribute: str | None = None,
    warning: bool = False,
) -> ConfigError:
    severity = "warning" if warning else "error"
    return ConfigError(
        message, hint=hint, code=code, line=node.line, tag=node.tag, attribute=attribute, severity=severity
    )


def _called(node: Node) -> str:
    """How a sentence names a node: ``Choices "mood"``, or ``<Choices>`` while it has no name."""
    return f'{node.tag} "{node.name}"' if node.name else f"<{node.tag}>"


def _unknown_tags(nodes: list[Node], tags: Mapping[str, type[Tag]], kept: frozenset[str]) -> Faults:
    """A slip of the pen is an error; a tag that looks like one of a plugin that is not here is a warning."""
    known = {tag.name for tag in tags.values()}
    for node in nodes:
        if node.tag_class is not None:
            continue
        near = _misspelling_of(node.tag, known)
        if near and node.tag.lower() not in kept:
            yield _fault(
                node, f"There is no tag <{node.tag}>.", code="unknown-tag", hint=f'Did you mean "{near}"?'
            )
        else:
            message = f"No plugin of this server provides the tag <{node.tag}>."
            hint = "It is shown locked, and its results are kept. Install the plugin that brings it, or take it out."
            yield _fault(node, message, code="unknown-tag", hint=hint, warning=True)


def _misspelling_of(word: str, known: set[str]) -> str | None:
    """The known tag that ``word`` is one or two slips away from. Short names differ by little, so they allow one slip."""
    low = word.lower()
    allowed = 2 if len(low) >= 6 else 1
    slips, near = min(
        ((_slips(low, name.lower(), allowed), name) for name in known), default=(allowed + 1, "")
    )
    return near if slips <= allowed else None


def _slips(a: str, b: str, limit: int) -> int:
    """Letters to add, drop, change or swap with a neighbour to get from ``a`` to ``b``; stops caring past ``limit``."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, right in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _names(nodes: list[Node]) -> Faults:
    first: dict[str, Node] = {}
    for node in nodes:
        if not node.name:
            if node.kind in ("object", "control") and "name" in _declared(node):
                hint = f'Give it one, like name="{node.tag.lower()}".'
                yield _fault(
                    node, f"<{node.tag}> has no name.", code="missing-name", hint=hint, attribute="name"
                )
        elif node.tag_class is None or node.kind in ("object", "control"):
            earlier = first.setdefault(node.name, node)
            if earlier is not node:
                message = f'The name "{node.name}" is used twice: by <{earlier.tag}> in line {earlier.line} and by <{node.tag}> in line {node.line}.'
                yield _fault(
                    node,
                    message,
                    code="duplicate-name",
                    hint="Give one of them another name.",
                    attribute="name",
                )


def _targets(config: LabelingConfig, nodes: list[Node]) -> Faults:
    named = {
        node.name: node for node in nodes if node.name and (node.kind in ("object", "control", "unknown"))
    }
    for node in nodes:
        tag = node.tag_class
        if tag is None or not issubclass(tag, ControlTag):
            continue
        if not node.to_name and "toname" in _declared(node):
            hint = did_you_mean("", config.objects) or 'Point it at an object tag, like toName="text".'
            yield _fault(
                node,
                f"{_called(node)} has no toName, so it belongs to nothing.",
                code="missing-to-name",
                hint=hint,
                attribute="toName",
            )
        for target in node.to_name:
            found = named.get(target)
            if found is None:
                message = f'{_called(node)} points at "{target}", which no tag is named.'
                hint = did_you_mean(target, config.objects) or "Add an object tag of that name."
                yield _fault(node, message, code="unknown-to-name", hint=hint, attribute="toName")
            elif found.kind == "control" and found is not node:
                message = f'{_called(node)} points at "{target}", which is a control ({found.tag}) and shows no data.'
                yield _fault(
                    node,
                    message,
                    code="wrong-to-name",
                    hint=did_you_mean(target, config.objects),
                    attribute="toName",
                )
            elif found.kind == "object" and "*" not in tag.targets and found.tag not in tag.targets:
                message = f'{_called(node)} can\'t work on "{target}", which is {_a(found.tag)}.'
                hint = f"{node.tag} works on {_either(tag.targets)}."
                yield _fault(node, message, code="wrong-to-name", hint=hint, attribute="toName")


def _attributes(nodes: list[Node]) -> Faults:
    for node in nodes:
        tag = node.tag_class
        if tag is None:
            continue
        for name, declared in tag.attributes.items():
            named = isinstance(declared, Name | ToName)  # what lacks a name or a target has a rule of its own
            if declared.required and not named and not (node.raw(name) or "").strip():
                yield _fault(
                    node,
                    f"{_called(node)} has no {name}.",
                    code="missing-attribute",
                    hint=f'{declared.help} Write {name}="{"$key" if declared.data else "…"}".'.strip(),
                    attribute=name,
                )
        for key, raw in node.attributes.items():
            declared_as = tag.attribute(key)
            if declared_as is not None:
                yield from _attribute_value(node, key, raw)
            elif not tag.open_attributes:
                hint = did_you_mean(key, tag.attributes)
                hint = hint if hint.startswith("Did") else "It has no effect."
                yield _fault(
                    node,
                    f'{_called(node)} knows no attribute "{key}".',
                    code="unknown-attribute",
                    hint=hint,
                    attribute=key,
                    warning=True,
                )


def _attribute_value(node: Node, key: str, raw: str) -> Faults:
    declared = node.tag_class.attribute(key) if node.tag_class else None
    if declared is None or not raw.strip() or (declared.data and raw.startswith("$")):
        return
    try:
        declared.read(raw.strip())
    except ValueError as wanted:
        shown = raw if len(raw) <= 40 else raw[:37] + "…"
        yield _fault(
            node, f'{key}="{shown}" of {_called(node)} must be {wanted}.', code="wrong-value", attribute=key
        )


def _children(nodes: list[Node]) -> Faults:
    for node in nodes:
        allowed = node.tag_class.children if node.tag_class else None
        for child in node.children if allowed is not None else ():
            if child.tag_class is not None and child.tag not in (allowed or ()):
                hint = (
                    f"<{node.tag}> holds {_either(allowed)}."
                    if allowed
                    else f"<{node.tag}> holds no tags; put it beside."
                )
                yield _fault(
                    child, f"<{child.tag}> can't stand inside {_called(node)}.", code="wrong-child", hint=hint
                )


def _labels(config: LabelingConfig) -> Faults:
    for name, node in config.controls.items():
        tag = node.tag_class
        labels = config.labels(name)
        yield from _repeated(node, labels)
        if (
            tag is not None
            and issubclass(tag, ControlTag)
            and tag.has_labels
            and not labels
            and not config.is_dynamic(name)
        ):
            hint = 'Put labels inside, or take them from the task with value="$key".'
            yield _fault(node, f"{_called(node)} offers nothing to choose.", code="no-labels", hint=hint)
    for node in config.root.walk():
        if (
            node.tag_class is not None
            and node.tag_class.is_label
            and not (node.get("value") or node.get("alias"))
            and not _may_be_empty(node)
        ):
            hint = 'Write what it is, like value="Cat".'
            yield _fault(
                node, f"<{node.tag}> has no value.", code="missing-attribute", hint=hint, attribute="value"
            )


def _may_be_empty(node: Node) -> bool:
    parent = node.parent
    while parent is not None and not parent.name:
        parent = parent.parent
    return parent is not None and str(parent.raw("allowEmpty")).lower() == "true"


def _repeated(node: Node, labels: list[Label]) -> Faults:
    first: dict[tuple[str, ...], Label] = {}
    for label in labels:
        earlier = first.setdefault(label.path, label)
        if earlier is not label:
            message = (
                f'{_called(node)} offers "{label.value}" twice, in lines {earlier.line} and {label.line}.'
            )
            fault = _fault(
                node,
                message,
                code="duplicate-label",
                hint="Give one of them another value or alias.",
                warning=True,
            )
            fault.where["line"] = label.line
            yield fault


def _visibility(config: LabelingConfig, nodes: list[Node]) -> Faults:
    """Rules that can never come true because they name nothing."""
    for node in nodes:
        if not node.raw("visibleWhen") and not node.raw("perRegion"):
            continue
        name = (node.raw("whenTagName") or "").strip()
        if name and config.named(name) is None:
            message = f'{_called(node)} waits for "{name}", which no tag is named, so it is never shown.'
            yield _fault(
                node,
                message,
                code="unknown-rule",
                hint=did_you_mean(name, config.controls),
                attribute="whenTagName",
            )
            continue
        for attribute in ("whenLabelValue", "whenChoiceValue"):
            yield from _rule_values(config, node, attribute, name)


def _rule_values(config: LabelingConfig, node: Node, attribute: str, name: str) -> Faults:
    controls = [name] if name in config.controls else list(config.controls)
    if not controls or any(config.is_dynamic(control) for control in controls):
        return
    # Rules compare what is stored; people write the shown words as well, so both count.
    offered = {
        word for control in controls for label in config.labels(control) for word in (label.value, label.text)
    }
    for value in (node.raw(attribute) or "").split(","):
        value = value.strip()
        if value and value not in offered:
            asked = f'{config.controls[name].tag} "{name}"' if name in config.controls else "no control"
            verb = "does not offer it" if name in config.controls else "offers it"
            message = f'{_called(node)} waits for "{value}", but {asked} {verb}.'
            yield _fault(
                node,
                message,
                code="unknown-rule",
                hint=did_you_mean(value, offered),
                attribute=attribute,
                warning=True,
            )


def _own_words(nodes: list[Node]) -> Faults:
    for node in nodes:
        if node.tag_class is not None:
            for sentence in node.tag_class.check_node(node):
                yield _fault(node, sentence, code="wrong-tag")


def _emptiness(config: LabelingConfig) -> Faults:
    if config.root.kind in ("visual", "unknown") and not config.objects and not config.controls:
        hint = 'Add something to show, like <Text name="text" value="$text"/>, and something to mark it with.'
        yield _fault(
            config.root,
            "The labeling config shows nothing yet.",
            code="config-empty",
            hint=hint,
            warning=True,
        )
    elif config.objects and not config.controls:
        first = next(iter(config.objects.values()))
        message = f"{_called(first)} is shown, but no control marks it."
        yield _fault(
            first,
            message,
            code="no-controls",
            hint="Add a control, like <Choices> or <Labels>.",
            warning=True,
        )


def _declared(node: Node) -> set[str]:
    return {key.lower() for key in node.tag_class.attributes} if node.tag_class else set()


def _a(word: str) -> str:
    return f"{'an' if word[:1].lower() in 'aeiou' else 'a'} {word}"


def _either(words: tuple[str, ...]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
