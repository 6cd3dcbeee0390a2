"""A picture's file -> its pixels: upright, in color, or an error that says what to do."""

import warnings
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from recognizer.drawings.gate import LONGEST, MOST_PIXELS
from recognizer.drawings.ink import paper_under
from recognizer.errors import PictureError

MEGABYTES = 20  # of a file; .streamlit/config.toml lets no larger one in
MEGAPIXELS = MOST_PIXELS // 10**6  # of a picture
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")  # of the names of such files
SIGNATURES = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF"}
SCANS = 500  # of a JPEG; a camera makes 10 at most, and each takes the time of a whole picture
SAMPLE = 1000  # pixels, the longer way, by which the paper of a transparent picture is chosen

# What brings a picture upright that was taken with the camera turned, as EXIF numbers it.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

BROKEN = "The picture is broken or incomplete. Copy or save it again, and choose the new file."


def read_picture(content: bytes) -> NDArray[np.uint8]:
    """Decode a PNG, JPEG or WebP file.

    Args:
        content: The whole file.

    Returns:
        (height, width, 3) uint8 RGB, upright as EXIF says, at most 24 megapixels and 20,000 a
        side. A transparent picture is put on paper that its ink stands out on.

    Raises:
        PictureError: The file is empty, no such picture, broken, animated or too large. Nothing
            else is raised, whatever the bytes.
    """
    kind = _kind(content)
    with warnings.catch_warnings():  # of what is odd in a file, but does no harm
        warnings.simplefilter("ignore")
        try:
            with Image.open(BytesIO(content), formats=[kind]) as image:
                _refuse(image, kind, content)  # by the header alone: nothing is decoded yet
                return _pixels(image)
        except PictureError:
            raise
        except Image.DecompressionBombError as error:
            raise PictureError(_too_many("far too many pixels")) from error
        except Exception as error:  # Pillow raises errors of any kind where a file is malformed
            raise PictureError(BROKEN) from error


def _kind(content: bytes) -> str:
    """What the file is, by its first bytes, whatever its name says."""
    if not content:
        raise PictureError("The file is empty. Choose another one.")
    if len(content) > MEGABYTES * 2**20:
        raise PictureError(
            f"The file has {len(content) / 2**20:,.1f} MB; at most {MEGABYTES} MB can be read. "
            "Save the picture smaller, or as JPEG."
        )
    for kind, signature in SIGNATURES.items():
        if content.startswith(signature) and (kind != "WEBP" or content[8:12] == b"WEBP"):
            return kind
    raise PictureError(
        "This is not a PNG, JPEG or WebP picture. Save it as one of these, and choose the new file."
    )


def _refuse(image: Image.Image, kind: str, content: bytes) -> None:
    """Raise a PictureError for a picture that is too large, or animated."""
    if round(image.width * image.height / 1e6) > MEGAPIXELS or max(image.size) > LONGEST:
        raise PictureError(_too_many(f"{image.width:,} × {image.height:,} pixels"))
    if kind == "JPEG" and content.count(b"\xff\xda") > SCANS:
        raise PictureError(BROKEN)
    # Phones put a preview or a map of brightness into a JPEG, as a second frame.
    if kind != "JPEG" and getattr(image, "is_animated", False):
        raise PictureError("The picture is animated. Save one frame as PNG, and choose that file.")


def _too_many(size: str) -> str:
    return (
        f"The picture has {size}; at most {MEGAPIXELS} megapixels can be read, and {LONGEST:,} "
        "pixels in a row. Save it smaller, or only the part with the numbers."
    )


def _pixels(image: Image.Image) -> NDArray[np.uint8]:
    image.load()
    turn = TURNS.get(_orientation(image))
    colors = _in_color(image)
    if colors.width * colors.height > MEGAPIXELS * 1e6:  # by the few that cameras add
        scale = (MEGAPIXELS * 1e6 / (colors.width * colors.height)) ** 0.5
        size = (max(int(colors.width * scale), 1), max(int(colors.height * scale), 1))
        colors = colors.resize(size, Image.Resampling.BILINEAR)
    return np.array(colors if turn is None else colors.transpose(turn))


def _orientation(image: Image.Image) -> Any:
    """How the camera was turned, as EXIF numbers it; 1 where EXIF does not say, or is broken."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # the picture is no worse for it
        return 1


def _in_color(image: Image.Image) -> Image.Image:
    """Convert to RGB, whatever the file holds: gray, 16 bits, a palette, CMYK, transparency."""
    if image.mode.startswith("I"):  # gray of 16 bits, of which `convert` might cut the upper half
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    colors = image if image.mode == "RGBA" else image.convert("RGBA")
    step = -(-max(colors.size) // SAMPLE)
    paper = paper_under(np.asarray(colors)[::step, ::step])
    behind = Image.new("RGB", colors.size, (paper, paper, paper))
    behind.paste(colors, mask=colors)
    return behind
