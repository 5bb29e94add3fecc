"""Films: boxes that follow what moves, and stretches of frames."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import DataType, Exporter, Importer, Tag, TaskJob, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_video import tags

    return [tags.Video, tags.VideoRectangle, tags.TimelineLabels]


@hookimpl
def register_data_types() -> Iterable[type[DataType]]:
    from tagma_video.data_type import Video

    return [Video]


@hookimpl
def register_importers() -> Iterable[type[Importer]]:
    from tagma_video.formats import cvat, mot

    return [mot.MotImporter, cvat.CvatImporter]


@hookimpl
def register_exporters() -> Iterable[type[Exporter]]:
    from tagma_video.formats import cvat, frames, mot

    return [mot.MotExporter, cvat.CvatExporter, frames.CocoFramesExporter, frames.YoloFramesExporter]


@hookimpl
def register_jobs() -> Iterable[type[TaskJob]]:
    from tagma_video.follow_job import FollowBox

    return [FollowBox]
