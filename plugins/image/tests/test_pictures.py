"""Picture files: their size as shown, small copies, and words for files that are no pictures."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tagma.errors import ImportFailed
from tagma_image.data_types import Image

image = Image()


def picture(file: Path, width: int, height: int, *, orientation: int | None = None) -> Path:
    exif = Pillow.Exif()
    if orientation:
        exif[0x0112] = orientation
    Pillow.new("RGB", (width, height), "orange").save(file, exif=exif)
    return file


def huge_png(file: Path, width: int, height: int) -> Path:
    """A PNG whose head promises that many pixels, and that holds none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return file


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tif"])
def test_a_picture_tells_its_size(suffix: str, tmp_path: Path) -> None:
    said = image.probe(picture(tmp_path / f"a.{suffix}", 40, 30))
    assert (said["width"], said["height"]) == (40, 30)


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (40, 30)), (3, (40, 30)), (6, (30, 40)), (8, (30, 40))]
)
def test_a_cameras_rotation_is_applied(orientation: int, size: tuple[int, int], tmp_path: Path) -> None:
    file = picture(tmp_path / "a.jpg", 40, 30, orientation=orientation)
    said = image.probe(file)
    assert (said["width"], said["height"]) == size
    made = image.preview(file, 20)
    assert made is not None
    with Pillow.open(io.BytesIO(made[0])) as small:
        assert max(small.size) == 20
        assert (small.width > small.height) == (size[0] > size[1])


@pytest.mark.parametrize(
    "content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0broken", b"GIF89a"]
)
def test_a_picture_that_is_none_is_told_in_words(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "cat.png"
    file.write_bytes(content)
    with pytest.raises(ImportFailed) as raised:
        image.probe(file)
    assert raised.value.message == "cat.png is no picture that can be read."
    assert "picture viewer" in raised.value.hint
    assert raised.value.where["file"] == "cat.png"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=r"There is no file gone\.png"):
        image.probe(tmp_path / "gone.png")


@pytest.mark.parametrize("side", [16_000, 30_000, 2**31 - 1])
def test_a_picture_of_too_many_pixels_is_refused_by_its_head_alone(side: int, tmp_path: Path) -> None:
    file = huge_png(tmp_path / "wall.png", side, side)
    for look in (image.probe, lambda file: image.preview(file, 100)):
        with pytest.raises(ImportFailed) as raised:
            look(file)
        assert raised.value.message == f"wall.png is {side * side // 1_000_000:,} million pixels large."
        assert "250 million pixels" in raised.value.hint


def test_a_picture_that_is_cut_off_has_a_size_but_no_preview(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Pillow.effect_noise((200, 200), 80).save(whole, "PNG")
    file = tmp_path / "half.png"
    file.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    assert image.probe(file)["width"] == 200
    with pytest.raises(ImportFailed, match="no picture that can be read"):
        image.preview(file, 50)


def test_drawings_need_no_decoding(tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    file.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    assert image.probe(file) == {"format": "SVG"}
    assert image.preview(file, 50) is None


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "1", "I;16"])
def test_previews_are_made_of_every_kind_of_colour(mode: str, tmp_path: Path) -> None:
    file = tmp_path / ("a.tif" if mode in ("CMYK", "I;16") else "a.png")
    Pillow.new(mode, (300, 150)).save(file)
    made = image.preview(file, 100)
    assert made is not None
    assert made[1] == "image/webp"
    with Pillow.open(io.BytesIO(made[0])) as small:
        assert small.size == (100, 50)
