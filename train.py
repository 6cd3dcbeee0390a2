"""Train a recipe and leave a model folder.

python train.py compact-cnn              train one recipe; the shipped model is kept
python train.py robust-cnn               the one for drawings; it resumes when started again
python train.py --all --replace          train every recipe again and replace the models
python train.py --learn                  let the active model learn from kept drawings
python train.py --judge                  evaluate the models on held-out drawings again
python train.py --measure                record the layers and the reading time of every model
python train.py --fetch                  fetch MNIST and UniPen's drawings
python train.py --upgrade                add what model folders of older versions lack
python train.py --list                   the recipes
python train.py --results                the tables of results, from the model folders
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from recognizer.analysis import tables
from recognizer.datasets import unipen_record
from recognizer.datasets.download import PercentProgress
from recognizer.datasets.mnist import Mnist, find_mnist, load_mnist
from recognizer.datasets.pen_files import fetch_drawings, find_drawings, why_no_drawings
from recognizer.datasets.strokes import DrawingDataset
from recognizer.errors import MissingDatasetError, RecognizerError, RequestError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import DEFAULT_SEED, OPTIMIZERS, RECIPES
from recognizer.training import jobs
from recognizer.training.job_state import about
from recognizer.training.learning import learn
from recognizer.training.listener import ProgressListener
from recognizer.training.maintenance import benchmark_models, profile_models, upgrade_models
from recognizer.training.pipeline import train
from recognizer.training.request import TrainingRequest

INTERRUPTED = """
train.py: interrupted; no incomplete model was left.
A training on drawings resumes after its last complete epoch when it is started again."""


def main(arguments: list[str] | None = None) -> int:
    parser = make_parser()
    args = parser.parse_args(arguments)
    if args.all and (args.name or args.start_from):
        parser.error("--name and --start-from are for one model; they cannot be used with --all")
    try:
        run(args)
    except RequestError as error:
        parser.error(str(error))
    except RecognizerError as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("recipe", nargs="?", choices=list(RECIPES), help="what to train")
    what.add_argument("--all", action="store_true", help="train every recipe")
    what.add_argument("--learn", action="store_true", help="let a model learn from kept drawings")
    what.add_argument("--list", action="store_true", help="list the recipes")
    what.add_argument("--results", action="store_true", help="print the tables of results")
    what.add_argument("--judge", action="store_true", help="evaluate every model on drawings")
    what.add_argument(
        "--measure", action="store_true", help="record layers and time of every model"
    )
    what.add_argument("--fetch", action="store_true", help="fetch MNIST and UniPen's drawings")
    what.add_argument(
        "--upgrade",
        action="store_true",
        help="add model.tflite, the misclassified images and replay.npz",
    )
    what.add_argument("--request", type=json.loads, help=argparse.SUPPRESS)  # from a page
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--batch-size", type=int, help="instead of the recipe's")
    parser.add_argument("--learning-rate", type=float, help="instead of the recipe's")
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help="instead of the recipe's")
    parser.add_argument(
        "--distortion",
        action=argparse.BooleanOptionalAction,
        help="distort every image differently each time, or do not; default: the recipe's",
    )
    parser.add_argument("--start-from", metavar="MODEL", help="start from this model's weights")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--name", help="default: the recipe's name, with a number if it is taken")
    parser.add_argument("--data", type=Path, help="an mnist.npz, instead of the one that is found")
    parser.add_argument("--drawings", type=Path, help="drawn digits; default: PEN_DIGITS, UniPen")
    parser.add_argument(
        "--others", type=Path, help="letters and signs; default: PEN_OTHERS, UniPen"
    )
    parser.add_argument(
        "--hold-back", action="store_true", help="never train on the held-out institutions"
    )
    parser.add_argument("--replace", action="store_true", help="replace a model of that name")
    return parser


def run(args: argparse.Namespace) -> None:
    """Do the one thing that was asked for."""
    if args.list:
        print(tables.recipes_table())
    elif args.results:
        print(tables.results_tables())
    elif args.judge:
        benchmark_all(args)
    elif args.measure:
        for model in profile_models():
            print(f"{model.name}: {model.summary.reading_ms:.2f} ms per reading", flush=True)
    elif args.fetch:
        print(find_mnist(progress=True))
        print(*unipen_record.fetch(say), sep="\n")
    elif args.upgrade:
        data = load_mnist(args.data, progress=True)
        for name, done in upgrade_models(data, find_drawings(args.drawings, args.others)):
            print(f"{name}: {done}", flush=True)
    elif args.request:
        train_one(TrainingRequest.from_json(args.request), args, background=True)
    elif args.learn:
        request = learning_request(args)
        request.check()
        train_one(request, args)
    else:
        train_all(args)


def say(words: str) -> None:
    """Print what is being done; a percentage is written over the one before."""
    unfinished = ": " in words and ": 100 %" not in words
    print(f"\r{words}", end="" if unfinished else "\n", flush=True)


def train_all(args: argparse.Namespace) -> None:
    """Train what was asked for, one recipe after the other."""
    names = list(RECIPES) if args.all else [args.recipe]
    if args.all and not args.drawings and (why_not := why_no_drawings()):
        names = [name for name in names if not RECIPES[name].drawings]
        print(f"Recipes that train on drawings are left out. {why_not}")
    for name in names:
        request = request_of(name, args)
        request.check()  # a typing error is not a failed training
        train_one(request, args)


def request_of(recipe: str, args: argparse.Namespace) -> TrainingRequest:
    changes = {
        field.name: getattr(args, field.name)
        for field in dataclasses.fields(TrainingRequest)
        if field.name not in ("recipe", "name")
    }
    name = args.name or (recipe if args.replace else registry.free_name(recipe))
    return TrainingRequest(recipe, name, **changes)


def learning_request(args: argparse.Namespace) -> TrainingRequest:
    """Let the model that is named learn, else the active one."""
    start = registry.find_model(args.start_from) if args.start_from else registry.active_model()
    args.start_from = start.name
    args.name = args.name or registry.free_name(f"{start.name}-learned")
    return request_of(start.recipe.name, args)


def train_one(
    request: TrainingRequest, args: argparse.Namespace, *, background: bool = False
) -> None:
    with jobs.run(request, background=background) as listener:
        request.check()
        seconds = request.estimate_seconds(registry.complete_models())
        estimate = f", {about(seconds)}" if seconds else ""
        print(f"{request.name}: recipe {request.recipe}, seed {request.seed}{estimate}", flush=True)
        recipe = request.to_recipe()
        if recipe.drawings and not args.drawings:
            fetch_drawings(listener.on_phase if background else say)
        progress = PercentProgress(
            lambda percent: listener.on_phase(f"Fetching MNIST: {percent} %")
        )
        data = load_mnist(args.data, progress if background else True)
        drawings = find_drawings(args.drawings, args.others)
        model = make(request, data, drawings, listener)
    print(f"{model.path}: test accuracy {model.accuracy:.2%}, loss {model.loss:.4f}", flush=True)


def make(
    request: TrainingRequest,
    data: Mnist,
    drawings: DrawingDataset | None,
    listener: ProgressListener,
) -> ModelEntry:
    """Train the recipe of a request, or let its model learn."""
    recipe, start = request.to_recipe(), request.start_model()
    options: dict[str, Any] = {"seed": request.seed, "replace": request.replace}
    options["listener"] = listener
    if not (request.learn and start):
        return train(recipe, data, request.name, drawings=drawings, start=start, **options)
    from recognizer.collection.collection import Collection  # a training needs no database

    kept = Collection.open().for_learning()
    return learn(start, kept, request.name, recipe=recipe, data=data, pen=drawings, **options)


def benchmark_all(args: argparse.Namespace) -> None:
    """Evaluate the models on held-out drawings that they were not trained on."""
    drawings = find_drawings(args.drawings, args.others)
    if drawings is None:
        raise MissingDatasetError(
            "Name a file of drawings, with --drawings or PEN_DIGITS, or fetch those of UniPen: "
            "python train.py --fetch"
        )
    for model in benchmark_models(drawings):
        accuracy = f"{model.benchmark.overall.accuracy:.2%}" if model.benchmark else "–"
        print(f"{model.name}: {accuracy} accuracy on drawn digits", flush=True)


if __name__ == "__main__":
    sys.exit(main())
