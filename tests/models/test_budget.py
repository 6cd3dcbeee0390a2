"""No drawing costs more than a second or 300 MB, however it is made and whatever it shows."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.worst_drawings import Make, cases, costs, strokes
from recognizer import Drawing, Recognizer
from recognizer.drawings.opencv import WORKING, shrunk
from recognizer.models import numbers
from recognizer.models.evaluation import Network
from recognizer.models.lattice import BUDGET

SECONDS, MEGABYTES = 1.0, 300
BUSY = 2  # times as long, where other processes take the cores' caches


@pytest.mark.slow
def test_the_worst_drawings_take_less_than_a_second(recognizer: Recognizer) -> None:
    too_dear = []
    for name, make in cases():
        for way, cost in costs(make, recognizer).items():
            if cost.seconds > BUSY * SECONDS or cost.megabytes > MEGABYTES:
                too_dear.append((name, way, cost))
    assert not too_dear


def counting(count: Callable[[int], None]) -> Recognizer:
    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        count(len(images))
        return np.full((len(images), 10), 0.1, dtype=np.float32)

    read: Network = network
    return Recognizer("counting", read)


def ones(rows: int, columns: int) -> Make:
    """A picture that is full of ones."""
    place = np.zeros((60, 80), np.uint8)
    place[10:50, 37:43] = 255
    return partial(Drawing.from_image, np.tile(place, (rows, columns)))


CROWDED = dict(strokes()) | {"ones": ones(15, 16), "more ones": ones(30, 30)}


@pytest.mark.parametrize("make", CROWDED.values(), ids=CROWDED)
def test_the_images_that_are_read_are_counted(make: Make) -> None:
    """Each part once, and no more than the budget with others."""
    read: list[int] = []
    counting(read.append).read_number(make())
    assert 0 < sum(read) <= BUDGET + numbers.MOST


def test_a_page_of_digits_is_read_in_full(recognizer: Recognizer) -> None:
    assert recognizer.read_number(ones(10, 20)()).text == "1" * 200


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_large_pictures_are_reduced_by_a_whole_number(channels: tuple[int, ...]) -> None:
    picture = np.zeros((3003, 4001, *channels), np.uint8)
    picture[300:600, 900:1200] = 240
    small, by = shrunk(picture, WORKING)
    assert by == 2
    assert small.shape == (1501, 2000, *channels)
    assert (small[152:298, 452:598] == 240).all()
    assert not small[:148].any()


def test_what_is_transparent_gives_no_color_to_what_is_not() -> None:
    picture = np.zeros((3000, 4000, 4), np.uint8)
    picture[301:600, 900:1200] = (200, 40, 40, 255)
    small, _ = shrunk(picture, WORKING)
    assert small[150, 500].tolist() == [200, 40, 40, 128]


def test_boxes_of_a_reduced_picture_are_in_its_own_pixels(recognizer: Recognizer) -> None:
    picture = np.full((3000, 4000), 255, np.uint8)
    picture[1000:2000, 3000:3100] = 0
    number = recognizer.read_number(Drawing.from_image(picture))
    assert number.text == "1"
    assert number.digits[0].box == pytest.approx((3000, 1000, 100, 1000), abs=4)
