"""Reads and writes COCO: boxes (and polygons on the way out) on pictures."""

from __future__ import annotations

from tagma.plugin import Exporter, Importer, hookimpl

requires_api = 1


@hookimpl
def register_importers() -> list[type[Importer]]:
    from tagma_export_coco.reading import CocoImporter

    return [CocoImporter]


@hookimpl
def register_exporters() -> list[type[Exporter]]:
    from tagma_export_coco.writing import CocoExporter, CocoWithImagesExporter

    return [CocoExporter, CocoWithImagesExporter]
