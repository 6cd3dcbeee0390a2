"""Who may change models for everyone: retrain, cancel, use, rename, delete.

On localhost, everyone. Served to others, only users who are signed in through Streamlit's
OpenID Connect and are on the allow-list in .streamlit/secrets.toml:

[retraining]
allowed = ["ada@example.org"]
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from recognizer.errors import CollectionError, RecognizerError
from recognizer.models.registry import ROOT, models_dir
from recognizer.ui.markdown import plain

NO_LIST = (
    "This app is served to others, so only signed-in users on the allow-list may retrain. There is "
    "no allow-list yet, or no way to sign in; docs/configuration.md says how to set up both."
)
FORWARDED = ("forwarded", "via", "x-real-ip")  # headers of proxies, beside X-Forwarded-…
FOLDERS = re.compile(r"(?<![\w.:/\\-])(?:[A-Za-z]:[\\/]|~?/)(?=[^\s/])(?:[^\s/\\:'\"]+[\\/])*")


@dataclass(frozen=True)
class Permission:
    """Whether this visitor may change models.

    Attributes:
        why_not: The reason, in words; empty for those who may.
        providers: Where to sign in, by the names in secrets.toml; "" is the only one there.
    """

    why_not: str = ""
    providers: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        return not self.why_not


def permission() -> Permission:
    """What this visitor may do at this moment."""
    if _on_this_machine():
        return Permission()
    allowed, providers = _allowed(), _providers()
    if not (allowed and providers):
        return Permission(NO_LIST)
    if not st.user.get("is_logged_in"):
        return Permission("Sign in to retrain.", providers)
    return Permission(_why_not_listed(allowed))


def _why_not_listed(allowed: set[str]) -> str:
    """Why this signed-in user may not; empty for users on the list."""
    email = str(st.user.get("email") or "")
    if not email:
        return "Your account provides no e-mail address, which the allow-list needs."
    if str(st.user.get("email_verified")).casefold() == "false":
        return f"The address {email} is not verified. Verify it and sign in again."
    if email.casefold() not in allowed:
        return f"{email} is not on the allow-list for retraining."
    return ""


def carry_out(action: Callable[..., object], *args: Any) -> bool:
    """Do something that only some visitors may do; show the reason if it cannot be done."""
    if why_not := permission().why_not:
        st.error(why_not, icon=":material/lock:")
        return False
    try:
        action(*args)
    except RecognizerError as error:
        show_error(error)
        return False
    return True


def show_error(error: RecognizerError, title: str | None = None) -> None:
    """Show an error, which may quote files of other origin, as this visitor may see it."""
    st.error(in_public(error), title=title, icon=":material/error:")


def in_public(reason: RecognizerError | str) -> str:
    """What went wrong, as Markdown.

    Who may not retrain does not see where the server's files and its database are.
    """
    if permission().given:
        return plain(reason)
    if isinstance(reason, CollectionError):
        return "The database of drawings cannot be used."
    return plain(without_folders(str(reason)))


def without_folders(text: str) -> str:
    """The text with the name of each file, but not where it is."""
    for folder in (models_dir(), models_dir().absolute(), ROOT, Path.home()):
        if len(folder.parts) > 1:
            text = text.replace(str(folder), "…")
    return FOLDERS.sub("…/", text)


def _on_this_machine() -> bool:
    """Whether only this machine can reach the app.

    It listens on localhost, and this visitor's browser asked for localhost, without a proxy
    that adds a header.
    """
    headers = st.context.headers
    names = [name.lower() for name in headers]
    forwarded = any(name in FORWARDED or name.startswith("x-forwarded-") for name in names)
    host = headers.get("Host", "localhost").rpartition(":")[0] or headers.get("Host", "localhost")
    return not forwarded and _is_loopback(st.get_option("server.address")) and _is_loopback(host)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host).strip("[]")).is_loopback
    except ValueError:
        return False


def section_of_secrets(section: str) -> Mapping[str, Any]:
    """A section of secrets.toml; empty if it is missing."""
    try:
        found = st.secrets.get(section)
    except FileNotFoundError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _allowed() -> set[str]:
    listed = section_of_secrets("retraining").get("allowed")
    return {str(email).casefold() for email in listed} if isinstance(listed, list) else set()


def _providers() -> tuple[str, ...]:
    """The sections below [auth], or "" where that is itself a provider."""
    auth = section_of_secrets("auth")
    if "client_id" in auth:
        return ("",)
    return tuple(name for name, value in auth.items() if isinstance(value, Mapping))
