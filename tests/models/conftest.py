"""What several tests of models share."""

import json
import shutil
from pathlib import Path

import pytest

from recognizer.models import registry


@pytest.fixture
def own_model(model_copy: Path, models: Path) -> Path:
    """A model that was trained here, "mine", beside one that is shipped and active."""
    own = Path(shutil.copytree(model_copy, models / "mine"))
    recipe = json.loads((own / "recipe.json").read_text())
    del recipe["shipped"]
    (own / "recipe.json").write_text(json.dumps(recipe))
    registry.activate("larger-cnn")
    return own
