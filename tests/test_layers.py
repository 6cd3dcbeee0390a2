"""The house: which package may import which, and what must not be imported at all."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.models import registry
from recognizer.training import jobs

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "recognizer").rglob("*.py"))
FOLDERS = ("benchmarks", "docs", "pages", "recognizer", "tests")
FILES = [*ROOT.glob("*.py"), *(path for each in FOLDERS for path in (ROOT / each).rglob("*.py"))]
TOPS = {"train", "pages", "benchmarks", "tests", "streamlit_app", "docs"}
LINES = 300  # that a module may have
# It builds networks; whoever needs it imports it where a network is built.
IMPORTS_KERAS = "recognizer.models.networks"
IMPORTS_RAY = "recognizer.batch.on_ray"  # imported where there is a cluster


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a module imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield str(node.module)


def test_imports_follow_the_contracts() -> None:
    """Those in pyproject.toml.

    In a process of its own: it resets logging, and TensorFlow's logger then closes stderr.
    """
    script = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", script, "--no-cache", "--no-logo"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Contracts: 3 kept, 0 broken." in run.stdout


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_imports_what_is_above_the_package(path: Path) -> None:
    assert TOPS.isdisjoint(name.split(".")[0] for name in imports_of(path))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES


def test_importing_needs_neither_tensorflow_nor_streamlit_nor_ray() -> None:
    """But for the network builders, what runs on a cluster, and the pages' own package."""
    apart = {"ui", "migrations"}  # Alembic alone can import a migration
    names = [name_of(path) for path in MODULES if apart.isdisjoint(path.parts)]
    names = [name for name in names if name not in (IMPORTS_KERAS, IMPORTS_RAY)]
    assert len(names) > 30
    script = (
        f"import sys, {', '.join(names)}\n"
        "slow = ('tensorflow', 'keras', 'streamlit', 'ray')\n"
        "sys.exit(str([m for m in slow if m in sys.modules]))"
    )
    run = [sys.executable, "-c", script]
    printed = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False).stderr
    assert printed.strip() == "[]"


def test_the_packages_find_what_is_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of models is not the package of that name."""
    monkeypatch.delenv("MODELS_DIR", raising=False)
    assert ROOT == registry.ROOT
    assert registry.models_dir() == ROOT / "models"
    assert (registry.models_dir() / "robust-cnn" / "model.keras").exists()
    assert ROOT / "train.py" == jobs.TRAIN
    assert jobs.TRAIN.exists()
