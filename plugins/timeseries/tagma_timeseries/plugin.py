"""Time series: channels over time, stretches and instants of them."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import DataType, Exporter, Importer, Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_timeseries import tags

    return [tags.TimeSeries, tags.Channel, tags.MultiChannel, tags.TimeSeriesLabels]


@hookimpl
def register_data_types() -> Iterable[type[DataType]]:
    from tagma_timeseries.data_type import TimeSeries

    return [TimeSeries]


@hookimpl
def register_importers() -> Iterable[type[Importer]]:
    from tagma_timeseries.segments_in import SegmentsCsvImporter, SegmentsImporter

    return [SegmentsCsvImporter, SegmentsImporter]


@hookimpl
def register_exporters() -> Iterable[type[Exporter]]:
    from tagma_timeseries.labeled import LabeledCsvExporter, LabeledParquetExporter
    from tagma_timeseries.segments import SegmentsCsvExporter, SegmentsExporter

    return [SegmentsCsvExporter, SegmentsExporter, LabeledCsvExporter, LabeledParquetExporter]
