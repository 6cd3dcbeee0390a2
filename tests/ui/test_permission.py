"""Who may change models for everyone."""

from types import SimpleNamespace
from typing import Any

import pytest

from recognizer.ui import permission as permissions


def visitor(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch,
    user: dict[str, Any] | None = None,
    allowed: object = None,
    providers: dict[str, Any] | None = None,
    address: str | None = "0.0.0.0",
    headers: dict[str, str] | None = None,
) -> None:
    """Set who asks for the app, from where, and what its secrets say."""
    secrets = {
        "retraining": {"allowed": allowed or []},
        "auth": {"client_id": "x"} if providers is None else providers,
    }
    fake = SimpleNamespace(
        secrets=secrets,
        user=user or {},
        get_option=lambda _: address,
        context=SimpleNamespace(headers=headers or {}),
    )
    monkeypatch.setattr(permissions, "st", fake)


@pytest.mark.parametrize(
    ("address", "headers", "local"),
    [
        ("localhost", {}, True),
        ("localhost", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("localhost", {"Host": "localhost"}, True),
        ("localhost", {"Host": "digits.example.org"}, False),
        ("localhost", {"Host": "digits.example.org:443"}, False),
        ("localhost", {"Host": "localhost.example.org:8501"}, False),
        ("localhost", {"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"}, False),
        ("localhost", {"Host": "localhost:8501", "X-Real-IP": "203.0.113.9"}, False),
        ("localhost", {"Host": "localhost:8501", "x-forwarded-proto": "https"}, False),
        ("localhost", {"Host": "localhost:8501", "forwarded": "for=127.0.0.1"}, False),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),
        ("0.0.0.0", {"Host": "localhost:8501", "X-Forwarded-For": "127.0.0.1"}, False),
        (None, {"Host": "localhost:8501"}, False),
        ("192.168.1.7", {"Host": "192.168.1.7:8501"}, False),
    ],
)
def test_on_localhost_everyone_may(
    monkeypatch: pytest.MonkeyPatch, address: str | None, headers: dict[str, str], local: bool
) -> None:
    visitor(monkeypatch, address=address, headers=headers)
    assert permissions.permission().given == local


ADA = {"is_logged_in": True, "email": "Ada@example.org"}


@pytest.mark.parametrize(
    ("user", "allowed", "why_not"),
    [
        (ADA, ["ada@EXAMPLE.org"], ""),
        (ADA | {"email_verified": True}, ["ada@example.org"], ""),
        (ADA | {"email_verified": "False"}, ["ada@example.org"], "is not verified"),
        (ADA | {"email_verified": False}, ["ada@example.org"], "is not verified"),
        (ADA, "ada@example.org", "no allow-list yet"),
        (ADA, ["bob@example.org"], "not on the allow-list"),
        (ADA, [], "no allow-list yet"),
        ({}, ["ada@example.org"], "Sign in to retrain"),
        ({"is_logged_in": False, "email": "ada@example.org"}, ["ada@example.org"], "Sign in"),
        ({"is_logged_in": True}, ["ada@example.org"], "provides no e-mail address"),
        ({"is_logged_in": True, "email": ""}, [""], "provides no e-mail address"),
    ],
)
def test_if_served_to_others_only_users_on_the_allow_list_may(
    monkeypatch: pytest.MonkeyPatch, user: dict[str, Any], allowed: object, why_not: str
) -> None:
    visitor(monkeypatch, user, allowed)
    found = permissions.permission()
    assert found.given == (not why_not)
    assert why_not in found.why_not


@pytest.mark.parametrize(
    ("auth", "providers"),
    [
        ({"client_id": "x"}, ("",)),
        ({"cookie_secret": "x", "google": {"client_id": "y"}, "okta": {}}, ("google", "okta")),
        ({}, ()),
    ],
)
def test_the_secrets_name_the_ways_to_sign_in(
    monkeypatch: pytest.MonkeyPatch, auth: dict[str, Any], providers: tuple[str, ...]
) -> None:
    visitor(monkeypatch, allowed=["ada@example.org"], providers=auth)
    assert permissions.permission().providers == providers


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("MNIST_NPZ is /data/sets/mnist.npz, which", "MNIST_NPZ is …/mnist.npz, which"),
        ("No such file: '/a/b/report.json'", "No such file: '…/report.json'"),
        (r"C:\Users\ada\x.npz is damaged", "…/x.npz is damaged"),
        ("in ~/.keras/datasets (full)", "in …/datasets (full)"),
        ("no model in /my models/of/mine.", "no model in …."),
        ("It is on / or at https://example.org/a/b", "It is on / or at https://example.org/a/b"),
    ],
)
def test_others_see_which_file_it_is_but_not_where(
    monkeypatch: pytest.MonkeyPatch, text: str, public: str
) -> None:
    monkeypatch.setenv("MODELS_DIR", "/my models/of/mine")
    assert permissions.without_folders(text) == public
