"""Rows as the wire's JSON. Stored JSON is passed on as the text it is (``orjson.Fragment``), never parsed to be sent.

A task has three shapes: the data manager's (``dm_tasks``), the simple one answered to a change (``simple_tasks``) and the one
of exports, which is the exporters' own.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.types import now

Json = dict[str, Any]
Resolve = Callable[[int, str], str]
"""Given a task's id and the JSON text of its data, the text with the addresses of storages made openable."""
_PREVIEW = 500  # characters of results shown in a table


def listed(ids: Iterable[int]) -> str:
    """Numbers for ``IN (…)``."""
    return ",".join(str(int(one)) for one in ids) or "NULL"


def fragment(text: str | None) -> Any:
    return None if text is None else orjson.Fragment(text)


def ago(moment: str | None) -> str:
    """``5 minutes``: how long ago, in the one or two largest units."""
    return _ago(moment, int(now().timestamp()) // 60 * 60) if moment else ""


@functools.lru_cache(4096)
def _ago(moment: str, at: int) -> str:
    """:param at: the present minute, since what was made together was made equally long ago."""
    seconds = max(0, at - int(datetime.fromisoformat(moment).astimezone(UTC).timestamp()))
    words = []
    for unit, size in (
        ("year", 31536000),
        ("month", 2592000),
        ("week", 604800),
        ("day", 86400),
        ("hour", 3600),
        ("minute", 60),
    ):
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
        elif words:
            break
        if len(words) == 2:
            break
    return ", ".join(words) or "0 minutes"


def people(tx: Transaction, ids: Iterable[int | None]) -> dict[int, Json]:
    """``{id, first_name, last_name, email, avatar, initials}`` of each person."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = tx.rows(
        f"SELECT id, first_name, last_name, email, avatar FROM account WHERE id IN ({listed(wanted)})"
    )
    return {row[0]: _person(row) for row in rows}


def _person(row: Sequence[Any]) -> Json:
    first, last, email = row[1] or "", row[2] or "", row[3]
    initials = (first[:1] + last[:1]) or email[:2]
    return {
        "id": row[0],
        "first_name": first,
        "last_name": last,
        "email": email,
        "avatar": row[4],
        "initials": initials.lower(),
    }


def username(person: Json | None) -> str:
    if person is None:
        return ""
    return f"{person['first_name']} {person['last_name']}".strip() + f" {person['email']}, {person['id']}"


# annotations -------------------------------------------------------------------------------------------------------

_ANNOTATION = (
    "id", "task_id", "project_id", "completed_by", "updated_by", "was_cancelled", "ground_truth", "lead_time", "unique_id",
    "parent_prediction", "parent_annotation", "import_id", "bulk_created", "last_action", "draft_created_at", "created_at",
    "updated_at", "result_count", "result",
)  # fmt: skip


def annotations(
    tx: Transaction,
    where: str,
    params: Mapping[str, Any] | None = None,
    *,
    expand: bool = False,
    more: Mapping[str, Any] | None = None,
) -> list[Json]:
    """Annotations that stand, by id. :param expand: ``completed_by`` as an object."""
    return _annotations(tx, _annotation_rows(tx, where, {**(params or {}), **(more or {})}), expand=expand)


def _annotation_rows(tx: Transaction, where: str, params: Mapping[str, Any] | None = None) -> list[Any]:
    names = ", ".join(f"a.{name}" for name in _ANNOTATION)
    return tx.rows(
        f"SELECT {names} FROM annotation a WHERE a.deleted_at IS NULL AND {where} ORDER BY a.id", params
    )


def _annotations(tx: Transaction, rows: Sequence[Any], *, expand: bool) -> list[Json]:
    who = people(tx, (row[3] for row in rows))
    return [_annotation(row, who, expand) for row in rows]


def _annotation(row: Sequence[Any], who: Mapping[int, Json], expand: bool) -> Json:
    person = who.get(row[3])
    return {
        "id": row[0], "result": orjson.Fragment(row[18]), "created_username": username(person), "created_ago": ago(row[15]),
        "completed_by": person if expand else row[3], "unique_id": row[8], "was_cancelled": bool(row[5]),
        "ground_truth": bool(row[6]), "created_at": row[15], "updated_at": row[16] or row[15], "draft_created_at": row[14],
        "lead_time": row[7], "import_id": row[11], "last_action": row[13], "bulk_created": bool(row[12]), "task": row[1],
        "project": row[2], "updated_by": row[4], "parent_prediction": row[9], "parent_annotation": row[10],
        "last_created_by": None, "result_count": row[17],
    }  # fmt: skip


def annotation(tx: Transaction, annotation_id: int) -> Json:
    return annotations(tx, "a.id = :id", {"id": annotation_id})[0]


# predictions and drafts --------------------------------------------------------------------------------------------


def predictions(tx: Transaction, where: str, params: Mapping[str, Any] | None = None) -> list[Json]:
    return _predictions(_prediction_rows(tx, where, params))


def _prediction_rows(tx: Transaction, where: str, params: Mapping[str, Any] | None = None) -> list[Any]:
    return tx.rows(
        "SELECT p.id, p.task_id, p.project_id, p.score, p.model_version, p.created_at, p.updated_at, p.result"
        f" FROM prediction p WHERE {where} ORDER BY p.id",
        params,
    )


def _predictions(rows: Iterable[Sequence[Any]]) -> list[Json]:
    return [
        {
            "id": row[0], "result": orjson.Fragment(row[7]), "model_version": row[4], "created_ago": ago(row[5]), "score": row[3],
            "cluster": None, "neighbors": None, "mislabeling": 0.0, "created_at": row[5], "updated_at": row[6] or row[5], "model": None,
            "model_run": None, "task": row[1], "project": row[2],
        }
        for row in rows
    ]  # fmt: skip


def drafts(tx: Transaction, where: str, params: Mapping[str, Any] | None = None) -> list[Json]:
    rows = tx.rows(
        "SELECT d.id, d.task_id, d.annotation_id, d.user_id, d.lead_time, d.was_postponed, d.import_id, d.created_at,"
        f" d.updated_at, d.result FROM draft d WHERE {where} ORDER BY d.id",
        params,
    )
    who = people(tx, (row[3] for row in rows))
    return [
        {
            "id": row[0], "user": who[row[3]]["email"] if row[3] in who else "", "created_username": username(who.get(row[3])),
            "created_ago": ago(row[7]), "result": orjson.Fragment(row[9]), "lead_time": row[4], "was_postponed": bool(row[5]),
            "import_id": row[6], "created_at": row[7], "updated_at": row[8], "task": row[1], "annotation": row[2],
        }
        for row in rows
    ]  # fmt: skip


# tasks -------------------------------------------------------------------------------------------------------------


def _task_rows(tx: Transaction, ids: Sequence[int], *, with_data: bool = True) -> dict[int, Sequence[Any]]:
    data = tx.json_text("t.data") if with_data else "NULL"
    rows = tx.rows(
        "SELECT t.id, t.project_id, t.inner_id, t.meta, t.overlap, t.is_labeled, t.allow_skip, t.total_annotations,"
        " t.cancelled_annotations, t.total_predictions, t.completed_at, t.updated_by, t.file_upload_id, t.storage_key,"
        f" t.created_at, t.updated_at, f.file, {data} FROM task t LEFT JOIN file_upload f ON f.id = t.file_upload_id"
        f" WHERE t.id IN ({listed(ids)})"
    )
    return {row[0]: row for row in rows}


def _base(row: Sequence[Any], resolve: Resolve | None) -> Json:
    text = row[17]
    return {
        "id": row[0], "data": fragment(resolve(row[0], text) if resolve and text else text), "meta": fragment(row[3]) or {},
        "created_at": row[14], "updated_at": row[15] or row[14], "is_labeled": bool(row[5]), "overlap": row[4], "inner_id": row[2],
        "total_annotations": row[7], "cancelled_annotations": row[8], "total_predictions": row[9], "comment_count": 0,
        "unresolved_comment_count": 0, "last_comment_updated_at": None, "project": row[1], "comment_authors": [],
        "allow_skip": bool(row[6]),
    }  # fmt: skip


def dm_tasks(
    tx: Transaction,
    ids: Sequence[int],
    *,
    full: bool = False,
    expand: bool = True,
    user_id: int | None = None,
    annotator: int | None = None,
    model_version: str = "",
    resolve: Resolve | None = None,
) -> list[Json]:
    """Tasks as the data manager shows them, in the order of ``ids``.

    :param full: with annotations, predictions and the drafts of ``user_id`` (of everybody without one).
    :param expand: who made an annotation as an object, as of one task; lists have the number only.
    :param annotator: only this person's annotations and name, for somebody who may not see those of others.
    """
    rows = _task_rows(tx, ids)
    if not rows:
        return []
    inside = listed(rows)
    mine = "" if annotator is None else f" AND a.completed_by = {int(annotator)}"
    whole = _Work(tx, inside, mine) if full else None
    made, guessed = whole.shortened() if whole else _shortened(tx, inside, mine)
    own = "" if user_id is None else f" AND d.user_id = {int(user_id)}"
    saved = drafts(tx, f"d.task_id IN ({inside}){own}") if full else []
    if full and user_id is None:
        begun = {one["task"] for one in saved}
    else:
        begun = {row[0] for row in tx.rows(f"SELECT DISTINCT task_id FROM draft WHERE task_id IN ({inside})")}
    tasks = [
        _dm_task(rows[one], made.get(one, ()), guessed.get(one, ()), one in begun, model_version, resolve)
        for one in ids
        if one in rows
    ]
    if whole:
        whole.add(tx, tasks, saved, expand)
    return tasks


Short = dict[int, list[Sequence[Any]]]
"""By task: ``(task, id, person, skipped, seconds, beginning of the result, ground truth)`` of an annotation, or
``(task, id, score, version, beginning of the result)`` of a prediction."""


def _shortened(tx: Transaction, inside: str, mine: str) -> tuple[Short, Short]:
    made = tx.rows(
        f"SELECT a.task_id, a.id, a.completed_by, a.was_cancelled, a.lead_time, substr(a.result, 1, {_PREVIEW}), a.ground_truth"
        f" FROM annotation a WHERE a.task_id IN ({inside}) AND a.deleted_at IS NULL{mine} ORDER BY a.id"
    )
    guessed = tx.rows(
        f"SELECT p.task_id, p.id, p.score, p.model_version, substr(p.result, 1, {_PREVIEW})"
        f" FROM prediction p WHERE p.task_id IN ({inside}) ORDER BY p.id"
    )
    return _group(made), _group(guessed)


class _Work:
    """All annotations and predictions of some tasks, read once for the columns of a list and for themselves."""

    def __init__(self, tx: Transaction, inside: str, mine: str) -> None:
        self.made = _annotation_rows(tx, f"a.task_id IN ({inside}){mine}")
        self.guessed = _prediction_rows(tx, f"p.task_id IN ({inside})")

    def shortened(self) -> tuple[Short, Short]:
        made = ((one[1], one[0], one[3], one[5], one[7], one[18], one[6]) for one in self.made)
        return _group(made), _group((one[1], one[0], one[3], one[4], one[7]) for one in self.guessed)

    def add(self, tx: Transaction, tasks: list[Json], saved: list[Json], expand: bool) -> None:
        """Put them, and drafts, into the tasks."""
        by_task: dict[int, dict[str, list[Json]]] = {
            task["id"]: {"annotations": [], "predictions": [], "drafts": []} for task in tasks
        }
        for name, found in (
            ("annotations", _annotations(tx, self.made, expand=expand)),
            ("predictions", _predictions(self.guessed)),
            ("drafts", saved),
        ):
            for one in found:
                by_task[one["task"]][name].append(one)
        for task in tasks:
            task.update(by_task[task["id"]])


def _group(rows: Iterable[Sequence[Any]]) -> dict[int, list[Sequence[Any]]]:
    groups: dict[int, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


def _dm_task(
    row: Sequence[Any],
    made: Sequence[Any],
    guessed: Sequence[Any],
    begun: bool,
    model_version: str,
    resolve: Resolve | None,
) -> Json:
    times = [one[4] for one in made if one[4] is not None and not one[3]]
    scores = [
        one[2] for one in guessed if one[2] is not None and (not model_version or one[3] == model_version)
    ]
    file = row[16]
    return {
        **_base(row, resolve),
        "annotators": list(dict.fromkeys(one[2] for one in made if one[2] is not None)),
        "updated_by": [{"user_id": row[11]}] if row[11] is not None else [],
        "file_upload": file.rsplit("/", 1)[-1] if file else None,
        "storage_filename": row[13],
        "completed_at": row[10],
        "annotations_results": _preview(one[5] for one in made),
        "predictions_results": _preview(one[4] for one in guessed),
        "annotations_ids": ",".join(str(one[1]) for one in made)[:_PREVIEW],
        "predictions_model_versions": ",".join(dict.fromkeys(one[3] for one in guessed))[:_PREVIEW],
        "predictions_score": sum(scores) / len(scores) if scores else None,
        "avg_lead_time": sum(times) / len(times) if times else None,
        "draft_exists": begun,
        "ground_truth": any(one[6] for one in made),
    }


def _preview(texts: Iterable[str]) -> str:
    found = ""
    for text in texts:
        found += ("," if found else "") + text[:_PREVIEW]
        if len(found) >= _PREVIEW:
            break
    return found[:_PREVIEW]


def simple_tasks(
    tx: Transaction, ids: Sequence[int], *, annotator: int | None = None, resolve: Resolve | None = None
) -> list[Json]:
    """TaskSimple: annotations with integer ``completed_by``, predictions, ``updated_by`` and ``file_upload`` as ids."""
    rows = _task_rows(tx, ids)
    if not rows:
        return []
    inside = listed(rows)
    mine = "" if annotator is None else f" AND a.completed_by = {int(annotator)}"
    made, guessed = defaultdict(list), defaultdict(list)
    for one in annotations(tx, f"a.task_id IN ({inside}){mine}"):
        made[one["task"]].append(one)
    for one in predictions(tx, f"p.task_id IN ({inside})"):
        guessed[one["task"]].append(one)
    return [
        {
            **_base(rows[one], resolve), "annotations": made[one], "predictions": guessed[one], "updated_by": rows[one][11],
            "file_upload": rows[one][12],
        }
        for one in ids
        if one in rows
    ]  # fmt: skip


def bare_tasks(tx: Transaction, ids: Sequence[int]) -> list[Json]:
    """Tasks without any work, ``updated_by`` and ``file_upload`` as ids."""
    rows = _task_rows(tx, ids)
    return [
        {**_base(rows[one], None), "updated_by": rows[one][11], "file_upload": rows[one][12]}
        for one in ids
        if one in rows
    ]
