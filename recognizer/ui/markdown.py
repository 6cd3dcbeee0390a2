"""Text of other origin, in Markdown."""

import re


def plain(text: str) -> str:
    """Text in which no character means anything to Markdown."""
    return re.sub(r"([\\`*_\[\]$<>~|#:])", r"\\\1", text)
