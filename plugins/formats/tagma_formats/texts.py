"""Plain text: one task a line; and documents (HTML, XML) that are one task each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, Field

from tagma.errors import ImportFailed
from tagma.plugin import Draft, Fault, Importer, SourceFile
from tagma_formats.bytes_in import empty, open_text

UNNAMED = "$undefined$"  # the wire's word for "the one key the config asks for"
_DOCUMENT_LIMIT = 64 << 20


class _TextImporter(Importer):
    class Settings(BaseModel):
        encoding: str = Field("utf-8", description="The file's encoding.")

    @classmethod
    def sniff(cls, name: str, head: bytes) -> float:
        return 0.9 if name.lower().endswith(cls.suffixes) else 0.0

    @property
    def encoding(self) -> str:
        return getattr(self.settings, "encoding", "utf-8")


class LinesImporter(_TextImporter):
    """One task a line; empty lines are passed over."""

    name = "txt"
    title = "Text, one task a line"
    suffixes = (".txt",)

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        for file in files:
            found = False
            with open_text(file, self.encoding) as text:
                for row, line in enumerate(text, 1):
                    if line := line.rstrip("\r\n"):
                        found = True
                        yield Draft({"data": {UNNAMED: line}}, file.name, row)
            if not found:
                raise empty(file)


class DocumentImporter(_TextImporter):
    """The whole file is the text of one task."""

    name = "document"
    title = "HTML or XML, one task a file"
    suffixes = (".html", ".htm", ".xml")

    def read(self, files: Sequence[SourceFile]) -> Iterator[Draft | Fault]:
        for file in files:
            with open_text(file, self.encoding) as text:
                body = text.read(_DOCUMENT_LIMIT + 1)
            if len(body) > _DOCUMENT_LIMIT:
                raise ImportFailed(
                    f"{file.name} is longer than {_DOCUMENT_LIMIT >> 20} million characters.",
                    hint="Split it into several documents.",
                    file=file.name,
                )
            yield Draft({"data": {UNNAMED: body}}, file.name, 1)
