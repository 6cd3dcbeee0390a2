"""Text of other origin: from the address, a file or another visitor. It is shown as it is.

Whatever such text says, a page shows it in one line, with nothing of it taken for Markdown: no
heading, link or picture that looks like the app's own.
"""

import re

LONGEST = 500  # characters of a message or a reason that are shown
SHORT = 80  # characters of a name, or of what is in the address
JOINERS = "\u200c\u200d"  # that Persian, Hindi and emoji are written with
JOINER = "\u2060"  # invisible; nothing is found across it


def one_line(text: object, longest: int = LONGEST) -> str:
    """The text in a line that any browser can show: shortened, and without control characters.

    Line breaks, marks that change the direction of writing, and halves of characters become spaces.
    """
    start = str(text)[: 4 * longest]
    seen = "".join(each if each.isprintable() or each in JOINERS else " " for each in start)
    words = " ".join(seen.split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def plain(text: object, longest: int = LONGEST) -> str:
    """Text in which no character means anything to Markdown, in one line."""
    line = re.sub(r"([\\`*_\[\]$<>~|#:&])", r"\\\1", one_line(text, longest))
    line = re.sub(r"^(\d*)([-+=.)])", r"\1\\\2", line)  # a list, or a line below a heading
    # Streamlit looks for addresses and icons once more when nothing is escaped any longer.
    found = r"(?<=:)(?=//|[\w+-]+\\:|material/)|(?<=\bwww)(?=\.)|(?=@)"
    return re.sub(found, JOINER, line, flags=re.IGNORECASE)


def code(text: object, longest: int = SHORT) -> str:
    """Text of other origin as Markdown's inline code."""
    return f"`{one_line(str(text).replace('`', ' '), longest) or ' '}`"
