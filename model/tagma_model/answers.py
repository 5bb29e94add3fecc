"""From what an author's ``predict`` returned to what the wire carries, or a sentence that says what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tagma_model.errors import ModelError

_SHAPE = (
    'For each task answer None, a result, a list of results, or {"result": [...], "score": 0.8}; '
    "a control of self.config makes results."
)


def answers(returned: Any, tasks: Sequence[Mapping[str, Any]], version: str) -> list[Any]:
    """One prediction, or a list of several, for each task.

    :raises ModelError: with the task and the path of what does not fit.
    """
    if returned is None:
        raise ModelError("predict returned nothing.", f"Return a list. {_SHAPE}")
    if isinstance(returned, str | bytes | Mapping) or not isinstance(returned, Iterable):
        raise ModelError(f"predict returned {_kind(returned)} instead of a list with an item a task.", _SHAPE)
    items = list(returned)
    if len(items) != len(tasks):
        raise ModelError(
            f"predict answered {len(items)} {_items(len(items))} for {len(tasks)} {'task' if len(tasks) == 1 else 'tasks'}.",
            "Answer one for each task, in their order; None where there is nothing to suggest.",
        )
    return [_answer(item, task, version) for item, task in zip(items, tasks, strict=True)]


def _answer(item: Any, task: Mapping[str, Any], version: str) -> Any:
    try:
        if _is_list(item) and item and all(_is_prediction(one) for one in item):
            return [_prediction(one, f"[{place}].", version) for place, one in enumerate(item)]
        return _prediction(item, "", version)
    except ModelError as error:
        error.where = {"task": task.get("id"), **error.where}
        raise


def _prediction(item: Any, path: str, version: str) -> dict[str, Any]:
    given: dict[str, Any] = {"result": []} if item is None else {}
    if _is_prediction(item):
        given = dict(item)
    elif isinstance(item, Mapping):
        given = {"result": [item]}
    elif _is_list(item):
        given = {"result": list(item)}
    elif item is not None:
        raise ModelError(f"predict answered {_kind(item)} for a task.", _SHAPE)
    results = given["result"]
    if not _is_list(results):
        raise ModelError(
            f"The result of a prediction is {_kind(results)}.",
            "It is a list of results.",
            path=f"{path}result",
        )
    for place, result in enumerate(results):
        if not isinstance(result, Mapping):
            raise ModelError(
                f"Result {place + 1} of a prediction is {_kind(result)}.",
                _SHAPE,
                path=f"{path}result[{place}]",
            )
    plain = {**given, "result": [_plain(one, f"{path}result[{place}]") for place, one in enumerate(results)]}
    plain["score"] = _score(given.get("score"), plain["result"], f"{path}score")
    plain["model_version"] = str(given.get("model_version") or version)
    return plain


def _score(given: Any, results: Sequence[Mapping[str, Any]], path: str) -> float | None:
    """As given, else the mean of what the results say; None if nobody says."""
    if given is None:
        said = [one["score"] for one in results if isinstance(one.get("score"), int | float)]
        return sum(said) / len(said) if said else None
    number = _plain(given, path)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise ModelError(f"A score is a number from 0 to 1, not {_kind(given)}.", path=path)
    return float(number)


def _plain(value: Any, path: str) -> Any:
    """Numbers and lists of numpy, torch and the like as JSON has them."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(one, f"{path}.{key}") for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, f"{path}[{place}]") for place, one in enumerate(value)]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ModelError(
                f"{path} is {value}, which JSON can't carry.", "Leave such results out.", path=path
            )
        return float(value)
    if callable(listed := getattr(value, "tolist", None)):
        return _plain(listed(), path)
    raise ModelError(
        f"{path} is {_kind(value)}, which JSON can't carry.", "Make it text, numbers or lists.", path=path
    )


def _is_prediction(item: Any) -> bool:
    return isinstance(item, Mapping) and "result" in item


def _is_list(item: Any) -> bool:
    return isinstance(item, list | tuple)


def _items(count: int) -> str:
    return "item" if count == 1 else "items"


def _kind(value: Any) -> str:
    """A value as a sentence names it."""
    if value is None:
        return "None"
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 40 else shown[:37] + '…'}"
