"""Text of other origin, in Markdown."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from recognizer.ui.markdown import JOINER, JOINERS, LONGEST, SHORT, code, one_line, plain

ANYTHING = some.text(some.characters(categories=None), max_size=2 * LONGEST)  # halves, too


@given(ANYTHING)
def test_anything_becomes_one_line_that_can_be_sent(text: str) -> None:
    line = one_line(text)
    line.encode()
    assert len(line) <= LONGEST
    assert all(each.isprintable() or each in JOINERS for each in line)


@given(ANYTHING)
def test_nothing_means_anything_to_markdown_and_nothing_is_lost(text: str) -> None:
    written = plain(text)
    assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]$<>~|#:&]", written)
    assert not re.match(r"[-+=]|\d+[.)]", written)
    assert not re.search(r"://|www\.|(?<!\u2060)@", written, re.IGNORECASE)
    shown = re.sub(r"\\(\W|_)", r"\1", written.replace(JOINER, ""))
    assert shown == one_line(text).replace(JOINER, "")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\n\n# b", r"a \# b"),
        ("1. a", r"1\. a"),
        ("- a", r"\- a"),
        ("see http://a.org", "see http\\:\u2060//a.org"),
        ("WWW.a.org", "WWW\u2060.a.org"),
        ("a@b.org", "a\u2060@b.org"),
        (":material/home: :smile:", "\\:\u2060material/home\\: \\:\u2060smile\\:"),
        ("\ud800\u202e\0 x", "x"),
        ("سال\u200cها", "سال\u200cها"),
    ],
)
def test_text_is_written_so_that_it_is_shown_as_it_is(text: str, written: str) -> None:
    assert plain(text) == written


@given(ANYTHING)
def test_code_cannot_be_left(text: str) -> None:
    written = code(text)
    assert written.count("`") == 2
    assert "\n" not in written
    assert 3 <= len(written) <= SHORT + 2
