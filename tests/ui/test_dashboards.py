"""The dashboards without a browser: what they show of each shipped model."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support
from streamlit.testing.v1 import AppTest

from recognizer.analysis.label_errors import AUDIT
from recognizer.analysis.metrics import misclassified
from recognizer.models import registry
from recognizer.models.calibration import calibration_error
from recognizer.ui.model_picker import FEW_REJECTED
from recognizer.ui.navigation import PAGES as LINKED
from tests.ui.pages import (
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
    images,
    open_page,
    tables,
    text_of,
)


def test_the_sidebar_links_to_every_page() -> None:
    assert sorted(file for file, _ in LINKED.values()) == [*PAGES, "streamlit_app.py"]


# The first has everything that a model can have, the second the least.
FIRST = ("robust-cnn", "mlp-baseline")


@pytest.mark.parametrize(
    "name",
    [name if name in FIRST else pytest.param(name, marks=pytest.mark.slow) for name in NAMES],
)
def test_every_page_shows_the_model_in_the_address(name: str) -> None:
    model, report = registry.find_model(name), registry.load_report(name)
    wrong = int((~report.correct).sum())
    pages = {page: open_page(page, model=name) for page in OF_A_MODEL}
    for page, app in pages.items():
        assert app.selectbox(key="model").value == name, page
        assert not app.button(key="retrain").disabled, page
        assert f"**{name}**: {model.accuracy:.2%} accuracy on MNIST" in text_of(app), page
        assert not app.error, page
        assert not app.warning, page
    assert tables(pages[CURVES])[0].columns.tolist() == [name]
    assert charts(pages[CURVES]) == (4 if name == "robust-cnn" else 3)  # its learning rate changed
    assert f"**{wrong}** of 10,000 test images are misclassified" in text_of(pages[MATRIX])
    assert f"**{wrong}** of {wrong} misclassified test images" in text_of(pages[WRONG])
    assert pages[CONFIDENCE].metric[0].value == f"{report.accuracy:.2%}"
    layers = tables(pages[MODELS])[1]
    assert layers["parameters"].sum() == model.recipe.parameters


def test_an_unknown_model_in_the_address_is_reported() -> None:
    app = open_page(MODELS, model="../models/gone")
    assert app.selectbox(key="model").value == ""
    assert "The model `../models/gone` cannot be shown" in app.warning[0].value
    assert f"**{registry.active_model().name}**: " in text_of(app)


def test_no_dashboard_imports_tensorflow() -> None:
    script = (
        "import sys; from tests.ui.pages import open_page\n"
        f"for page in {PAGES}:\n"
        "    assert open_page(page).main.children\n"
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]


def test_the_scores_of_the_digits_match_scikit_learn() -> None:
    report = registry.load_report("simple-cnn")
    expected = precision_recall_fscore_support(report.labels, report.predictions)
    scores = tables(open_page(MATRIX, model="simple-cnn"))[0]
    np.testing.assert_allclose(scores.iloc[:, 1:].to_numpy().T, np.array(expected))


@pytest.mark.usefixtures("mnist")
def test_a_cell_shows_its_images() -> None:
    report = registry.load_report("mlp-baseline")
    count = int(((report.labels == 4) & (report.predictions == 9)).sum())
    app = open_page(MATRIX, model="mlp-baseline", label="4", reading="9")
    assert f"**4** read as **9**: {count} images" in text_of(app)
    assert images(app) == count > 3


@pytest.mark.usefixtures("mnist")
def test_a_cell_with_many_images_has_several_pages() -> None:
    app = open_page(MATRIX, label="1", reading="1")
    assert images(app) == 60
    assert len(app.get("pagination")) == 1


def opened(app: AppTest) -> list[int]:
    """The images in the gallery that can be opened, in its order."""
    keys = [str(button.key) for button in app.button]
    return [int(key.removeprefix("open-")) for key in keys if key.startswith("open-")]


@pytest.mark.usefixtures("mnist")
def test_misclassified_images_are_filtered_and_sorted() -> None:
    wrong = misclassified(registry.load_report("mlp-baseline"))
    app = open_page(WRONG, model="mlp-baseline")
    for order in ("Confidence", "Margin", "Loss"):
        app.segmented_control(key="order").set_value(order).run()
        assert opened(app)[0] == wrong[order.lower()].idxmax()
    app.selectbox(key="label").select(5)
    app.selectbox(key="reading").select(3).run()
    threes = wrong[(wrong["label"] == 5) & (wrong["reading"] == 3)]
    assert f"**{len(threes)}** of {len(wrong)} misclassified" in text_of(app)
    app.toggle(key="doubtful").set_value(True).run()
    doubtful = set(opened(app))
    assert doubtful < set(threes.index)
    assert doubtful & set(AUDIT)
    app.selectbox(key="reading").select(5).run()
    assert "No misclassified image passes these filters" in text_of(app)


@pytest.mark.usefixtures("mnist")
def test_an_image_is_opened_and_the_next_one() -> None:
    wrong = misclassified(registry.load_report("mlp-baseline")).sort_values(
        "confidence", ascending=False, kind="stable"
    )
    first, second = wrong.index[:2]
    app = open_page(WRONG, model="mlp-baseline")
    app.button(key=f"open-{first}").click().run()
    assert f"Test image {first}: {wrong.loc[first, 'label']} read as" in text_of(app)
    assert app.button(key="before").disabled
    readings = tables(app)[0].set_index("model")
    for name in NAMES:
        report, row = registry.load_report(name), readings.loc[name]
        assert row["reading"] == report.predictions[first]
        assert row["confidence"] == pytest.approx(report.confidence[first])
        assert row["probability of the label"] == pytest.approx(report.of_label[first])
    app.button(key="after").click().run()
    assert f"Test image {second}:" in text_of(app)
    app.button(key="close").click().run()
    assert "Test image" not in text_of(app)


@pytest.mark.usefixtures("mnist")
def test_the_image_in_the_address_is_opened_even_if_it_is_read_correctly() -> None:
    app = open_page(WRONG, image="947", model="larger-cnn")
    assert "Test image 947: 8 read as 9" in text_of(app)
    assert "in a published audit 0 of 5 people chose 8, and 5 chose 9" in text_of(app)
    assert "Test image 0: 7 read correctly" in text_of(open_page(WRONG, image="0"))


@pytest.mark.parametrize("image", ["x", "7.5", "9" * 20])
def test_an_invalid_parameter_in_the_address_is_ignored(image: str) -> None:
    app = open_page(WRONG, image=image, label="17")
    assert "Test image" not in text_of(app)
    for parameter in (f"image={image}", "label=17"):
        words = f"Ignored an invalid parameter in the address: `{parameter}`."
        assert words in text_of(app)
    assert not app.query_params


@pytest.mark.parametrize("image", ["10000", "99999", "-1"])
def test_a_number_that_no_image_has_is_reported(image: str) -> None:
    app = open_page(WRONG, image=image)
    words = f"There is no test image {image}. They are numbered from 0 to 9,999."
    assert [each.value for each in app.warning] == [words]


@pytest.mark.usefixtures("mnist")
def test_an_open_image_has_a_heat_map() -> None:
    before = images(open_page(WRONG, model="mlp-baseline"))
    app = open_page(WRONG, image="445", model="mlp-baseline")
    assert images(app) == before + 2  # the image, and its heat map
    assert ":blue[**Blue**] supports **0**" in text_of(app)


def test_the_confidence_page_shows_the_networks_confidence_and_the_calibrated_one() -> None:
    app = open_page(CONFIDENCE, model="robust-cnn")
    own = [metric.value for metric in app.metric]
    app.segmented_control(key="kind").set_value("As shown when drawing").run()
    assert not app.exception
    assert [metric.label for metric in app.metric][3] == "Answers given"
    assert own[0] == app.metric[0].value  # calibration changes no reading
    assert own[1:3] != [metric.value for metric in app.metric[1:3]]


def test_the_models_page_compares_all_models() -> None:
    overview, _, pairs, short = tables(open_page(MODELS, model="robust-cnn"))
    assert sorted(overview["model"]) == NAMES
    assert overview["accuracy on drawings"].is_monotonic_decreasing
    assert short["Model"].to_list() == ["**robust-cnn** (active)", *overview["model"][1:]]
    assert short["On drawings"].to_list() == [f"{x:.2%}" for x in overview["accuracy on drawings"]]
    few = overview["non-digits rejected"] < FEW_REJECTED
    assert short["Non-digits rejected"].str.contains(":material/warning:").equals(few)
    assert overview.isna().to_numpy().sum() == 0
    for _, row in overview.iterrows():
        model = registry.find_model(row["model"])
        assert row["test accuracy"] == model.accuracy
        assert row["parameters"] == model.recipe.parameters
    assert len(pairs) == len(NAMES) * (len(NAMES) - 1) / 2


def test_the_curves_of_several_models_share_a_chart() -> None:
    app = open_page(CURVES, model="sgd-cnn", **{"with": "mlp-baseline,gone"})
    assert charts(app) == 3
    assert tables(app)[0].columns.tolist() == ["sgd-cnn", "mlp-baseline"]
    assert app.query_params["with"] == "mlp-baseline"
    assert [each.value for each in app.warning] == [
        "Ignored an invalid parameter in the address: `with=gone`."
    ]
    assert "Accuracy" in text_of(app)
    app.toggle(key="log").set_value(True).run()
    assert not app.exception
    assert [each.value for each in app.header][:2] == ["Error", "Loss"]


def test_training_curves_are_left_out_as_soon_as_models_are_compared() -> None:
    app = open_page(CURVES, model="sgd-cnn")
    assert not app.toggle(key="only").value
    app.multiselect(key="with").select("mlp-baseline").run()
    assert app.toggle(key="only").value
    app.toggle(key="only").set_value(False).run()
    assert "only" in app.query_params
    app.multiselect(key="with").select("simple-cnn").run()
    assert not app.toggle(key="only").value  # the visitor decided


def test_a_model_that_is_no_longer_compared_is_not_shown_alone() -> None:
    app = open_page(CURVES, model="sgd-cnn", alone="simple-cnn", **{"with": "mlp-baseline"})
    assert not app.warning
    app = open_page(CURVES, model="sgd-cnn", alone="nosuch", **{"with": "mlp-baseline"})
    assert "`alone=nosuch`" in app.warning[0].value


def test_the_recipe_says_in_words_when_the_model_was_trained() -> None:
    recipe = tables(open_page(CURVES, model="sgd-cnn"))[0]["sgd-cnn"]
    assert recipe["Trained"] == "21 November 2026"


def test_the_diagram_has_ten_bins_and_the_calibration_error_fifteen() -> None:
    app = open_page(CONFIDENCE, model="robust-cnn")
    bins = tables(app)[0]
    np.testing.assert_allclose(bins["high"] - bins["low"], 0.1)
    error = next(each for each in app.metric if each.label == "Expected calibration error")
    assert "15 bins" in error.proto.help
    report = registry.load_report("robust-cnn")
    assert error.value == f"{calibration_error(report.confidence, report.correct):.2%}"


@pytest.mark.usefixtures("mnist")
def test_the_data_page_counts_images_and_shows_samples() -> None:
    app = open_page(DATA)
    assert images(app) == 20
    assert charts(app) == 1
    app.segmented_control(key="split").set_value("test").run()
    app.button(key="others").click().run()
    assert not app.exception
    assert images(app) == 20
