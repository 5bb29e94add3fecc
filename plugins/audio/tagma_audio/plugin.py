"""Sound: recordings with their waveform, and regions in time."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import DataType, Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_audio import tags

    return [tags.Audio]


@hookimpl
def register_data_types() -> Iterable[type[DataType]]:
    from tagma_audio.data_type import Audio

    return [Audio]
