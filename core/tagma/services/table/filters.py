"""Filters of a view as SQL, the same on SQLite and PostgreSQL.

``{"conjunction": "and" | "or", "items": [{"filter": "filter:tasks:<column>", "operator", "type", "value", "child_filter"?}]}``
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from tagma.db.engine import Transaction
from tagma.db.types import stamp
from tagma.errors import InvalidInput, did_you_mean
from tagma.services.table import columns, patterns
from tagma.services.table.columns import Scope

NEVER = "1 = 0"
_NEGATED = {
    "not_equal": "equal", "not_contains": "contains", "not_in": "in", "not_in_list": "in_list", "not_exists": "exists",
    "not_regex": "regex",
}  # fmt: skip
_COMPARE = {"less": "<", "greater": ">", "less_or_equal": "<=", "greater_or_equal": ">="}
_TEXT = ("contains", "regex", "starts_with", "ends_with")
OPERATORS = ("equal", *_COMPARE, "in", "in_list", *_TEXT, "empty", "exists", *_NEGATED)


def condition(tx: Transaction, filters: Any, scope: Scope) -> str:
    """A condition on ``task t``; empty when there is nothing to filter. Values go to ``scope.params``.

    :raises InvalidInput: a column, an operator or a value that makes no sense, with what would.
    """
    if not filters:
        return ""
    if isinstance(filters, list):
        filters = {"conjunction": "and", "items": filters}
    if not isinstance(filters, Mapping) or not isinstance(filters.get("items", []), list):
        raise _wrong("filters must be an object with a conjunction and a list of items.")
    word = str(filters.get("conjunction") or "and").lower()
    if word not in ("and", "or"):
        raise _wrong(f'The conjunction of filters is "and" or "or", not "{word}".')
    parts = [_item(tx, item, scope) for item in filters.get("items", [])]
    return "(" + f" {word.upper()} ".join(parts) + ")" if parts else ""


def _wrong(words: str, hint: str = "", **where: Any) -> InvalidInput:
    return InvalidInput(words, {"filters": [words]}, hint=hint, **where)


def _item(tx: Transaction, item: Any, scope: Scope) -> str:
    if not isinstance(item, Mapping) or not isinstance(item.get("filter"), str):
        raise _wrong('Each filter must be an object with "filter", "operator" and "value".')
    sql = _Test(tx, item, scope).sql()
    child = item.get("child_filter")
    return f"({sql} AND {_item(tx, child, scope)})" if child else sql


class _Test:
    """One item: a column, an operator and a value."""

    def __init__(self, tx: Transaction, item: Mapping[str, Any], scope: Scope) -> None:
        self.tx, self.scope = tx, scope
        self.column = columns.find(item["filter"], scope)
        self.operator = str(item.get("operator", ""))
        self.value = item.get("value")
        self.type = str(item.get("type") or self.column.type)
        if self.operator not in OPERATORS:
            raise _wrong(
                f'There is no filter operator "{self.operator}" (column "{self.column.id}").',
                did_you_mean(self.operator, OPERATORS), operator=self.operator,
            )  # fmt: skip

    def sql(self) -> str:
        operator = _NEGATED.get(self.operator, self.operator)
        if operator in ("empty", "exists"):
            sql = self.empty()
            wanted = _truth(self.value, self.column.id) if operator == "empty" else False
            if self.operator == "not_exists":
                wanted = True
            return sql if wanted else f"NOT {sql}"
        positive = self.any_of(operator) if self.column.many else self.test(self.column.sql, operator)
        return f"NOT COALESCE({positive}, FALSE)" if self.operator in _NEGATED else positive

    # what a test says of one value

    def any_of(self, operator: str) -> str:
        return f"EXISTS (SELECT 1 {self.column.many} AND {self.test(self.column.sql, operator)})"

    def empty(self) -> str:
        column = self.column
        if column.many:
            return f"(NOT EXISTS (SELECT 1 {column.many}))"
        if column.counter:
            return f"({column.sql} = 0)"
        if column.kind == "text":
            return f"({column.sql} IS NULL OR {column.sql} = '')"
        if column.kind == "bool":
            return f"(NOT {column.sql})"
        return f"({column.sql} IS NULL)"

    def test(self, sql: str, operator: str) -> str:
        read = self.reader()
        if self.is_number() and self.column.id.startswith("data."):
            sql = columns.as_number(self.column, self.scope)
        if self.column.kind == "label":
            given = self.value if isinstance(self.value, list) else [self.value]
            return "(" + " OR ".join(self.labeled(sql, str(one)) for one in given) + ")" if given else NEVER
        if self.column.id == "annotations_ids" and operator in ("contains", "equal"):
            return self.one_of(sql, _numbers(self.value), "number")
        if operator in _TEXT:
            return self.text_test(sql, operator)
        if operator == "in_list" or (isinstance(self.value, list) and operator in ("equal", "contains")):
            given = self.value if isinstance(self.value, list) else [self.value]
            return self.one_of(sql, [read(one) for one in given], self.kind())
        if operator == "in":
            return self.between(sql, read)
        value = read(self.value)
        test = f"{self.comparable(sql)} {_COMPARE.get(operator, '=')} {self.scope.bind(value)}"
        return f"({self.narrowed(value, test) if operator == 'equal' and isinstance(value, str) else test})"

    def kind(self) -> str:
        return "number" if self.is_number() else self.column.kind

    def is_number(self) -> bool:
        return self.column.kind in ("number", "person") or (
            self.column.id.startswith("data.") and self.type == "Number"
        )

    def comparable(self, sql: str) -> str:
        """Data hold numbers and texts side by side; a text filter sees them all as text."""
        needs = self.column.id.startswith("data.") and not self.is_number() and not self.scope.postgres
        return f"CAST({sql} AS TEXT)" if needs else sql

    def one_of(self, sql: str, values: list[Any], kind: str) -> str:
        if not values:
            return NEVER
        return f"({self.comparable(sql) if kind == 'text' else sql} IN ({', '.join(self.scope.bind(value) for value in values)}))"

    def between(self, sql: str, read: Callable[[Any], Any]) -> str:
        value = self.value
        if not isinstance(value, Mapping) or "min" not in value or "max" not in value:
            raise _wrong(
                f'The operator "in" needs {{"min": …, "max": …}}, not {value!r} (column "{self.column.id}").'
            )
        low, high = self.scope.bind(read(value["min"])), self.scope.bind(read(value["max"]))
        return f"({self.comparable(sql)} >= {low} AND {self.comparable(sql)} <= {high})"

    def text_test(self, sql: str, operator: str) -> str:
        if operator == "contains" and self.column.kind == "person":
            given = self.value if isinstance(self.value, list) else [self.value]
            return self.one_of(sql, [_number(one, self.column.id) for one in given], "number")
        if operator == "contains" and isinstance(self.value, list):
            return self.one_of(sql, [str(one) for one in self.value], "text")
        if self.column.kind in ("number", "moment"):
            sql = f"CAST({sql} AS TEXT)"
        text = "" if self.value is None else str(self.value)
        if operator == "regex":
            return patterns.matches(self.tx, sql, text, self.scope)
        before = "" if operator == "starts_with" else "%"
        after = "" if operator == "ends_with" else "%"
        return self.like(sql, text, before, after)

    def labeled(self, sql: str, label: str) -> str:
        """Whether the results ``sql`` hold a label: an item of a list inside a value.

        Results are stored without blanks, and a quotation mark inside a text is escaped, so an item of a list is found in
        the text itself. Only where free texts are lists too (``"text":[…]``) the JSON is read.
        """
        quoted = orjson.dumps(label).decode()
        places = [self.scope.bind(place) for place in (f"[{quoted}", f",{quoted},", f",{quoted}]")]
        free = self.scope.bind('"text":[')
        if self.scope.postgres:
            bound = self.scope.bind(label)
            path = '$[*].value.keyvalue() ? (@.key != "text").value.** ? (@ == $label)'
            read = f"jsonb_path_exists(CAST({sql} AS jsonb), '{path}', jsonb_build_object('label', CAST({bound} AS text)))"
            listed = " OR ".join(f"position({place} IN {sql}) > 0" for place in places)
            return f"(CASE WHEN NOT ({listed}) THEN FALSE WHEN position({free} IN {sql}) = 0 THEN TRUE ELSE {read} END)"
        items = (
            f"SELECT 1 FROM json_tree({sql}) j WHERE j.atom = {self.scope.bind(label)} AND typeof(j.key) = 'integer'"
            " AND j.path LIKE '$[%].value.%' AND j.path NOT LIKE '$[%].value.text'"
        )
        listed = " OR ".join(f"instr({sql}, {place}) > 0" for place in places)
        return f"(({listed}) AND (instr({sql}, {free}) = 0 OR EXISTS ({items})))"

    def like(self, sql: str, text: str, before: str, after: str) -> str:
        bound = self.scope.bind(before + _escaped(text) + after)
        if self.scope.postgres:
            return f"({sql} ILIKE {bound} ESCAPE '\\')"
        if before and after and patterns.needs_folding(text):
            patterns.register(self.tx)
            return f"tagma_contains({sql}, {self.scope.bind(text)})"
        test = f"{sql} LIKE {bound} ESCAPE '\\'"
        return f"({self.narrowed(text, test)})"

    def narrowed(self, text: str, test: str) -> str:
        """On SQLite, ``test`` only where the words stand somewhere in the data: looking for them in the whole text is many
        times cheaper than reading the JSON of every task."""
        if self.scope.postgres or not self.column.id.startswith("data.") or not _stands_as_it_is(text):
            return test
        return f"t.data LIKE {self.scope.bind('%' + _escaped(text) + '%')} ESCAPE '\\' AND {test}"

    # what the wire's value means

    def reader(self) -> Callable[[Any], Any]:
        name = self.column.id
        if self.is_number():
            return lambda value: _number(value, name)
        if self.column.kind == "moment":
            return lambda value: _moment(value, name)
        if self.column.kind == "bool":
            return lambda value: _truth(value, name)
        if self.type == "Boolean":
            return lambda value: self.boolean_text(value, name)
        if name.endswith("_results"):
            return _json_words
        return lambda value: "" if value is None else str(value)

    def boolean_text(self, value: Any, name: str) -> str:
        """How a boolean of the data reads as text in this database."""
        truth = _truth(value, name)
        return ("true" if truth else "false") if self.scope.postgres else str(int(truth))


def _escaped(text: str) -> str:
    """For LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _stands_as_it_is(text: str) -> bool:
    """Whether JSON writes ``text`` without any change."""
    return any(letter.isalpha() for letter in text) and not any(
        letter in '"\\' or letter < " " or letter == "\x7f" for letter in text
    )


def _json_words(value: Any) -> str:
    import orjson

    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return str(value)
    return orjson.dumps(value).decode()


def _number(value: Any, name: str) -> float | int:
    if isinstance(value, bool) or value is None:
        raise _wrong(f'The column "{name}" is compared with a number, not {value!r}.', column=name)
    if isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _wrong(f'The column "{name}" is compared with a number, not {value!r}.', column=name) from None
    if number != number or abs(number) == float("inf"):
        raise _wrong(f'The column "{name}" is compared with a finite number, not {value!r}.', column=name)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _numbers(value: Any) -> list[int]:
    if isinstance(value, list):
        return [int(_number(one, "annotations_ids")) for one in value]
    return [int(part) for part in re.split(r"[,;\s]+", str(value).strip()) if part.isdecimal()]


def _moment(value: Any, name: str) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong(
            f'The column "{name}" is compared with a moment, not {value!r}.',
            "Write it as 2026-01-31T09:30:00.000000Z.",
            column=name,
        ) from None
    return stamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _truth(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "1", "yes"):
        return True
    if word in ("false", "0", "no"):
        return False
    raise _wrong(f'The column "{name}" is asked for true or false, not {value!r}.', column=name)
