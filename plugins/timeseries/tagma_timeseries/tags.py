"""Time series, their channels, and the stretches and instants that labels mark in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import model_validator

from tagma.plugin import (
    Bool,
    Color,
    ControlTag,
    DataKey,
    Hotkey,
    Name,
    Node,
    Number,
    ObjectTag,
    Offered,
    OneOf,
    Result,
    SourceFile,
    Text,
    Value,
    VisualTag,
    common,
)
from tagma_timeseries.asking import Asking

CURVES = (
    "curveLinear",
    "curveStep",
    "curveStepBefore",
    "curveStepAfter",
    "curveBasis",
    "curveBundle",
    "curveCardinal",
    "curveCatmullRom",
    "curveMonotoneX",
    "curveNatural",
)


class Stretch(Value):
    """From ``start`` to ``end`` in the units of the time column, or as texts in its ``timeFormat``."""

    start: float | str
    end: float | str
    instant: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Stretch:
        if isinstance(self.start, str) != isinstance(self.end, str):
            raise ValueError(
                f"start ({self.start!r}) and end ({self.end!r}) must both be numbers or both be texts"
            )
        if not isinstance(self.start, str) and not isinstance(self.end, str) and self.end < self.start:
            raise ValueError(f"the end {self.end:g} lies before the start {self.start:g}")
        if self.instant and self.start != self.end:
            raise ValueError(
                f"an instant begins and ends at once, but not at {self.start!r} and {self.end!r}"
            )
        return self


class Channel(VisualTag):
    """One column of a series, drawn as a line."""

    name = "Channel"
    children = ()
    attributes = {
        "column": Text(required=True, help="Name of the column, or its number counted from 0."),
        "legend": Text(help="Name shown beside the line; the column's unless given."),
        "units": Text(help="Unit of the values, as shown."),
        "displayFormat": Text(
            ".1f",
            help="How values are written, in D3's number formats; with more digits if the column needs them, unless given.",
        ),
        "interpolation": OneOf(*CURVES, default="curveStep", help="How points are joined, in D3's words."),
        "height": Number(200, min=24, max=2000, help="Height in pixels."),
        "strokeColor": Color(help="Colour of the line; one of a palette unless given."),
        "strokeWidth": Number(1, min=0, max=20, help="Width of the line in pixels."),
        "markerColor": Color(help="Colour of the marks at points; the line's unless given."),
        "markerSize": Number(0, min=0, max=40, help="Size of the marks at points in pixels."),
        "markerSymbol": Text(
            "circle", help="Shape of the marks: circle, cross, diamond, square, star, triangle, wye."
        ),
        "timeRange": Text(help="The times that are seen at first: from,to."),
        "dataRange": Text(help="Lowest and highest value shown: from,to."),
        "showAxis": Bool(True, help="Whether both axes are shown."),
        "showYAxis": Bool(True, help="Whether the scale of values is shown."),
        "fixedScale": Bool(help="Whether the scale stays while zooming; the series' unless given."),
    }


class MultiChannel(VisualTag):
    """Channels that share one pane and one scale."""

    name = "MultiChannel"
    children = ("Channel",)
    attributes = {
        "height": Number(200, min=24, max=2000, help="Height in pixels."),
        "showAxis": Bool(True, help="Whether both axes are shown."),
        "showYAxis": Bool(True, help="Whether the scale of values is shown."),
        "fixedScale": Bool(help="Whether the scale stays while zooming; the series' unless given."),
    }
    example = """<View>
  <TimeSeries name="ts" value="$csv">
    <MultiChannel><Channel column="left"/><Channel column="right"/></MultiChannel>
  </TimeSeries>
</View>"""


class TimeSeries(ObjectTag):
    """Channels of a series over one time. Labels mark stretches and instants of them."""

    name = "TimeSeries"
    data_type = "timeseries"
    children = ("Channel", "MultiChannel")
    Region = Stretch
    attributes = {
        "name": Name(required=True, help="What controls point at."),
        "value": DataKey(required=True, help="The series: its address, or the columns themselves."),
        "valueType": OneOf(
            "url", "json", default="url", help="Whether the value is an address or the columns."
        ),
        "sync": Text(help="Name of another object, or of a group, that plays in step."),
        "cursorColor": Color(help="Colour of the line under the pointer; the page's ink unless given."),
        "timeColumn": Text(help="Name of the column of times, or its number; rows are counted without one."),
        "timeFormat": Text(help="How times are written, as %Y-%m-%d %H:%M:%S.%f; numbers and ISO need none."),
        "timeDisplayFormat": Text(help="How times are shown: %H:%M, date, or a number format like .2f."),
        "durationDisplayFormat": Text(
            ".0f", help="How lengths are shown: %H:%M, or a number format like .2f."
        ),
        "sep": Text(",", help="What separates columns: a character, or comma, tab, space, dot, auto."),
        "overviewChannels": Text(help="Columns drawn in the overview, with commas; the first unless given."),
        "overviewWidth": Text("25%", help="How much of the series is seen at first."),
        "fixedScale": Bool(False, help="Whether scales of values stay while zooming."),
        "multiAxis": Bool(
            False, help="Whether all channels are drawn in one pane, each with a scale of its own."
        ),
        "hotkey": Hotkey(help="The key that plays and pauses what is in step."),
    }
    example = """<View>
  <TimeSeriesLabels name="label" toName="ts"><Label value="Run"/><Label value="Rest"/></TimeSeriesLabels>
  <TimeSeries name="ts" value="$csv" timeColumn="time">
    <Channel column="speed" units="m/s"/>
    <Channel column="height" units="m"/>
  </TimeSeries>
</View>"""

    @classmethod
    def check_node(cls, node: Node) -> list[str]:
        if any(child.tag in ("Channel", "MultiChannel") for child in node.children):
            return []
        return [f'TimeSeries "{node.name}" has no channels. Write <Channel column="…"/> inside it.']

    @classmethod
    def derives(cls, node: Node) -> Iterable[tuple[str, Mapping[str, str]]]:
        asking = Asking.of_node(node)
        return [("series", asking.params())] if asking.columns else []

    @classmethod
    def claims(cls, node: Node, file: SourceFile, head: bytes) -> bool:
        """A table that has the channels, and not the task's key: one that has it lists tasks with addresses of series."""
        from tagma_timeseries.claims import is_series

        key = (node.raw("value") or "").removeprefix("$")
        return node.get("valueType") != "json" and is_series(Asking.of_node(node), key, file, head)

    @classmethod
    def accepts(cls, value: Any) -> str | None:
        fits = isinstance(value, dict | list) or (isinstance(value, str) and value.strip())
        return None if fits else "the address of a series, or its columns"

    @classmethod
    def sample(cls, node: Node) -> Any:
        time, columns = node.raw("timeColumn") or "", _columns(node)
        if node.raw("valueType") == "json":
            points = [column for column in [time, *columns] if column]
            return {
                column: [place * (1 + number) for place in range(20)] for number, column in enumerate(points)
            }
        asked = {
            "time": time,
            "values": ",".join(columns),
            "sep": node.raw("sep"),
            "tf": node.raw("timeFormat"),
        }
        return "/samples/time-series.csv?" + urlencode({key: word for key, word in asked.items() if word})

    @classmethod
    def sample_region(cls, node: Node) -> dict[str, Any]:
        return {"start": 10, "end": 30, "instant": False}


def _columns(node: Node) -> list[str]:
    return [child.raw("column") or "" for child in node.walk() if child.tag == "Channel"]


class TimeSeriesLabels(ControlTag):
    """Labels for stretches and instants of a series."""

    name = "TimeSeriesLabels"
    targets = ("TimeSeries",)
    has_labels = True
    attributes = {
        **common.control("the series"),
        **common.labels("stretch", "stretches"),
        "opacity": Number(0.9, min=0, max=1, help="How opaque stretches are filled."),
        "fillColor": Color(help="Fill of stretches; their label's colour unless given."),
    }
    example = TimeSeries.example

    class Value(Stretch):
        timeserieslabels: list[str] = []

    @classmethod
    def similarity(cls, a: Result, b: Result) -> float:
        left, right = (set(item["value"].get("timeserieslabels", ())) for item in (a, b))
        labels = len(left & right) / len(left | right) if left | right else 1.0
        return labels * _overlap(a["value"], b["value"])

    @classmethod
    def sample(cls, node: Node, labels: Offered) -> dict[str, Any] | None:
        if not labels:
            return None
        return {"start": 10, "end": 30, "instant": False, "timeserieslabels": [labels[0].value]}


def _overlap(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Shared length by the length of both; of texts only whether they are the same."""
    ends = [value[key] for value in (a, b) for key in ("start", "end")]
    if any(isinstance(end, str) for end in ends):
        return float(ends[:2] == ends[2:])
    union = max(ends) - min(ends)
    return max(0.0, (min(ends[1], ends[3]) - max(ends[0], ends[2])) / union) if union else 1.0
