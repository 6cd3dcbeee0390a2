"""The dashboards without a browser: what they say of each model, whole, odd or damaged."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from recognizer.analysis.label_errors import AUDIT
from recognizer.analysis.metrics import mistakes
from recognizer.models import registry
from tests.pages import (
    APP,
    CONFIDENCE,
    CURVES,
    DATA,
    MATRIX,
    MODELS,
    NAMES,
    OF_A_MODEL,
    PAGES,
    ROOT,
    WRONG,
    charts,
    open_page,
    said,
    tables,
)


def test_the_pages_are_those_in_the_sidebar() -> None:
    from recognizer.ui.navigation import PAGES as LINKED

    assert [file for file, _ in LINKED.values()] == ["streamlit_app.py", *PAGES]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("page", OF_A_MODEL)
def test_every_page_is_about_the_model_in_the_address(page: str, name: str) -> None:
    app = open_page(page, model=name)
    model = registry.find_model(name)
    assert app.selectbox(key="model").value == name
    assert f"**{name}** reads {model.accuracy:.2%}" in said(app)
    assert not app.error
    assert not app.warning
    assert tables(app) or charts(app) or app.get("download_button")


@pytest.mark.parametrize("page", OF_A_MODEL)
def test_a_model_that_is_not_there_is_not_looked_for(page: str) -> None:
    app = open_page(page, model="../models/gone")
    assert app.selectbox(key="model").value == ""
    assert "model `../models/gone` cannot be shown" in app.warning[0].value
    assert f"**{registry.active_model().name}**" in said(app)


def test_no_dashboard_imports_tensorflow() -> None:
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"for page in {PAGES}:\n"
        f"    app = AppTest.from_file({APP!r}, default_timeout=60)\n"
        "    assert not app.switch_page(page).run().exception\n"
        "    assert app.main.children\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_of_the_digits_are_scikit_learns(name: str) -> None:
    app = open_page(MATRIX, model=name)
    report = registry.load_report(name)
    expected = precision_recall_fscore_support(report.labels, report.predictions)
    np.testing.assert_allclose(tables(app)[0].iloc[:, 1:].to_numpy().T, np.array(expected))
    assert f"**{int((~report.right).sum())}** of 10,000" in said(app)


def test_a_cell_has_its_images(mnist: object) -> None:
    report = registry.load_report("mlp-baseline")
    count = int(((report.labels == 4) & (report.predictions == 9)).sum())
    app = open_page(MATRIX, model="mlp-baseline", label="4", reading="9")
    assert f"**4** read as **9**: {count} images" in said(app)
    assert len(app.get("image")) == count > 3


def test_a_cell_with_many_images_comes_in_pages(mnist: object) -> None:
    app = open_page(MATRIX, label="1", reading="1")
    assert len(app.get("image")) == 60
    assert len(app.get("pagination")) == 1


def test_misclassified_are_filtered_and_sorted(mnist: object) -> None:
    wrong = mistakes(registry.load_report("mlp-baseline"))
    app = open_page(WRONG, model="mlp-baseline")
    assert f"**{len(wrong)}** of {len(wrong)} misread" in said(app)
    for order in ("Confidence", "Margin", "Loss"):
        app.segmented_control(key="order").set_value(order).run()
        first = next(button for button in app.button if str(button.key).startswith("open-"))
        assert first.key == f"open-{wrong[order.lower()].idxmax()}"
    app.selectbox(key="label").select(5).run()
    fives = wrong[wrong["label"] == 5]
    assert f"**{len(fives)}** of {len(wrong)} misread" in said(app)
    app.selectbox(key="reading").select(3).run()
    threes = fives[fives["reading"] == 3]
    assert f"**{len(threes)}** of {len(wrong)} misread" in said(app)
    app.toggle(key="doubtful").set_value(True).run()
    opened = {int(str(b.key)[5:]) for b in app.button if str(b.key).startswith("open-")}
    assert opened <= set(threes.index)
    assert opened & set(AUDIT)
    app.selectbox(key="reading").select(5).run()
    assert "No misread image passes these filters" in said(app)


def test_one_image_is_opened_and_stepped_through(mnist: object) -> None:
    wrong = mistakes(registry.load_report("mlp-baseline")).sort_values(
        "confidence", ascending=False, kind="stable"
    )
    first, second = wrong.index[:2]
    app = open_page(WRONG, model="mlp-baseline")
    app.button(key=f"open-{first}").click().run()
    assert f"Test image {first}: {wrong.loc[first, 'label']} read as" in said(app)
    assert app.button(key="before").disabled
    readings = tables(app)[0].set_index("model")
    for name in NAMES:
        report = registry.load_report(name)
        assert readings.loc[name, "reading"] == report.predictions[first]
        assert readings.loc[name, "confidence"] == pytest.approx(report.confidence[first])
        assert readings.loc[name, "probability of the label"] == pytest.approx(
            report.of_label[first]
        )
    app.button(key="after").click().run()
    assert f"Test image {second}:" in said(app)
    app.button(key="close").click().run()
    assert "Test image" not in said(app)


def test_an_image_in_the_address_is_opened_also_if_it_is_read_rightly(mnist: object) -> None:
    app = open_page(WRONG, image="947", model="larger-cnn")
    assert "Test image 947: 8 read as 9" in said(app)
    assert "in a published audit 0 of 5 people chose 8, and 5 chose 9" in said(app)
    assert "Test image 0: 7 read rightly" in said(open_page(WRONG, image="0"))


@pytest.mark.parametrize("image", ["10000", "-1", "x", "1e99"])
def test_an_image_that_is_not_there_is_not_opened(image: str) -> None:
    app = open_page(WRONG, image=image, label="17")
    assert "Test image" not in said(app)
    for words in (f"image={image}", "label=17"):
        assert f"`{words}` in the address means nothing here" in said(app)
    assert not app.query_params


def test_the_heat_map_is_drawn_on_demand(mnist: object) -> None:
    app = open_page(WRONG, image="445", model="mlp-baseline")
    images = len(app.get("image"))
    app.toggle(key="heat").set_value(True).run()
    assert not app.exception
    assert len(app.get("image")) == images + 1
    assert "for **0**" in said(app)


def test_confidence_is_told_of_the_network_and_of_the_app() -> None:
    app = open_page(CONFIDENCE, model="robust-cnn")
    own = [metric.value for metric in app.metric]
    app.segmented_control(key="kind").set_value("As shown when drawing").run()
    assert not app.exception
    assert [metric.label for metric in app.metric][3] == "Answers given"
    assert own[0] == app.metric[0].value  # calibrating changes no reading
    assert own[1:3] != [metric.value for metric in app.metric[1:3]]


def test_models_stand_side_by_side() -> None:
    app = open_page(MODELS, model="robust-cnn")
    overview, layers, pairs = tables(app)
    assert overview["model"].tolist() == NAMES
    assert overview.isna().to_numpy().sum() == 0
    for _, row in overview.iterrows():
        model = registry.find_model(row["model"])
        assert row["test accuracy"] == model.accuracy
        assert row["parameters"] == model.recipe["parameters"]
    assert len(pairs) == len(NAMES) * (len(NAMES) - 1) / 2
    assert layers["parameters"].sum() == registry.find_model("robust-cnn").recipe["parameters"]


def test_curves_of_several_models_are_laid_over_each_other() -> None:
    app = open_page(CURVES, model="sgd-cnn", **{"with": "mlp-baseline,gone"})
    assert charts(app) == 3  # the learning rate of neither changed
    assert tables(app)[0].columns.tolist() == ["sgd-cnn", "mlp-baseline"]
    app.toggle(key="log").set_value(True).run()
    assert not app.exception
    assert charts(open_page(CURVES, model="robust-cnn")) == 4


def test_the_data_are_counted(mnist: object) -> None:
    app = open_page(DATA)
    assert len(app.get("image")) == 20
    app.segmented_control(key="split").set_value("test").run()
    app.button(key="others").click().run()
    assert not app.exception
