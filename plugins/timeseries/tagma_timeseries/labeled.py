"""Series out with their labels: the rows of each series as CSV or Parquet, with a column of labels for each control."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote, urlsplit

import orjson

from tagma.errors import ImportFailed, StorageError
from tagma.plugin import Annotation, Exporter, LabelingConfig, Result, Task
from tagma_timeseries.asking import Asking
from tagma_timeseries.markings import Marking, fields, markings, refuses, value_of
from tagma_timeseries.segments import kept

if TYPE_CHECKING:
    from tagma_timeseries.covering import Piece
    from tagma_timeseries.series import Series


class LabeledCsvExporter(Exporter):
    """A zip with a file for each annotation of each series. Rows stand in order of time."""

    name = "TIMESERIES_LABELED_CSV"
    title = "Series with labels (CSV)"
    description = (
        "The rows of each series, time and channels, with a column that says the labels at each row."
    )
    suffix = ".zip"
    media_type = "application/zip"
    tags = ("time series",)
    order = 22
    inner: ClassVar[str] = ".csv"

    @classmethod
    def refuses(cls, config: LabelingConfig) -> str | None:
        return refuses(config)

    def write(self, tasks: Iterable[Task], out: IO[bytes]) -> None:
        found = markings(self.config)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for task in tasks:
                self.report.tasks += 1
                annotations = kept(task, self.report)
                for marking in fields(found).values() if annotations else ():
                    controls = [one for one in found if one.series is marking.series]
                    self._series(task, annotations, marking, controls, archive)

    def _series(
        self,
        task: Task,
        annotations: Sequence[Annotation],
        marking: Marking,
        controls: Sequence[Marking],
        archive: zipfile.ZipFile,
    ) -> None:
        from tagma_timeseries import labeled_rows

        with tempfile.TemporaryDirectory() as folder:
            try:
                file = self._fetched(task, marking, Path(folder))
                series = labeled_rows.read(file, Asking.of_node(marking.series))
            except (ImportFailed, StorageError) as error:
                why = f"a series could not be read: {error.message}"
                self.report.leave_out(why, f"task {task.get('id')}")
                return
            made = Path(folder) / f"made{self.inner}"
            for annotation in annotations:
                labels = self._labels(series, annotation, task, controls)
                self._write(labeled_rows.batches(series, labels, marking), made)
                name = (
                    f"{task.get('id')}-{annotation.get('id')}-{marking.series.name}-{file.stem}{self.inner}"
                )
                archive.write(made, name, None if self.inner == ".csv" else zipfile.ZIP_STORED)
                self.report.items += 1

    def _fetched(self, task: Task, marking: Marking, folder: Path) -> Path:
        value = value_of(task, marking)
        if isinstance(value, dict | list):
            file = folder / "columns.json"
            file.write_bytes(orjson.dumps(value))
            return file
        if not isinstance(value, str) or not value:
            raise StorageError("the task names none.")
        file = folder / (_file_name(value) or "series.csv")
        with self.media.open(value, task) as stream, file.open("wb") as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        return file

    def _labels(
        self, series: Series, annotation: Annotation, task: Task, controls: Sequence[Marking]
    ) -> dict[str, list[Piece]]:
        """For each control the pieces of the series that have labels."""
        from tagma_timeseries.covering import pieces, rows_of

        found: dict[str, list[Piece]] = {}
        place = f"annotation {annotation.get('id')} of task {task.get('id')}"
        for one in controls:
            mine = [item for item in annotation.get("result", []) if _is_of(item, one)]
            spans = []
            for item in mine:
                rows = rows_of(series, item.get("value", {}), one.series.raw("timeFormat") or "")
                if isinstance(rows, str):
                    self.report.leave_out(rows, place)
                else:
                    spans.append((*rows, item["value"].get(one.key) or []))
            offered = [label.value for label in self.config.labels(one.control.name)]
            found[one.control.name] = pieces(spans, offered)
        known = {one.control.name for one in controls}
        for item in annotation.get("result", []):
            if item.get("from_name") not in known and item.get("to_name") == controls[0].series.name:
                self.report.leave_out(f"rows have no place for {item.get('type') or 'this result'}", place)
        return found

    def _write(self, batches: Any, out: Path) -> None:
        from arro3.io import write_csv

        write_csv(batches, out)


class LabeledParquetExporter(LabeledCsvExporter):
    name = "TIMESERIES_LABELED_PARQUET"
    title = "Series with labels (Parquet)"
    description = "As the series with labels in CSV, each as a Parquet file."
    order = 23
    inner = ".parquet"

    def _write(self, batches: Any, out: Path) -> None:
        from arro3.io import write_parquet

        write_parquet(batches, out)


def _is_of(item: Result, marking: Marking) -> bool:
    return (item.get("from_name"), item.get("to_name")) == (marking.control.name, marking.series.name)


def _file_name(address: str) -> str:
    return PurePosixPath(unquote(urlsplit(address).path)).name[-100:]
