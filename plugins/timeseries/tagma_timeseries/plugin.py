"""Time series: channels over time, stretches and instants of them."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_timeseries import tags

    return [tags.TimeSeries, tags.Channel, tags.MultiChannel, tags.TimeSeriesLabels]
