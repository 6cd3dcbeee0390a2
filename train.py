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
import math
import sys
from collections.abc import Callable
from pathlib import Path

from recognizer import registry, results
from recognizer.architectures import RECIPES, Recipe
from recognizer.data import DatasetError, MissingDatasetError, Mnist, load_mnist
from recognizer.pen import Drawings, find_drawings
from recognizer.registry import ModelError
from recognizer.training import DEFAULT_SEED, Changes, judge_models, measure_models, train

INTERRUPTED = """
train.py: interrupted; no model was left half done.
A training on drawings goes on from its last whole epoch when it is started again."""


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    try:
        if args.list:
            print(results.recipes_table())
        elif args.results:
            print(results.results_tables())
        elif args.judge:
            judge_all(args)
        elif args.measure:
            for model in measure_models():
                print(f"{model.name}: {model.reading_ms:.2f} ms a reading", flush=True)
        else:
            train_all(args)
    except (DatasetError, ModelError) as error:
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
    parser.add_argument("--seed", type=seed, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--name", help="the model's name; default: the recipe's, if it is free")
    parser.add_argument("--data", type=Path, help="an mnist.npz, instead of the one that is found")
    parser.add_argument("--drawings", type=Path, help="drawn digits; default: PEN_DIGITS")
    parser.add_argument("--others", type=Path, help="letters and signs; default: PEN_OTHERS")
    parser.add_argument(
        "--hold-back", action="store_true", help="never train on the institutions held back"
    )
    parser.add_argument("--replace", action="store_true", help="replace a model of that name")
    args = parser.parse_args(arguments)
    if args.all and args.name:
        parser.error("--name names one model; it does not go with --all")
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
    if not 0 <= value < 2**32:  # what keras.utils.set_random_seed takes
        raise ValueError(text)
    return value


def train_all(args: argparse.Namespace) -> None:
    """Train what was asked for, one recipe after the other."""
    changes = Changes(args.epochs, args.batch_size, args.learning_rate, args.hold_back)
    drawings = find_drawings(args.drawings, args.others)
    chosen = list(RECIPES.values()) if args.all else [RECIPES[args.recipe]]
    if args.all and drawings is None:
        chosen = [recipe for recipe in chosen if not recipe.drawings]
        print("Without a file of drawings (--drawings), what is trained on them is left out.")
    data = load_mnist(args.data, progress=True)
    for recipe in chosen:
        train_one(changes.apply(recipe), data, drawings, args)


def train_one(
    recipe: Recipe, data: Mnist, drawings: Drawings | None, args: argparse.Namespace
) -> None:
    name = args.name or (recipe.name if args.replace else registry.free_name(recipe.name))
    print(
        f"{name}: recipe {recipe.name}, epochs {recipe.epochs}, seed {args.seed}{how_long(recipe)}",
        flush=True,
    )
    model = train(recipe, data, name, seed=args.seed, replace=args.replace, drawings=drawings)
    print(
        f"{model.path}: test accuracy {model.accuracy:.2%}, loss {model.loss:.4f}",
        flush=True,
    )


def how_long(recipe: Recipe) -> str:
    """What the model of that name took, an epoch for an epoch; nothing where there is none."""
    try:
        known = registry.find_model(recipe.name)
    except ModelError:
        return ""
    if known.history.empty:
        return ""
    seconds = known.seconds_per_epoch * len(known.history)
    minutes = seconds * recipe.epochs / known.recipe["epochs"] / 60
    return f"; {recipe.name} in models/ took {minutes:.0f} min for as many epochs"


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
