"""Train a recipe and leave a model folder.

python train.py compact-cnn              train one recipe into models/compact-cnn/
python train.py robust-cnn               the one for drawings; started again, it goes on
python train.py --all --replace          train every recipe again, as it is shipped
python train.py --judge                  judge every model anew by the drawings held back
python train.py --measure                note the layers, and time a reading, of every model
python train.py --list                   the recipes
python train.py --results                the README's results tables, from the model folders
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Callable
from pathlib import Path

from recognizer.training.request_estimate import seconds_of

from recognizer.analysis import tables
from recognizer.datasets.mnist import load_mnist
from recognizer.datasets.strokes import drawings_named, find_drawings
from recognizer.errors import DatasetError, MissingDatasetError, ModelError, TrainingError
from recognizer.models import registry
from recognizer.models.recipes import DEFAULT_SEED, OPTIMIZERS, RECIPES
from recognizer.training import jobs
from recognizer.training.job_state import about
from recognizer.training.pipeline import judge_models, measure_models, train
from recognizer.training.request import SEEDS, TrainingRequest

INTERRUPTED = """
train.py: interrupted; no model was left half done.
A training on drawings goes on from its last whole epoch when it is started again."""


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    try:
        if args.list:
            print(tables.recipes_table())
        elif args.results:
            print(tables.results_tables())
        elif args.judge:
            judge_all(args)
        elif args.measure:
            for model in measure_models():
                print(f"{model.name}: {model.reading_ms:.2f} ms a reading", flush=True)
        else:
            train_all(args)
    except (DatasetError, ModelError, TrainingError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return 130
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("recipe", nargs="?", choices=list(RECIPES), help="what to train")
    what.add_argument("--all", action="store_true", help="train every recipe")
    what.add_argument("--list", action="store_true", help="list the recipes")
    what.add_argument("--results", action="store_true", help="print the results table")
    what.add_argument("--judge", action="store_true", help="judge every model by drawings")
    what.add_argument("--measure", action="store_true", help="note layers and time of every model")
    parser.add_argument("--epochs", type=positive(int), help="instead of the recipe's")
    parser.add_argument("--batch-size", type=positive(int), help="instead of the recipe's")
    parser.add_argument("--learning-rate", type=positive(float), help="instead of the recipe's")
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help="instead of the recipe's")
    parser.add_argument(
        "--distortion",
        action=argparse.BooleanOptionalAction,
        help="bend every image anew each time, or do not; default: as the recipe says",
    )
    parser.add_argument("--start-from", metavar="MODEL", help="go on from this model's weights")
    parser.add_argument("--seed", type=seed, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--name", help="the model's name; default: the recipe's, if it is free")
    parser.add_argument("--data", type=Path, help="an mnist.npz, instead of the one that is found")
    parser.add_argument("--drawings", type=Path, help="drawn digits; default: PEN_DIGITS")
    parser.add_argument("--others", type=Path, help="letters and signs; default: PEN_OTHERS")
    parser.add_argument(
        "--hold-back", action="store_true", help="never train on the institutions held back"
    )
    parser.add_argument("--replace", action="store_true", help="replace a model of that name")
    # From a page: let all other processes go first.
    parser.add_argument("--background", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.all and (args.name or args.start_from):
        parser.error("--name and --start-from name one model; they do not go with --all")
    return args


def positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if not 0 < value < math.inf:
            raise ValueError(text)
        return value

    convert.__name__ = f"positive {kind.__name__}"  # argparse puts it into its message
    return convert


def seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < SEEDS:
        raise ValueError(text)
    return value


def train_all(args: argparse.Namespace) -> None:
    """Train what was asked for, one recipe after the other."""
    names = list(RECIPES) if args.all else [args.recipe]
    if args.all and not (args.drawings or drawings_named()):
        names = [name for name in names if not RECIPES[name].drawings]
        print("Without a file of drawings (--drawings), what is trained on them is left out.")
    for name in names:
        train_one(order_of(name, args), args)


def order_of(recipe: str, args: argparse.Namespace) -> TrainingRequest:
    changes = {
        field.name: getattr(args, field.name)
        for field in dataclasses.fields(TrainingRequest)
        if field.name not in ("recipe", "name")
    }
    name = args.name or (recipe if args.replace else registry.free_name(recipe))
    return TrainingRequest(recipe, name, **changes)


def train_one(order: TrainingRequest, args: argparse.Namespace) -> None:
    if not args.background:
        order.check()  # a slip of the pen is no training that failed
    with jobs.run(order, background=args.background) as listener:
        order.check()
        print(
            f"{order.name}: recipe {order.recipe}, seed {order.seed}{how_long(order)}", flush=True
        )
        model = train(
            order.changed(),
            load_mnist(args.data, progress=True),
            order.name,
            seed=order.seed,
            replace=order.replace,
            drawings=find_drawings(args.drawings, args.others),
            start=order.start(),
            listener=listener,
        )
    print(f"{model.path}: test accuracy {model.accuracy:.2%}, loss {model.loss:.4f}", flush=True)


def how_long(order: TrainingRequest) -> str:
    """What it will take here; nothing where no model tells."""
    seconds = seconds_of(order, registry.complete_models())
    return f", {about(seconds)}" if seconds else ""


def judge_all(args: argparse.Namespace) -> None:
    """Write into every model's folder how it reads drawings that it was not trained on."""
    drawings = find_drawings(args.drawings, args.others)
    if drawings is None:
        raise MissingDatasetError("Name a file of drawings, with --drawings or PEN_DIGITS.")
    for model in judge_models(drawings):
        figures = model.drawn.get("all", {"accuracy": math.nan})
        print(f"{model.name}: {figures['accuracy']:.2%} of drawn digits", flush=True)


if __name__ == "__main__":
    sys.exit(main())
