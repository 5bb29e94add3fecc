"""From a folder with a ``model.py`` to the class in it."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path

from tagma_model.errors import ModelError
from tagma_model.model import Model

FILE = "model.py"
_PACKAGES = {
    "sklearn": "scikit-learn",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "skimage": "scikit-image",
}


def load_class(folder: Path) -> type[Model]:
    """The author's class.

    :raises ModelError: there is none, there are several, or the file can't be run; with the line.
    """
    file = folder / FILE
    if not file.is_file():
        raise ModelError(
            f"{folder} has no {FILE}.",
            f"tagma-model init {folder} writes one, or name the folder that has one.",
        )
    sys.path.insert(0, str(folder.resolve()))  # so that it may import what lies beside it
    spec = importlib.util.spec_from_file_location("model", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["model"] = module
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{file} needs {error.name}, which is not installed.",
            f"Install it here: pip install {_PACKAGES.get(str(error.name), error.name)}",
        ) from error
    except SyntaxError as error:
        raise ModelError(f"{error.filename}, line {error.lineno}: {error.msg}.") from error
    except Exception as error:
        lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == str(file)]
        place = f", line {lines[-1]}," if lines else ""
        raise ModelError(f"{file}{place} raised {type(error).__name__}: {error}.") from error
    kinds = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Model) and one.__module__ == "model"
    ]
    last = [one for one in kinds if not any(one is not other and issubclass(other, one) for other in kinds)]
    if len(last) == 1:
        return last[0]
    if not last:
        raise ModelError(f"{file} has no model.", "Write one: class MyModel(tagma_model.Model): …")
    names = ", ".join(one.__name__ for one in last)
    raise ModelError(
        f"{file} has several models: {names}.",
        "Leave one of them in it, and put the others into folders of their own.",
    )
