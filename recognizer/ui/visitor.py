"""Who a visitor is, as far as kept drawings are concerned: a pseudonym, and no more.

It is derived from a random token that only their browser holds (a cookie that is set when they
first let a drawing be kept), or, for who is signed in, from their account with a secret key. So
neither the database nor a file that is exported from it tells who they are, or lets anybody else
act as them.
"""

import hashlib
import hmac
import re
import secrets

import streamlit as st

from recognizer.ui.permission import section_of_secrets
from recognizer.ui.script import run_script

COOKIE = "digit-reader"
TOKEN = (
    "visitor_token"  # in the session: the cookie's value; the browser has it from the next visit
)
SESSION = "visitor_session"
YEAR = 365 * 24 * 3600  # seconds
LENGTH = 32  # characters of a pseudonym, hexadecimal

SET_COOKIE = """
const secure = location.protocol === "https:" ? "; Secure" : "";
document.cookie = "{name}={token}; Max-Age={age}; Path=/; SameSite=Lax" + secure;
"""


def contributor() -> str | None:
    """The pseudonym of this visitor; None if they have never let a drawing be kept."""
    if account := _account():
        return account
    token = st.session_state.get(TOKEN) or _cookie()
    return pseudonym(token) if token else None


def new_contributor() -> str:
    """The pseudonym of this visitor, who gets one now if there was none."""
    if known := contributor():
        return known
    st.session_state[TOKEN] = secrets.token_hex(16)
    return pseudonym(st.session_state[TOKEN])


def remember() -> None:
    """Have the browser keep what identifies this visitor, once that is needed."""
    if (token := st.session_state.get(TOKEN)) and token != _cookie():
        run_script(SET_COOKIE.format(name=COOKIE, token=token, age=YEAR))


def session() -> str:
    """A random text for this visit, 32 hexadecimal characters."""
    return str(st.session_state.setdefault(SESSION, secrets.token_hex(16)))


def _cookie() -> str | None:
    """The token that the browser has kept, if it is one."""
    value = str(st.context.cookies.get(COOKIE))
    return value if re.fullmatch("[0-9a-f]{32}", value) else None


def _account() -> str | None:
    """The pseudonym of who is signed in: a keyed hash, so that nobody can find it by guessing."""
    if not st.user.get("is_logged_in"):
        return None
    name = f"{st.user.get('iss', '')} {st.user.get('sub') or st.user.get('email', '')}"
    key = str(section_of_secrets("auth").get("cookie_secret", ""))
    return hmac.new(key.encode(), name.encode(), hashlib.sha256).hexdigest()[:LENGTH]


def pseudonym(token: str) -> str:
    """What a token is called in the database."""
    return hashlib.sha256(f"contributor {token}".encode()).hexdigest()[:LENGTH]
