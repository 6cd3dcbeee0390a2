"""Every kind of input gives the same drawings, in shards of any size."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer import Drawing
from recognizer.batch import records
from recognizer.batch.inputs import open_input
from recognizer.batch.parquet_input import flat_strokes
from recognizer.batch.records import drawing_of
from recognizer.drawings.picture_files import read_picture
from recognizer.errors import DatasetError
from tests.batch.samples import (
    all_found,
    line,
    picture,
    some_drawings,
    write_lines,
    write_npz,
    write_parquet,
    write_pictures,
)

DRAWN = some_drawings(23)
POINTS = [[s.tolist() for s in drawing] for drawing in DRAWN]
NAMED = [[[{"x": x, "y": y} for x, y in s] for s in drawing] for drawing in POINTS]
BY_SIDES = [[{"x": s[:, 0], "y": s[:, 1]} for s in drawing] for drawing in DRAWN]
IDS = [f"drawing {number}" for number in range(len(DRAWN))]
PAIRS = pa.list_(pa.list_(pa.list_(pa.float32(), 2)))


def lines(ids: bool = True) -> list[str]:
    return [
        line(each, **({"key_id": id} if ids else {})) for each, id in zip(DRAWN, IDS, strict=True)
    ]


WRITERS: dict[str, Callable[[Path], Path]] = {
    "drawings.npz": lambda path: write_npz(path, DRAWN),
    "drawings.ndjson": lambda path: write_lines(path, lines()),
    "drawings.ndjson.gz": lambda path: write_lines(path, lines(ids=False)),
    "points.parquet": lambda path: write_parquet(path, id=IDS, strokes=POINTS),
    "pairs.parquet": lambda path: write_parquet(path, a=range(23), s=pa.array(POINTS, PAIRS)),
    "named.parquet": lambda path: write_parquet(path, key_id=range(23), drawing=NAMED),
    "sides.parquet": lambda path: write_parquet(path, drawing=BY_SIDES),
}


@pytest.mark.parametrize("name", WRITERS)
def test_strokes_are_found_in_shards_of_any_size(tmp_path: Path, name: str) -> None:
    path = WRITERS[name](tmp_path / name)
    for size in (1, 5, 23, 100):
        found = all_found(path, size)
        ids = [each.id for each in found]
        assert ids in (IDS, [str(number) for number in range(23)])
        for each, strokes in zip(found, DRAWN, strict=True):
            assert each.drawing is not None
            for ours, theirs in zip(each.drawing.strokes, drawing_of(strokes).strokes, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert open_input(path).total() == 23


def as_photo(content: bytes) -> Drawing:
    return Drawing.from_photo(read_picture(content))


def as_image(content: bytes) -> Drawing:
    return Drawing.from_image(read_picture(content))


def test_pictures_of_a_folder_are_photographs_unless_told_otherwise(tmp_path: Path) -> None:
    write_pictures(tmp_path, DRAWN[:5])
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_text("not seen")
    names = ["0/0000.png", "0/0003.png", "1/0001.png", "1/0004.png", "2/0002.png"]
    for photos, made in ((None, as_photo), (True, as_photo), (False, as_image)):
        found = all_found(tmp_path, 2, photos)
        assert [each.id for each in found] == names
        for each in found:
            assert each.drawing is not None
            expected = made((tmp_path / each.id).read_bytes())
            np.testing.assert_array_equal(each.drawing.ink, expected.ink)


@pytest.mark.parametrize("struct", [False, True])
def test_pictures_in_parquet_are_clean_unless_told_otherwise(tmp_path: Path, struct: bool) -> None:
    contents = [picture(each) for each in DRAWN[:4]]
    files: list[Any] = [{"bytes": each, "path": None} for each in contents]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "b"):
        write_parquet(
            folder / f"{name}.parquet", image=files if struct else contents, label=[1] * 4
        )
    (folder / "_other.parquet").write_text("what Spark leaves out")
    for photos, made in ((None, as_image), (True, as_photo)):
        found = all_found(folder, 3, photos)
        assert [each.id for each in found] == [str(number) for number in range(8)]
        for each, content in zip(found, contents * 2, strict=True):
            assert each.drawing is not None
            np.testing.assert_array_equal(each.drawing.ink, made(content).ink)


@pytest.mark.parametrize("name", ["images", "x_test"])
def test_images_of_an_npz_are_clean(tmp_path: Path, name: str) -> None:
    images = np.stack([read_picture(picture(each))[..., 0] for each in DRAWN[:4]])
    arrays: dict[str, Any] = {name: images, "y_test": np.arange(4)}
    np.savez(tmp_path / "images.npz", **arrays)
    found = all_found(tmp_path / "images.npz", 3)
    for each, image in zip(found, images, strict=True):
        assert each.drawing is not None
        np.testing.assert_array_equal(each.drawing.ink, Drawing.from_image(image).ink)


points = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
drawings = st.lists(st.lists(st.lists(points, min_size=1, max_size=4), max_size=3), max_size=12)


@given(drawings, st.integers(1, 5), st.integers(8, 200), st.booleans())
def test_a_shard_is_limited_in_bytes_too(
    tmp_path_factory: pytest.TempPathFactory,
    some: list[list[list[tuple[int, int]]]],
    size: int,
    room: int,
    packed: bool,
) -> None:
    path = tmp_path_factory.mktemp("drawings") / "drawings.npz"
    dataset: Any = pack_of([[np.array(s, dtype=float) for s in each] for each in some])
    (np.savez_compressed if packed else np.savez)(path, **dataset)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recognizer.batch.npz_input.SHARD_BYTES", room)
        loaded: list[Any] = [shard.load() for shard in open_input(path).shards(size)]
    again = [each.strokes(i) for each in loaded for i in range(len(each))]
    assert [[s.tolist() for s in each] for each in again] == [
        [[list(p) for p in s] for s in each] for each in some
    ]
    for each in loaded:
        assert len(each) == 1 or each.xy.nbytes <= room


def pack_of(some: list[list[Any]]) -> dict[str, Any]:
    """Flat arrays of drawings, with empty ones among them."""
    strokes = [stroke for drawing in some for stroke in drawing]
    return {
        "xy": np.concatenate([np.zeros((0, 2)), *strokes]).astype(np.float32),
        "stroke_offsets": np.cumsum([0, *map(len, strokes)]),
        "drawing_offsets": np.cumsum([0, *map(len, some)]),
    }


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_runs_are_as_long_as_they_may_be(sizes: list[int], most: int) -> None:
    runs = list(records.split(np.array(sizes, dtype=np.int64), most))
    assert [n for run in runs for n in sizes[run]] == sizes
    for run, following in pairwise(runs):
        assert sum(sizes[run]) <= most or run.stop - run.start == 1
        assert sum(sizes[run]) + sizes[following.start] > most


def test_lines_of_a_shard_are_limited_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognizer.batch.lines_input.SHARD_BYTES", 2000)
    path = write_lines(tmp_path / "drawings.ndjson", lines())
    sizes = [len(shard.load()) for shard in open_input(path).shards(100)]
    assert sum(sizes) == 23
    assert max(sizes) < 15


def test_the_number_of_lines_is_estimated(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "drawings.ndjson", [line(each) for each in DRAWN * 200])
    total = open_input(path).total()
    assert total is not None
    assert 4400 < total < 4800


def test_clean_strokes_of_parquet_are_taken_at_once(tmp_path: Path) -> None:
    """One by one would take longer than to read them."""
    for name in ("points", "pairs", "named"):
        path = WRITERS[f"{name}.parquet"](tmp_path / f"{name}.parquet")
        table = pq.read_table(path).combine_chunks()
        column = next(c for c in table.columns if pa.types.is_list(c.type)).chunk(0)
        assert flat_strokes(column[3:]) is not None
    ragged = pa.array([[[[1.0, 2.0], [3.0]]]])
    assert flat_strokes(ragged) is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("drawings.txt", b"1 2 3", "of no kind that can be read"),
        ("drawings.npz", b"PK nothing", "truncated or damaged"),
        ("drawings.npz", b"", "truncated or damaged"),
        ("drawings.parquet", b"PAR1", "is no Parquet file"),
        ("drawings.ndjson.gz", b"not gzip", "damaged"),
    ],
)
def test_an_input_that_cannot_be_read_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=reason):
        all_found(tmp_path / name)


def test_other_inputs_are_refused_with_what_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no file or folder"):
        open_input(tmp_path / "nowhere.npz")
    for path in (tmp_path, tmp_path / "drawings.csv"):
        path.touch()
        with pytest.raises(
            DatasetError, match=r"Give one of these:\n(?s:.*)ndjson(?s:.*)Parquet|parquet"
        ):
            open_input(path)
    np.savez(tmp_path / "other.npz", numbers=np.arange(3))
    with pytest.raises(DatasetError, match="neither drawings"):
        open_input(tmp_path / "other.npz").total()
    write_parquet(tmp_path / "other.parquet", numbers=[1, 2])
    with pytest.raises(DatasetError, match="no column of strokes"):
        open_input(tmp_path / "other.parquet")


def test_a_damaged_npz_ends_at_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "drawings.npz"
    good = pack_of([list(each) for each in DRAWN])
    for change, reason in (
        ({"stroke_offsets": good["stroke_offsets"][::-1]}, "does not begin with 0"),
        ({"xy": good["xy"][:-20]}, "ends too early"),
        ({"xy": good["xy"].astype("U4")}, "not .* of numbers"),
        ({"drawing_offsets": np.array([0, 5, 3])}, "decreases"),
        ({"drawing_offsets": np.zeros(0, int)}, "does not begin"),
        ({"xy": np.asfortranarray(good["xy"])}, "row by row"),
    ):
        np.savez(path, **good | change)
        with pytest.raises(DatasetError, match=reason):
            all_found(path, 5)
