"""Sound: recordings with their waveform, regions in time, and the formats of speech."""

from __future__ import annotations

from collections.abc import Iterable

from tagma.plugin import DataType, Exporter, Importer, Tag, hookimpl

requires_api = 1


@hookimpl
def register_tags() -> Iterable[type[Tag]]:
    from tagma_audio import tags

    return [tags.Audio]


@hookimpl
def register_data_types() -> Iterable[type[DataType]]:
    from tagma_audio.data_type import Audio

    return [Audio]


@hookimpl
def register_importers() -> Iterable[type[Importer]]:
    from tagma_audio.formats.asr_manifest import AsrManifestImporter
    from tagma_audio.formats.audacity import AudacityImporter
    from tagma_audio.formats.kaldi import KaldiImporter
    from tagma_audio.formats.rttm import RttmImporter
    from tagma_audio.formats.subtitles import SrtImporter, VttImporter
    from tagma_audio.formats.textgrid import TextGridImporter

    return [
        AsrManifestImporter,
        AudacityImporter,
        KaldiImporter,
        RttmImporter,
        SrtImporter,
        TextGridImporter,
        VttImporter,
    ]


@hookimpl
def register_exporters() -> Iterable[type[Exporter]]:
    from tagma_audio.formats.asr_manifest import AsrManifestExporter
    from tagma_audio.formats.audacity import AudacityExporter
    from tagma_audio.formats.kaldi import KaldiExporter
    from tagma_audio.formats.rttm import RttmExporter
    from tagma_audio.formats.subtitles import SrtExporter, VttExporter
    from tagma_audio.formats.textgrid import TextGridExporter

    return [
        AsrManifestExporter,
        AudacityExporter,
        KaldiExporter,
        RttmExporter,
        SrtExporter,
        TextGridExporter,
        VttExporter,
    ]
