"""What the Dockerfile, .dockerignore and deploy/ say, as far as that can be checked by reading."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.browser.container import copied, instructions

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def lines_with(file: str, start: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    return {line.removeprefix(start).rstrip("/") for line in lines if line.startswith(start)}


def test_the_image_has_the_shipped_models_and_no_others() -> None:
    shipped = lines_with(".gitignore", "!/models/") - {"seeds.csv"}  # figures for the docs
    assert lines_with(".dockerignore", "!/models/") == shipped
    assert "robust-cnn" in shipped


def test_what_the_dockerfile_copies_reaches_the_builder() -> None:
    allowed = lines_with(".dockerignore", "!/")
    for source, _ in copied():
        assert (ROOT / source).exists()
        assert source in allowed or source == "models"
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()  # and nothing else does


def test_the_container_is_not_run_by_root() -> None:
    assert ("USER", "1000:1000") in instructions()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("ports", []) == (["127.0.0.1:8080:8080"] if name == "nginx" else [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_secret_is_only_named(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    for variable, value in environment.items():
        if re.search("PASSWORD|SECRET|TOKEN", variable):
            assert value.startswith("/run/secrets/")
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]
        assert not re.search("://[^@/]*:[^@/]*@", value)  # a URL with a password
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_nginx_knows_the_servers_of_the_compose_file() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    named = re.findall(r"server (\S+):8501 ", text)
    assert set(named) == {name for name in SERVICES if name.startswith("app-")}
    assert set(SERVICES["nginx"]["depends_on"]) == set(named)
    assert "client_max_body_size 21m;" in text
    assert "maxUploadSize = 20 " in (ROOT / ".streamlit" / "config.toml").read_text()
