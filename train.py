"""Train a recipe and leave a model folder.

python train.py compact-cnn              train one recipe; the shipped model is kept
python train.py robust-cnn               the one for drawings; it resumes when started again
python train.py --all --replace          train every recipe again and replace the models
python train.py --all --seeds 5          train every recipe with five seeds, and compare them
python train.py simple-cnn --seeds 0-4 --learning-rate 0.001,0.002
                                         train every combination: ten models
python train.py --learn                  let the active model learn from kept drawings
python train.py --judge                  evaluate the models on held-out drawings again
python train.py --measure                record the layers and the reading time of every model
python train.py --fetch                  fetch MNIST and UniPen's drawings
python train.py --upgrade                add what model folders of older versions lack
python train.py --list                   the recipes
python train.py --results                the tables of results, from the model folders
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recognizer import cluster
from recognizer.analysis import seeds, tables
from recognizer.datasets import unipen_record
from recognizer.datasets.mnist import find_mnist, load_mnist
from recognizer.datasets.pen_files import find_drawings, why_no_drawings
from recognizer.errors import MissingDatasetError, RecognizerError, RequestError
from recognizer.models import registry
from recognizer.models.folder import ModelEntry
from recognizer.models.recipes import DEFAULT_SEED, OPTIMIZERS, RECIPES
from recognizer.training import job_state, jobs, sweep
from recognizer.training.coordinator import train_all
from recognizer.training.local_runs import LocalRuns, run_here
from recognizer.training.maintenance import benchmark_models, profile_models, upgrade_models
from recognizer.training.materials import Files, load_materials, train_request
from recognizer.training.progress_writer import ProgressWriter
from recognizer.training.ray_runs import RayRuns, on_cluster
from recognizer.training.request import TrainingRequest
from recognizer.training.terminal import Lines

# The options that may have several values.
PARSERS: dict[str, Callable[[str], Sequence[Any]]] = {
    "epochs": sweep.whole_numbers,
    "batch_size": sweep.whole_numbers,
    "learning_rate": sweep.decimals,
    "optimizer": sweep.optimizers,
}
INTERRUPTED = """
train.py: interrupted; no incomplete model was left.
A training on drawings resumes after its last complete epoch when it is started again, and of
several trainings only those are done that are missing."""


def main(arguments: list[str] | None = None) -> int:
    parser = make_parser()
    args = parser.parse_args(arguments)
    args.files = Files(args.data, args.drawings, args.others)
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
    parser.add_argument("--run-of", type=int, help=argparse.SUPPRESS)  # the process of a sweep
    several = "instead of the recipe's; several, as 1,2: each is tried"
    parser.add_argument("--epochs", help=several)
    parser.add_argument("--batch-size", help=several)
    parser.add_argument("--learning-rate", help=several)
    parser.add_argument("--optimizer", help=f"{', '.join(OPTIMIZERS)}, {several}")
    parser.add_argument(
        "--distortion",
        action=argparse.BooleanOptionalAction,
        help="distort every image differently each time, or do not; default: the recipe's",
    )
    parser.add_argument("--start-from", metavar="MODEL", help="start from this model's weights")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--seeds", help="several: how many, from 0 on, or which, as 0-9 or 3,5")
    parser.add_argument("--cores", type=int, default=1, help="of each of several trainings")
    parser.add_argument(
        "--cluster", metavar="HOST:PORT", help="train on this Ray cluster; default: RAY_ADDRESS"
    )
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
        train_for_another_process(args)
    elif args.learn:
        train_missing(learning_requests(args), args)
    else:
        train_missing(requests_of(args), args)


def say(words: str) -> None:
    """Print what is being done; a percentage is written over the one before."""
    unfinished = ": " in words and ": 100 %" not in words
    print(f"\r{words}", end="" if unfinished else "\n", flush=True)


def train_for_another_process(args: argparse.Namespace) -> None:
    """Train what a page asks for, as a list in JSON, or one run of a sweep."""
    if args.run_of:
        run_here(TrainingRequest.from_json(args.request), args.files, args.run_of)
    else:
        listed = args.request if isinstance(args.request, list) else [args.request]
        requests = [TrainingRequest.from_json(each) for each in listed]
        train_requests(requests, args, background=True)


def requests_of(args: argparse.Namespace) -> list[TrainingRequest]:
    """Every combination of what was asked for; raises RequestError for an impossible value."""
    recipes = list(RECIPES) if args.all else [args.recipe]
    if args.all and not args.drawings and (why_not := why_no_drawings()):
        recipes = [name for name in recipes if not RECIPES[name].drawings]
        print(f"Recipes that train on drawings are left out. {why_not}")
    values: dict[str, Sequence[Any]] = {
        field: parse(text) for field, parse in PARSERS.items() if (text := getattr(args, field))
    }
    if args.seeds:
        values["seed"] = sweep.seeds(args.seeds)
    return [each for name in recipes for each in sweep.combine(base_request(name, args), values)]


def base_request(recipe: str, args: argparse.Namespace) -> TrainingRequest:
    """What all combinations share; their names begin with this one's."""
    kept = ("start_from", "distortion", "seed", "hold_back", "replace", "learn")
    return TrainingRequest(recipe, args.name or recipe, **{name: vars(args)[name] for name in kept})


def learning_requests(args: argparse.Namespace) -> list[TrainingRequest]:
    """Let the model that is named learn, else the active one."""
    start = registry.find_model(args.start_from) if args.start_from else registry.active_model()
    args.recipe, args.start_from = start.recipe.name, start.name
    args.name = args.name or registry.free_name(f"{start.name}-learned")
    return requests_of(args)


def train_missing(requests: list[TrainingRequest], args: argparse.Namespace) -> None:
    """Train one request, or of several those that nobody has trained before; compare them all."""
    if len(requests) == 1:
        named = requests if args.name or args.replace else sweep.with_free_names(requests)
        named[0].check()  # a typing error is not a failed training
        train_requests(named, args)
        return
    missing, done = sweep.split_done(requests)
    for model in done:
        print(f"{model.name} is there already, with seed {model.recipe.seed}.")
    missing = sweep.with_free_names(missing)
    for request in missing:
        request.check()  # a typing error is not a failed training
    try:
        if missing:
            train_requests(missing, args)
    finally:
        known = registry.complete_models()
        if models := [made for each in requests if (made := sweep.model_of(each, known))]:
            seeds.record(models)
            print(f"\n{seeds.sweep_table(models)}")


def train_requests(
    requests: Sequence[TrainingRequest], args: argparse.Namespace, *, background: bool = False
) -> None:
    """Train one request in this process, several in others, and any on a cluster if there is one.

    Args:
        requests: What to train.
        args: The command line.
        background: Whether a page has started this.
    """
    address = cluster.address_of(args.cluster)
    with jobs.run(*requests, background=background) as progress:
        for request in requests:
            request.check()
        say_it = progress.on_phase if background else say
        announce(requests)
        materials = load_materials(requests, args.files, say_it, terminal=not background)
        if address:
            with on_cluster(address, materials, args.cores) as place:
                train_on(place, requests, progress)
        elif len(requests) > 1:
            del materials  # each run loads its own; what had to be fetched is there now
            train_all(
                requests, LocalRuns(args.cores, args.files.arguments()), progress, Lines().show
            )
        else:
            report(train_request(requests[0], materials, progress))


def train_on(place: RayRuns, requests: Sequence[TrainingRequest], progress: ProgressWriter) -> None:
    """Train on a cluster; a single training has its notes where pages look for them."""
    if len(requests) > 1:
        train_all(requests, place, progress, Lines().show)
    else:
        report(registry.find_model(place.train_into(requests[0], job_state.folder())))


def announce(requests: Sequence[TrainingRequest]) -> None:
    """Say what is trained now, and how long that takes on this machine."""
    if len(requests) > 1:
        print(f"{len(requests)} trainings", flush=True)
        return
    request = requests[0]
    seconds = request.estimate_seconds(registry.complete_models())
    estimate = f", {job_state.about(seconds)}" if seconds else ""
    print(f"{request.name}: recipe {request.recipe}, seed {request.seed}{estimate}", flush=True)


def report(model: ModelEntry) -> None:
    """Say what a new model reaches."""
    print(f"{model.path}: test accuracy {model.accuracy:.2%}, loss {model.loss:.4f}", flush=True)


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
