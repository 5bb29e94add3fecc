"""Recordings put into an archive, and measured on the way."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from tagma.errors import TagmaError
from tagma.plugin import MediaSource, Report
from tagma_audio.formats.turns import Recording, file_name


def put(
    one: Recording, media: MediaSource, archive: zipfile.ZipFile, report: Report
) -> tuple[str, float | None]:
    """The recording's path in the archive, or its address if it can't be had, and its seconds as far as they are known."""
    suffix = PurePosixPath(file_name(one.address, one.task)).suffix
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        try:
            with media.open(one.address, one.task) as stream:
                shutil.copyfileobj(stream, copy, 1 << 20)
        except TagmaError as error:
            report.leave_out(f"a recording could not be fetched: {error.message}", one.name)
            return one.address[:200], one.duration
        copy.flush()
        name = f"audio/{one.name}{suffix}"
        archive.write(copy.name, name, zipfile.ZIP_STORED)
        return name, one.duration or _seconds(Path(copy.name))


def _seconds(file: Path) -> float | None:
    from tagma_audio import decoding

    try:
        return decoding.describe(file).seconds
    except TagmaError:
        return None
