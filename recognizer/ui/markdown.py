"""Text of other origin, in Markdown."""

import re

INVISIBLE = r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+"


def plain(text: str) -> str:
    """Text in one line in which no character means anything to Markdown, not even an address."""
    line = re.sub(INVISIBLE, " ", text)
    escaped = re.sub(r"([\\`*_\[\]$<>~|#:&@])", r"\\\1", line)
    return re.sub(r"(?i)www\.", lambda found: f"{found[0][:-1]}\\.", escaped)
