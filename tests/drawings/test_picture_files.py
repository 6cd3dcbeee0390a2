"""Files of pictures decoded: every kind of pixels, and whatever else may be uploaded."""

import struct
import tomllib
import warnings
import zlib
from contextlib import nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFile

from recognizer.drawings import picture_files
from recognizer.drawings.picture_files import MEGABYTES, read_picture
from recognizer.errors import PictureError
from tests.picture_files import digit, encoded, turned

ROOT = Path(__file__).resolve().parents[2]
GRAY = digit(5)[::4, ::4]  # (70, 70)
RGB = np.dstack([GRAY // 2 + 100, GRAY, GRAY])
FRAMES = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
WHOLE = {
    "PNG": encoded(RGB),
    "JPEG": encoded(RGB, "JPEG", exif=turned(6)),
    "WEBP": encoded(RGB, "WEBP", exif=turned(6)),
    "APNG": encoded(FRAMES[0], save_all=True, append_images=FRAMES[1:]),
}


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int = 8, color: int = 2, data: bytes = b"") -> bytes:
    """A PNG file as it says of itself, whatever its pixels are."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return picture_files.SIGNATURES["PNG"] + head + body


def looks_like(content: bytes, expected: NDArray[np.uint8], most: float = 0) -> None:
    """Whether a file shows this picture, but for what compression changes on average."""
    pixels = read_picture(content)
    assert pixels.dtype == np.uint8
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() <= most


@pytest.mark.parametrize(("kind", "most"), [("PNG", 0), ("JPEG", 6), ("WEBP", 6)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(kind: str, most: float, orientation: int) -> None:
    stored = {
        1: RGB,
        2: RGB[:, ::-1],
        3: RGB[::-1, ::-1],
        4: RGB[::-1],
        5: RGB.transpose(1, 0, 2),
        6: np.rot90(RGB),
        7: RGB[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(RGB, -1),
    }[orientation]
    looks_like(encoded(np.ascontiguousarray(stored), kind, exif=turned(orientation)), RGB, most)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_kind_of_png(mode: str) -> None:
    looks_like(
        encoded(Image.fromarray(GRAY).convert(mode, dither=Image.Dither.NONE)), bits_of(mode)
    )


def bits_of(mode: str) -> NDArray[np.uint8]:
    gray = np.where(GRAY > 127, 255, 0).astype(np.uint8) if mode == "1" else GRAY
    return np.dstack([gray] * 3)


def test_sixteen_bits_keep_the_upper_eight() -> None:
    deep = GRAY.astype(np.uint16) * 257
    looks_like(encoded(deep), np.dstack([GRAY] * 3))
    rows = np.dstack([deep] * 3).astype(">u2").reshape(70, -1).view(np.uint8)
    data = np.pad(rows, ((0, 0), (1, 0))).tobytes()  # each row begins with its filter
    looks_like(png(70, 70, depth=16, data=data), np.dstack([GRAY] * 3))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_every_kind_of_jpeg(mode: str) -> None:
    looks_like(encoded(Image.fromarray(GRAY).convert(mode), "JPEG"), np.dstack([GRAY] * 3), 6)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_ink_on_nothing_is_put_on_paper(kind: str, ink: int, paper: int) -> None:
    pixels = np.dstack([*[np.full_like(GRAY, ink)] * 3, 255 - GRAY])
    expected = np.dstack([GRAY if paper else 255 - GRAY] * 3)
    looks_like(encoded(pixels, kind, lossless=True), expected)


def test_a_palette_may_be_transparent() -> None:
    picture = Image.fromarray(np.where(GRAY > 127, 0, 1).astype(np.uint8), "P")
    picture.putpalette([255, 0, 0, 0, 0, 0])
    pixels = read_picture(encoded(picture, transparency=0))
    assert set(np.unique(pixels)) == {0, 255}
    assert (pixels[GRAY > 127] == 255).all()


def test_nothing_at_all_is_paper() -> None:
    assert (read_picture(encoded(np.zeros((9, 9, 4), np.uint8))) == 255).all()


def test_a_second_frame_in_a_phones_jpeg_is_no_animation() -> None:
    content = encoded(FRAMES[0], "MPO", save_all=True, append_images=FRAMES[1:])
    looks_like(content, RGB, 6)


def test_a_camera_of_24_megapixels_may_have_a_few_more() -> None:
    pixels = read_picture(encoded(Image.new("L", (5712, 4284), 200)))
    assert pixels.shape == (4242, 5656, 3)
    assert pixels.shape[0] * pixels.shape[1] <= 24_000_000
    assert (pixels == 200).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (bytes(MEGABYTES * 2**20 + 1), "at most 20 MB"),
        (b"GIF89a" + bytes(99), "not a PNG, JPEG or WebP"),
        (b"RIFF\0\0\0\0WAVE" + bytes(99), "not a PNG, JPEG or WebP"),
        (WHOLE["PNG"][:-40], "broken"),
        (WHOLE["JPEG"][:-40], "broken"),
        (WHOLE["WEBP"][:-40], "broken"),
        (WHOLE["PNG"][:20], "broken"),
        (png(0, 10), "broken"),
        (png(5000, 5000), "5,000 × 5,000 pixels; at most 24 megapixels"),
        (png(24_000_000, 1), "20,000 pixels in a row"),
        (png(1, 20_001), "20,000 pixels in a row"),
        (png(60_000, 60_000), "at most 24 megapixels"),
        (encoded(Image.new("L", (9000, 9000)), "WEBP", method=0), "at most 24 megapixels"),
        (WHOLE["APNG"], "Save one frame"),
        (encoded(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]), "Save one frame"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        read_picture(content)


@pytest.mark.parametrize("content", [png(5000, 5000), WHOLE["APNG"]])
def test_what_is_refused_is_not_decoded(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(PictureError):
        read_picture(content)


@pytest.mark.parametrize(("times", "refused"), [(9, False), (picture_files.SCANS, True)])
def test_a_jpeg_cannot_have_its_pixels_decoded_again_and_again(times: int, refused: bool) -> None:
    content = encoded(RGB, "JPEG", progressive=True)
    end = len(content) - 2
    last_scan = content[content.rfind(b"\xff\xda") : end]
    longer = content[:end] + last_scan * times + content[end:]
    with pytest.raises(PictureError) if refused else nullcontext():
        assert read_picture(longer).shape == RGB.shape


def test_broken_exif_leaves_the_picture_as_it_is() -> None:
    exif = turned(6).tobytes()
    looks_like(encoded(RGB, "JPEG", exif=exif[:12] + b"\xff" * 12), RGB, 6)


@given(st.binary())
@example(b"\x89PNG\r\n\x1a\n")
@example(b"\xff\xd8\xff")
@example(b"RIFF\xff\xff\xff\xffWEBPVP8X")
def test_any_bytes_are_refused(content: bytes) -> None:
    for signature in (b"", *picture_files.SIGNATURES.values(), b"RIFF\0\0\0\0WEBPVP8 "):
        with pytest.raises(PictureError):
            read_picture(signature + content)


@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6))),
    st.floats(0, 1),
)
def test_a_damaged_file_is_read_or_refused(
    kind: str, changes: list[tuple[float, bytes]], kept: float
) -> None:
    content = bytearray(WHOLE[kind])
    for place, new in changes:
        at = int(place * len(content))
        content[at : at + len(new)] = new
    with warnings.catch_warnings(), suppress(PictureError):
        warnings.simplefilter("error")
        pixels = read_picture(bytes(content[: round(kept * len(content))]))
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3


def test_the_server_lets_in_what_can_be_read() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] == MEGABYTES
