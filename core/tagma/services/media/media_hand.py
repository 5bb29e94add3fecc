"""The process in which strangers' files are read: one question a line on its input, answers as lines on its output."""

from __future__ import annotations

import importlib
import json
import operator
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tagma.errors import ImportFailed, TagmaError

_PAUSE = 0.2  # seconds between two words of how far it is


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a decoder prints is not for whoever asked

    def say(**words: Any) -> None:
        out.write(json.dumps(words, default=str) + "\n")
        out.flush()

    for line in sys.stdin:
        asked = json.loads(line)
        try:
            _derive(asked, _now_and_then(say))
            say(done=True)
        except TagmaError as error:
            say(fault=error.as_dict())
        except Exception as error:
            words = f"The plugin can't read this file: {type(error).__name__}: {error}."
            say(fault=ImportFailed(words, hint="Tell its author, with the file.").as_dict())


def _derive(asked: dict[str, Any], tell: Callable[[float], None]) -> None:
    module, name = asked["type"]
    data_type = operator.attrgetter(name)(importlib.import_module(module))
    data_type().derive(Path(asked["file"]), asked["kind"], asked["params"], Path(asked["out"]), tell)


def _now_and_then(say: Callable[..., None]) -> Callable[[float], None]:
    last = 0.0

    def tell(part: float) -> None:
        nonlocal last
        if time.monotonic() - last > _PAUSE:
            last = time.monotonic()
            say(told=part)

    return tell


if __name__ == "__main__":
    main()
