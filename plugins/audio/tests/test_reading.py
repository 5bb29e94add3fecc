"""Recordings of every kind are as long as they are, begin where they begin, and say in words why they can't be read."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from tagma.errors import ImportFailed
from tagma_audio import decoding
from tagma_audio.data_type import Audio

RATE = 44_100
LENGTH = RATE * 5 + 123
Samples = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def samples() -> Samples:
    """Noise in which any place can be told from any other."""
    return (np.random.default_rng(1).normal(size=LENGTH) * 4000).astype(np.int16)


@pytest.fixture
def encode(tmp_path: Path, samples: Samples) -> Callable[..., Path]:
    def made(name: str, codec: str, rate: int = RATE, **options: str) -> Path:
        with av.open(str(tmp_path / name), "w") as container:
            stream: Any = container.add_stream(codec, rate=rate, options=options)
            stream.layout = "mono"
            resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
            frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            fifo, at = av.AudioFifo(), 0
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                part.pts = None
                fifo.write(part)
            while (part := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
                part.pts, part.time_base = at, Fraction(1, rate)
                at += part.samples
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
        return tmp_path / name

    return made


def read(file: Path) -> Samples:
    return np.concatenate(list(decoding.blocks(file)))


def lag(found: Samples, wanted: Samples) -> int:
    """How many samples too late a stretch in the middle stands."""
    at, reach = len(wanted) // 2, 3000
    part = wanted[at : at + 4096].astype(float)
    near = found[at - reach : at + 4096 + reach, 0].astype(float)
    return int(np.correlate(near, part, "valid").argmax()) - reach


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("vbr.mp3", "libmp3lame", {"q": "4"}),
        ("cbr.mp3", "libmp3lame", {"b": "64000"}),
        ("lossy.m4a", "aac", {}),
        ("lossless.m4a", "alac", {}),
        ("sound.mka", "flac", {}),
    ],
)
def test_what_an_encoder_put_around_the_sound_is_not_counted(
    encode: Callable[..., Path], samples: Samples, name: str, codec: str, options: dict[str, str]
) -> None:
    file = encode(name, codec, **options)
    found = read(file)
    assert len(found) == LENGTH
    assert lag(found, samples) == 0
    assert not decoding.describe(file).exact


@pytest.mark.parametrize("name", ["voice.opus", "voice.mka"])
def test_opus_is_as_long_as_it_was(encode: Callable[..., Path], samples: Samples, name: str) -> None:
    file = encode(name, "libopus", 48_000)
    found = read(file)
    assert abs(len(found) - LENGTH * 48_000 / RATE) < 3
    wanted = np.interp(np.arange(len(found)) * RATE / 48_000, np.arange(LENGTH), samples)
    assert abs(lag(found, wanted)) <= 1


def test_raw_aac_is_what_the_decoder_gives(encode: Callable[..., Path]) -> None:
    """ADTS says nothing of delay or length: the reference is the decoder itself."""
    file = encode("raw.aac", "aac")
    with av.open(str(file)) as container:
        wanted = sum(frame.samples for frame in container.decode(audio=0))
    assert len(read(file)) == wanted


def vorbis(folder: Path, samples: Samples) -> bytes:
    soundfile.write(folder / "v.ogg", samples, RATE, format="OGG", subtype="VORBIS")
    return (folder / "v.ogg").read_bytes()


def moved(body: bytes, by: int = 0, serial: int | None = None) -> bytes:
    """Every page's place in the stream moved, its check sum made anew."""
    at, out = 0, b""
    while at < len(body):
        segments = body[at + 26]
        end = at + 27 + segments + sum(body[at + 27 : at + 27 + segments])
        page = bytearray(body[at:end])
        (place,) = struct.unpack("<q", page[6:14])
        page[6:14] = struct.pack("<q", place + by if place > 0 else place)
        page[14:18] = page[14:18] if serial is None else struct.pack("<I", serial)
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", checksum(page))
        out, at = out + bytes(page), end
    return out


def divided(byte: int) -> int:
    rest = byte << 24
    for _ in range(8):
        rest = (rest << 1 ^ 0x04C11DB7 if rest & 0x80000000 else rest << 1) & 0xFFFFFFFF
    return rest


TABLE = [divided(byte) for byte in range(256)]


def checksum(page: bytearray) -> int:
    rest = 0
    for byte in page:
        rest = (rest << 8 & 0xFFFFFFFF) ^ TABLE[rest >> 24 ^ byte]
    return rest


def test_an_ogg_that_was_cut_out_of_a_stream_begins_at_its_first_sample(
    tmp_path: Path, samples: Samples
) -> None:
    plain = vorbis(tmp_path, samples)
    assert decoding.describe(tmp_path / "v.ogg").exact
    late = tmp_path / "late.ogg"
    late.write_bytes(moved(plain, 1_000_001))
    found = read(late)
    assert len(found) == LENGTH
    assert lag(found, samples) == 0
    assert not decoding.describe(late).exact


def test_streams_one_after_the_other_are_one_recording(tmp_path: Path, samples: Samples) -> None:
    plain = vorbis(tmp_path, samples)
    chain = tmp_path / "chain.ogg"
    chain.write_bytes(plain + moved(plain, serial=77))
    assert abs(len(read(chain)) - 2 * LENGTH) < 1024  # what overlaps at the seam is the decoder's business
    assert not decoding.describe(chain).exact


@pytest.mark.parametrize(
    ("format", "subtype", "exact"),
    [
        ("WAV", "PCM_24", True),
        ("WAV", "FLOAT", True),
        ("WAV", "DOUBLE", False),
        ("WAV", "IMA_ADPCM", False),
        ("RF64", "PCM_16", False),
        ("W64", "PCM_16", False),
        ("AIFF", "PCM_16", False),
        ("FLAC", "PCM_24", True),
    ],
)
def test_bits_and_large_heads_keep_their_loudness(
    tmp_path: Path, samples: Samples, format: str, subtype: str, exact: bool
) -> None:
    file = tmp_path / f"sound.{format.lower()}"
    soundfile.write(file, samples / 32768, RATE, format=format, subtype=subtype)
    found = read(file)[:LENGTH, 0].astype(int)
    assert np.abs(found - samples).mean() < (1000 if subtype == "IMA_ADPCM" else 1.1)
    assert decoding.describe(file).exact is exact


@pytest.mark.parametrize(("channels", "format"), [(8, "WAV"), (8, "W64"), (16, "W64")])
def test_many_channels_at_a_high_rate_have_a_copy_and_peaks(
    tmp_path: Path, channels: int, format: str
) -> None:
    file = tmp_path / f"wide.{format.lower()}"
    wide = np.random.default_rng(2).normal(size=(20_000, channels)) * 0.1
    soundfile.write(file, wide, 96_000, format=format, subtype="PCM_24")
    for kind in ("sound", "peaks"):
        Audio().derive(file, kind, {}, tmp_path / kind, lambda part: None)
    copy = soundfile.info(tmp_path / "sound")
    assert (copy.frames, copy.channels, copy.samplerate) == (20_000, channels, 96_000)
    body = (tmp_path / "peaks").read_bytes()
    assert json.loads(body[4 : 4 + struct.unpack("<I", body[:4])[0]])["channels"] == channels


@pytest.mark.parametrize("name", ["cut.wav", "cut.flac", "cut.mp3", "cut.ogg"])
def test_what_is_there_of_a_file_that_breaks_off_is_read(
    tmp_path: Path, samples: Samples, encode: Callable[..., Path], name: str
) -> None:
    file = tmp_path / name
    if name.endswith("mp3"):
        encode(name, "libmp3lame")
    else:
        soundfile.write(file, samples, RATE, format=name[4:].upper())
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert 0.4 * LENGTH < len(read(file)) < 0.6 * LENGTH


def test_damage_in_the_middle_costs_only_what_is_damaged(tmp_path: Path, samples: Samples) -> None:
    file = tmp_path / "hole.flac"
    soundfile.write(file, samples, RATE)
    body = bytearray(file.read_bytes())
    body[100_000:102_000] = bytes(2000)
    file.write_bytes(body)
    found = read(file)
    assert abs(len(found) - LENGTH) < 10_000
    assert (found[-2000:, 0] == samples[-2000:]).all()


def film(file: Path) -> Path:
    with av.open(str(file), "w", format="mp4") as container:
        stream: Any = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file


def wav(file: Path, samples: Samples, **changed: Any) -> Path:
    soundfile.write(file, samples, RATE)
    body = bytearray(file.read_bytes())
    for at, put in changed.get("put", ()):
        body[at : at + len(put)] = put
    file.write_bytes(body[: changed.get("length")])
    return file


def test_each_file_that_is_no_sound_says_what_it_is_and_what_to_do(
    tmp_path: Path, samples: Samples, encode: Callable[..., Path]
) -> None:
    def said(file: Path) -> str:
        with pytest.raises(ImportFailed) as caught:
            Audio().probe(file)
        assert caught.value.hint
        return caught.value.message

    assert "mute.m4a has no sound track. It holds a picture track (mpeg4)" in said(
        film(tmp_path / "mute.m4a")
    )
    (tmp_path / "empty.wav").touch()
    assert "empty.wav is empty" in said(tmp_path / "empty.wav")
    (tmp_path / "words.mp3").write_text("these are words\n" * 100)
    assert "words.mp3 is no sound" in said(tmp_path / "words.mp3")
    assert "WAV format 0x1234" in said(wav(tmp_path / "odd.wav", samples, put=[(20, b"\x34\x12")]))
    assert "head.wav is no sound" in said(wav(tmp_path / "head.wav", samples, length=30))
    body = encode("odd.m4a", "aac").read_bytes()
    at = body.rfind(b"stsd") + 16
    odd = bytearray(body)
    odd[at : at + 4] = b"zz9z"
    odd = odd.replace(b"esds", b"zzzz")
    (tmp_path / "odd.m4a").write_bytes(odd)
    assert "(zz9z)" in said(tmp_path / "odd.m4a")


def test_a_wrong_suffix_does_no_harm(tmp_path: Path, samples: Samples, encode: Callable[..., Path]) -> None:
    file = encode("right.mp3", "libmp3lame").rename(tmp_path / "wrong.wav")
    assert Audio().probe(file)["format"] == "MPEG_LAYER_III"
    assert len(read(file)) == LENGTH


def test_a_recording_under_way_is_read_as_far_as_it_goes(tmp_path: Path, samples: Samples) -> None:
    """Its head holds no length yet."""
    unknown = wav(tmp_path / "live.wav", samples, put=[(4, b"\xff" * 4), (40, b"\xff" * 4)])
    assert len(read(unknown)) == LENGTH
    nothing = wav(tmp_path / "none.wav", samples, put=[(4, bytes(4)), (40, bytes(4))])
    with pytest.raises(ImportFailed) as caught:
        Audio().derive(nothing, "peaks", {}, tmp_path / "out", lambda part: None)
    assert "still being recorded" in caught.value.hint
