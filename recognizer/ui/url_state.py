"""Widgets whose value is kept in the page's address, so that a view can be sent as a link."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

import streamlit as st

from recognizer.datasets.mnist import CLASSES
from recognizer.errors import ModelError
from recognizer.models.registry import check_name
from recognizer.ui.markdown import code

T = TypeVar("T")


def model_in_url() -> dict[str, str]:
    """The chosen model as the address has it; a link that carries it on keeps the choice.

    What cannot be the name of a model is not carried on.
    """
    with suppress(ModelError):
        return {"model": check_name(st.query_params.get("model", ""))}
    return {}


def set_in_url(key: str, value: object) -> None:
    """Put a value into the address; None removes it."""
    if value is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = ",".join(map(str, value)) if isinstance(value, list) else str(value)


def url_widget(
    widget: Callable[..., Any],
    label: str,
    key: str,
    read: Callable[[str], T],
    *,
    default: T,
    **options: Any,
) -> T:
    """Show a widget whose value is kept in the address, under `key`.

    The address decides: it brings a value along from a link, a reload or the way back.
    What Streamlit itself offers for this (`bind`, in 1.67) forgets such a value as soon as
    the visitor goes to another page, and adds to the browser's history.

    Args:
        widget: A command of Streamlit.
        label: Its label.
        key: Its name, also in the address.
        read: Makes a value of the text in the address, or raises a ValueError.
        default: The value that the address need not name.
        options: Other options of the command.
    """
    st.session_state[key] = _from_url(key, read, default)
    widget(label, key=key, on_change=_to_url, args=[key, default], **options)
    return cast("T", st.session_state[key])


def _from_url(key: str, read: Callable[[str], T], default: T) -> T:
    text = st.query_params.get(key)
    if text is None:
        return default
    try:
        return read(text)
    except ValueError:
        set_in_url(key, None)
        say_ignored(key, text)
        return default


def say_ignored(key: str, text: str) -> None:
    """Say that something in the address was ignored."""
    words = f"Ignored an invalid parameter in the address: {code(f'{key}={text}')}."
    st.warning(words, icon=":material/link_off:")


def _to_url(key: str, default: object) -> None:
    value = st.session_state[key]
    set_in_url(key, None if value == default else value)


def one_of(options: Iterable[T]) -> Callable[[str], T]:
    """Read one of the options, as the address writes it."""
    by_text = {str(option): option for option in options}

    def read(text: str) -> T:
        if text not in by_text:
            raise ValueError(text)
        return by_text[text]

    return read


def toggle(label: str, key: str, *, default: bool = False) -> bool:
    """A switch, off or as `default` says unless the address says otherwise."""
    read = one_of([True, False])
    return url_widget(st.toggle, label, key, lambda text: read(text.title()), default=default)


def digit_box(label: str, key: str, **more: Any) -> int | None:
    """A box for a digit, or for none."""
    digits = range(CLASSES)
    read: Callable[[str], int | None] = one_of(digits)
    return url_widget(
        st.selectbox, label, key, read, default=None, options=digits, index=None, **more
    )


def choice_of(label: str, key: str, options: Sequence[str], **more: Any) -> str:
    """A choice among a few options, the first unless the address says otherwise."""
    return url_widget(
        st.segmented_control,
        label,
        key,
        one_of(options),
        default=options[0],
        options=options,
        required=True,
        **more,
    )


def page_of(gallery: str, count: int, shown: int, chosen: str) -> int:
    """Let the visitor choose a page of a gallery: of as many as `count` images need.

    Other filters start with its first page, unless the address has changed altogether, as
    with a link or the way back.

    Args:
        gallery: Its name.
        count: Of all images.
        shown: How many are on a page.
        chosen: The filters, in words.
    """
    pages, listed = -(-count // shown), f"listed-{gallery}"
    before, now = st.session_state.get(listed), (chosen, st.query_params.get("page"))
    if before and before[0] != chosen and before[1] == now[1]:
        set_in_url("page", None)
    page = url_widget(
        lambda _, **options: st.pagination(pages, **options) if pages > 1 else None,
        "Page",
        "page",
        one_of(range(1, pages + 1)),
        default=1,
    )
    st.session_state[listed] = (chosen, st.query_params.get("page"))
    return page
