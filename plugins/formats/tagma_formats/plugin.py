"""Reads and writes JSON, JSON Lines, CSV, TSV and plain text; reads Parquet; writes JSON_MIN."""

from __future__ import annotations

from tagma.plugin import Exporter, Importer, hookimpl

requires_api = 1


@hookimpl
def register_importers() -> list[type[Importer]]:
    from tagma_formats.json_files import JsonImporter, JsonLinesImporter
    from tagma_formats.parquet import ParquetImporter
    from tagma_formats.tables import CsvImporter, TsvImporter
    from tagma_formats.texts import DocumentImporter, LinesImporter

    return [
        JsonImporter,
        JsonLinesImporter,
        ParquetImporter,
        CsvImporter,
        TsvImporter,
        LinesImporter,
        DocumentImporter,
    ]


@hookimpl
def register_exporters() -> list[type[Exporter]]:
    from tagma_formats.json_files import JsonExporter, JsonLinesExporter
    from tagma_formats.json_min import JsonMinExporter
    from tagma_formats.tables import CsvExporter, TsvExporter

    return [JsonExporter, JsonMinExporter, JsonLinesExporter, CsvExporter, TsvExporter]
