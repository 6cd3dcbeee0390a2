"""Whether a drawing is more than one digit: groups of strokes with paper between them."""

from collections.abc import Sequence

from recognizer.drawings.arrays import Points

# Chosen on the validation drawings, none of whose digits falls into two groups.
GAP = 0.1  # of the drawing's height: what is closer belongs together, such as the parts of a 5
TALL = 0.5  # of the drawing's height: what is lower is a dot or a dash, not a digit


def count_groups(strokes: Sequence[Points], pen_width: float) -> int:
    """How many groups of strokes stand side by side, each about as tall as the drawing.

    Args:
        strokes: Each (n, 2) in pixels, y down, n >= 1.
        pen_width: In pixels; where the ink of two strokes touches, they are one group.
    """
    if not strokes:
        return 0
    boxes = sorted((*stroke.min(axis=0), *stroke.max(axis=0)) for stroke in strokes)
    height = max(bottom for *_, bottom in boxes) - min(top for _, top, *_ in boxes)
    gap = max(GAP * height, pen_width)
    groups = [list(boxes[0])]
    for left, top, right, bottom in boxes[1:]:
        last = groups[-1]
        if left - last[2] < gap:
            last[1:] = min(last[1], top), max(last[2], right), max(last[3], bottom)
        else:
            groups.append([left, top, right, bottom])
    return sum(bottom - top >= TALL * height for _, top, _, bottom in groups)
