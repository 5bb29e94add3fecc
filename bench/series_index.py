"""Series on the server: how fast files become columns, in how much memory, and what a window costs as series grow.

Run: ``uv run --group dev bench/series_index.py [rows …]`` (1,000,000 rows of three columns in each way of writing them; then
as CSV the rows that are told, 10,000,000 unless told; 100 million points are 33,400,000).
"""

from __future__ import annotations

import gzip
import multiprocessing
import shutil
import statistics
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from common import Figures, timed

from tagma_timeseries.asking import Asking
from tagma_timeseries.data_type import TimeSeries

COLUMNS = ("speed", "height", "load")
MILLION = 1_000_000
BLOCK = 100_000
DATE = "%d.%m.%Y %H:%M:%S"
Times = Callable[[Any], Any]


def blocks(rows: int) -> Iterator[tuple[Any, Any]]:
    """Numbers of rows, and their values: the same block again and again, for it is the reader that is measured."""
    values = np.random.default_rng(1).normal(size=(BLOCK, len(COLUMNS))).round(4)
    for begun in range(0, rows, BLOCK):
        yield np.arange(begun, begun + BLOCK), values


def write(file: Path, rows: int, times: Times = lambda at: at, sep: str = ",", decimal: str = ".") -> Path:
    body: list[str] = []
    with file.open("w") as out:
        out.write(sep.join(("time", *COLUMNS)) + "\n")
        for at, values in blocks(rows):
            if not body:
                body = [
                    sep + sep.join(f"{one:.4f}".replace(".", decimal) for one in row) + "\n" for row in values
                ]
            out.writelines(f"{moment}{rest}" for moment, rest in zip(times(at), body, strict=True))
    return file


def dates(at: Any) -> Any:
    return (np.datetime64("2026-03-14", "s") + at).astype(str)


def european(at: Any) -> Any:
    return [f"{one[8:10]}.{one[5:7]}.{one[:4]} {one[11:]}" for one in dates(at)]


def as_json(file: Path, rows: int) -> Path:
    import orjson

    at, values = (np.concatenate(parts) for parts in zip(*blocks(rows), strict=True))
    found = {"time": at.tolist(), **dict(zip(COLUMNS, values.T.tolist(), strict=True))}
    file.write_bytes(orjson.dumps(found))
    return file


def as_parquet(file: Path, rows: int) -> Path:
    from arro3.core import Array, Table
    from arro3.io import write_parquet

    at, values = (np.concatenate(parts) for parts in zip(*blocks(rows), strict=True))
    parts = {"time": at.astype(float), **dict(zip(COLUMNS, values.T, strict=True))}
    arrays = {name: Array.from_numpy(np.ascontiguousarray(part)) for name, part in parts.items()}
    write_parquet(Table.from_pydict(arrays), file)
    return file


def packed(file: Path, plain: Path) -> Path:
    with plain.open("rb") as source, gzip.open(file, "wb", compresslevel=1) as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return file


def index(file: Path, out: Path, asking: Asking, answer: Any) -> None:
    """In a process of its own, as the server does it: seconds by the clock and of the processor, and MiB beyond what it had."""
    import tagma_timeseries.documents
    import tagma_timeseries.series
    import tagma_timeseries.tables  # noqa: F401  # what is loaded is not what it costs

    most = before = held()

    def tell(part: float) -> None:
        nonlocal most
        most = max(most, held())

    begun, worked = time.perf_counter(), time.process_time()
    TimeSeries().derive(file, "series", asking.params(), out, tell)
    answer.put((time.perf_counter() - begun, time.process_time() - worked, most - before))


def held() -> float:
    """MiB of this process, without pages of files that the system could drop."""
    said = Path("/proc/self/status").read_text()
    return int(next(line for line in said.splitlines() if line.startswith("RssAnon")).split()[1]) / 1024


def indexed(figures: Figures, what: str, rows: int, file: Path, asking: Asking, reach: str = "") -> Path:
    fresh = multiprocessing.get_context("spawn")
    answer = fresh.Queue()
    out = file.with_suffix(".series")
    process = fresh.Process(target=index, args=(file, out, asking, answer))
    process.start()
    took, worked, more = answer.get()
    process.join()
    figures.add(f"{what}: indexed", rows / took / 1e6, "M rows/s", reach)
    figures.add(f"{what}: indexed, by the processor's time", rows / worked / 1e6, "M rows/s")
    figures.add(f"{what}: memory beyond the program's", more, "MiB")
    return out


def windows(figures: Figures, what: str, rows: int, out: Path, asking: Asking) -> dict[str, float]:
    """Median milliseconds of a window of 1,000 buckets over all, a hundredth, and rows one by one."""
    found = {}
    for name, span in (("all", rows), ("a hundredth", rows / 100), ("1,000 rows", 1000)):
        begin = (rows - span) / 2
        params = {**asking.params(), "from": str(begin), "to": str(begin + span), "width": "1000"}
        runs = timed(lambda params=params: TimeSeries().window("window", params, lambda *_: out), 60)
        found[name] = statistics.median(runs)
        figures.add(f"{what}: window of {name}, p50", found[name], "ms")
    return found


def main() -> None:
    parser = ArgumentParser(description="Indexing of series, and windows of them.")
    parser.add_argument("rows", nargs="*", type=int, default=[10 * MILLION])
    parser.add_argument("--only-csv", action="store_true", help="leave out the other ways of writing")
    chosen = parser.parse_args()
    figures = Figures("series_index")
    asking = Asking(COLUMNS, "time")
    with tempfile.TemporaryDirectory(prefix="tagma-bench-") as name:
        folder = Path(name)
        plain = write(folder / "plain.csv", MILLION)
        out = indexed(figures, "1 M rows, CSV", MILLION, plain, asking, "2")
        usual = windows(figures, "1 M rows", MILLION, out, asking)
        if not chosen.only_csv:
            ways: list[tuple[str, Path, Asking]] = [
                ("ISO dates", write(folder / "iso.csv", MILLION, dates), asking),
                (DATE, write(folder / "dmy.csv", MILLION, european), Asking(COLUMNS, "time", DATE)),
                ("decimal commas", write(folder / "comma.csv", MILLION, sep=";", decimal=","), Asking(COLUMNS, "time", sep=";")),
                ("gzip", packed(folder / "packed.csv.gz", plain), asking),
                ("JSON", as_json(folder / "columns.json", MILLION), asking),
                ("Parquet", as_parquet(folder / "table.parquet", MILLION), asking),
            ]  # fmt: skip
            for what, file, how in ways:
                indexed(figures, f"1 M rows, {what}", MILLION, file, how)
        for rows in chosen.rows:
            file = write(folder / f"{rows}.csv", rows - rows % BLOCK)
            out = indexed(figures, f"{rows:,} rows, CSV", rows, file, asking, "2")
            file.unlink()
            for what, took in windows(figures, f"{rows:,} rows", rows, out, asking).items():
                figures.add(
                    f"{rows:,} rows: window of {what}, to that of 1 M", took / usual[what], "times", "1"
                )
            out.unlink()
    print(figures.save())


if __name__ == "__main__":
    main()
