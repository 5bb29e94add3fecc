"""Zip files people send: opened with an eye on what they would become."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tagma.errors import ImportFailed, TooLarge
from tagma.services.imports.uploads import free_space

ENTRIES = 200_000
RATIO = 200  # of a member's size to its bytes in the archive; text reaches 20, a bomb 1,000
SMALL = 10 << 20  # below this nobody asks for the ratio


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip")


def members(path: Path, name: str, limit: int) -> Iterator[tuple[str, IO[bytes]]]:
    """Names and streams of the files inside, without folders and what operating systems leave behind.

    :param limit: bytes the whole may become.
    :raises ImportFailed: it is no zip, is damaged, or locked by a password.
    :raises TooLarge: what it would become is too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [one for one in archive.infolist() if _wanted(one)]
            _check(entries, name, min(limit, free_space(path.parent)))
            if not entries:
                raise ImportFailed(
                    f"{name} holds no files.", hint="Put pictures or task files into it.", file=name
                )
            for entry in entries:
                with archive.open(entry) as stream:
                    yield entry.filename, stream
    except zipfile.BadZipFile as error:
        raise ImportFailed(
            f"{name} is no zip file, or is damaged: {error}.",
            hint="Make it again and send it once more.",
            file=name,
        ) from error
    except RuntimeError as error:  # how zipfile says that a password is needed
        raise ImportFailed(
            f"{name} is locked by a password.", hint="Send it without one.", file=name
        ) from error
    except NotImplementedError as error:
        raise ImportFailed(
            f"{name} is compressed in a way Tagma can't read: {error}.", hint="Use plain zip.", file=name
        ) from error


def _wanted(entry: zipfile.ZipInfo) -> bool:
    parts = entry.filename.split("/")
    return not entry.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def _check(entries: list[zipfile.ZipInfo], name: str, limit: int) -> None:
    if len(entries) > ENTRIES:
        raise TooLarge(
            f"{name} holds {len(entries)} files, more than {ENTRIES}.", hint="Send it in parts.", file=name
        )
    for entry in entries:
        if entry.file_size > SMALL and entry.file_size > RATIO * max(entry.compress_size, 1):
            raise TooLarge(
                f"{entry.filename} in {name} would become {entry.file_size // max(entry.compress_size, 1)} times its size: "
                "that looks like a zip bomb.",
                hint="Send that file by itself.",
                file=name,
            )
    total = sum(entry.file_size for entry in entries)
    if total > limit:
        raise TooLarge(
            f"{name} would become {total / 1024**3:.3g} GiB; {limit / 1024**3:.3g} GiB are allowed and free.",
            hint="Send it in parts, or connect a storage instead.",
            file=name,
        )
