"""Writes docs/author/sdk.md: every method of the field's client and what it does here; run by ``scripts/docs --fix``, and the
tests compare.

Nothing of it is kept by hand. The methods come from the client itself; each is called against a transport that only writes
down what was asked for. What the server does not serve stands in its own table (``tagma.http.absent``) with the reason. What it
serves must be proven: by a test whose function calls the method on its argument ``sdk``, in so many words, or hands
a part of it to a helper of the same file that does.
"""

from __future__ import annotations

import ast
import functools
import inspect
import io
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from tagma.http import absent

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "author" / "sdk.md"
TESTS = (ROOT / "tests" / "core" / "http", *sorted((ROOT / "plugins").glob("*/tests")))
HEAD = """# The client `label-studio-sdk`, method by method

`label-studio-sdk` {version} speaks to Tagma as it is: `LabelStudio(base_url="http://localhost:8080", api_key=KEY)`, with a personal
access token or a legacy token as the key. Made by `uv run scripts/docs --fix`; don't edit it by hand.

Of its {all} methods {works} **work**, each proven by the test it links to; {later} belong to a **later** part; {never} have **no
meaning** here. What does not work is answered with 404 and the sentence below, in the usual body of an error (`code` is `absent`).
The older `Client`, which the package keeps beside, has [tests of its own](../../tests/core/http/test_sdk_legacy.py).
"""


class Method(NamedTuple):
    """:param name: with the parts it hangs on: ``projects.exports.create``."""

    name: str
    verb: str
    path: str

    @property
    def part(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def absent(self) -> absent.Reason | None:
        return absent.reason(self.path)


class Proof(NamedTuple):
    file: Path
    test: str


# the methods -------------------------------------------------------------------------------------------------------


def methods() -> list[Method]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other people's modules say while they are loaded
        import httpx
        from label_studio_sdk import LabelStudio

        asked: list[httpx.Request] = []

        def note(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return httpx.Response(200, json={})

        with httpx.Client(transport=httpx.MockTransport(note)) as connection:
            client = LabelStudio(base_url="http://here", api_key="key", httpx_client=connection)
            found = []
            for name, call in _calls(client, ()):
                asked.clear()
                _ask(call)
                found.append(Method(name, asked[-1].method, asked[-1].url.path))
    return sorted(found)


def _calls(part: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in dir(type(part)):
        kind = getattr(type(part), name)
        if name.startswith("_") or name == "with_raw_response":
            continue
        if isinstance(kind, property | functools.cached_property):
            yield from _calls(getattr(part, name), (*names, name))
        elif inspect.isfunction(kind):
            yield ".".join((*names, name)), getattr(part, name)


def _ask(call: Any) -> None:
    """Call with something in every argument that must be there; what is made of the empty answer does not matter."""
    wanted = [
        one
        for one in inspect.signature(call).parameters.values()
        if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]
    try:
        answer = call(**{one.name: _something(one.name, str(one.annotation)) for one in wanted})
        if isinstance(answer, Iterator):
            next(answer, None)
    except (AttributeError, KeyError, TypeError, ValueError):
        return


def _something(name: str, kind: str) -> Any:
    """An argument that the client can send, whatever it means."""
    if "File" in kind:
        return ("a.csv", io.BytesIO(b"a"))
    if "Literal" in kind or "Sequence" in kind or "List" in kind:
        return []
    if "datetime" in kind:
        return datetime(2020, 1, 1, tzinfo=UTC)
    for word, value in (("int", 1), ("bool", True), ("float", 1.0), ("str", "1")):
        if f"{word}" in kind.replace("typing", ""):
            return value
    return {}


# the proofs --------------------------------------------------------------------------------------------------------


def proofs() -> dict[str, Proof]:
    """Of each method the first test that calls it."""
    found: dict[str, Proof] = {}
    for folder in TESTS:
        for file in sorted(folder.glob("test_*.py")):
            for test, called in _called(ast.parse(file.read_text())):
                found.setdefault(called, Proof(file, test))
    return found


def _called(module: ast.Module) -> Iterator[tuple[str, str]]:
    functions = {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}
    for name, function in functions.items():
        if name.startswith("test_"):
            for called in _chains(function, "sdk", functions):
                yield name, called


def _chains(
    function: ast.FunctionDef, root: str, functions: dict[str, ast.FunctionDef], depth: int = 2
) -> Iterator[str]:
    """What is called on ``root``, here and in helpers that are given a part of it."""
    known = {root: (root,), **_other_names(function, root)}
    for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
        chain = _chain(call.func, known)
        if chain[0] == root:
            yield ".".join(chain[1:])
        helper = functions.get(chain[0]) if len(chain) == 1 else None
        if helper is None or not depth:
            continue
        for place, given in zip(helper.args.args, call.args, strict=False):
            handed = _chain(given, known)
            if handed[0] == root:
                for inner in _chains(helper, place.arg, functions, depth - 1):
                    yield ".".join((*handed[1:], inner))


def _other_names(function: ast.FunctionDef, root: str) -> dict[str, tuple[str, ...]]:
    """Names that a part of ``root`` is given: ``kind = sdk.import_storage.s3``."""
    found = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            chain = _chain(node.value, {root: (root,)})
            if chain[0] == root:
                found[node.targets[0].id] = chain
    return found


def _chain(node: ast.expr, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """``sdk.projects.get`` as its words; ("",) for anything else."""
    if isinstance(node, ast.Name):
        return known.get(node.id, (node.id,))
    if isinstance(node, ast.Attribute):
        return (*_chain(node.value, known), node.attr)
    return ("",)


# the page ----------------------------------------------------------------------------------------------------------


def page() -> str:
    every, proven = methods(), proofs()
    kinds = [
        method.absent.kind if method.absent else "works" if method.name in proven else "" for method in every
    ]
    head = HEAD.format(
        version=version("label-studio-sdk"),
        all=len(every),
        works=kinds.count("works"),
        later=kinds.count(absent.LATER),
        never=kinds.count(absent.NO_MEANING),
    )
    parts = [head]
    for part, group in groupby(sorted(every, key=lambda one: (one.part, one.name)), lambda one: one.part):
        parts.append(f"## {part}\n\n| Method | Asks for | |\n|---|---|---|")
        parts += _rows(list(group), proven)
        parts.append("")
    return "\n".join(parts)


def _rows(group: list[Method], proven: Mapping[str, Proof]) -> Iterator[str]:
    for method in group:
        if method.absent is None:
            yield f"| `{_word(method)}` | `{method.verb} {method.path}` | {_proof(proven.get(method.name))} |"
    away = [method for method in group if method.absent]
    for reason, same in groupby(sorted(away, key=lambda one: one.absent or ("", "")), lambda one: one.absent):
        assert reason is not None
        listed = list(same)
        words = ", ".join(f"`{_word(method)}`" for method in listed)
        asks = ", ".join(dict.fromkeys(f"`{method.path}`" for method in listed))
        yield f"| {words} | {asks} | **{reason.kind}**: {reason.sentence} |"


def _word(method: Method) -> str:
    return method.name.rpartition(".")[2]


def _proof(proof: Proof | None) -> str:
    if proof is None:
        return "**no test**"
    words = proof.test.removeprefix("test_").replace("_", " ")
    return f"works: [{words}](../../{proof.file.relative_to(ROOT).as_posix()})"


if __name__ == "__main__":
    PAGE.write_text(page())
