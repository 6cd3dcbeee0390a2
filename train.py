"""Train a recipe and leave a model folder.

python train.py compact-cnn              train one recipe into models/compact-cnn/
python train.py --all --replace          train all seven again, as they are shipped
python train.py --list                   the recipes
python train.py --results                the README's results table, from the model folders
"""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

from recognizer import registry, results
from recognizer.architectures import RECIPES, Recipe
from recognizer.data import DatasetError, Mnist, load_mnist
from recognizer.registry import ModelError
from recognizer.training import DEFAULT_SEED, Changes, train


def main(arguments: list[str] | None = None) -> int:
    args = parse(arguments)
    try:
        if args.list:
            print(results.recipes_table())
        elif args.results:
            print(results.results_table())
        else:
            train_all(args)
    except (DatasetError, ModelError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntrain.py: interrupted; nothing of this model was kept.", file=sys.stderr)
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
    parser.add_argument("--epochs", type=positive(int), help="instead of the recipe's")
    parser.add_argument("--batch-size", type=positive(int), help="instead of the recipe's")
    parser.add_argument("--learning-rate", type=positive(float), help="instead of the recipe's")
    parser.add_argument("--seed", type=seed, default=DEFAULT_SEED, help="default %(default)s")
    parser.add_argument("--name", help="the model's name; default: the recipe's, if it is free")
    parser.add_argument("--data", type=Path, help="an mnist.npz, instead of the one that is found")
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
    changes = Changes(args.epochs, args.batch_size, args.learning_rate)
    data = load_mnist(args.data, progress=True)
    for recipe in RECIPES.values() if args.all else [RECIPES[args.recipe]]:
        train_one(changes.apply(recipe), data, args)


def train_one(recipe: Recipe, data: Mnist, args: argparse.Namespace) -> None:
    name = args.name or (recipe.name if args.replace else registry.free_name(recipe.name))
    print(
        f"{name}: recipe {recipe.name}, epochs {recipe.epochs}, seed {args.seed}",
        flush=True,
    )
    model = train(recipe, data, name, seed=args.seed, replace=args.replace)
    print(
        f"{model.path}: test accuracy {model.accuracy:.2%}, loss {model.loss:.4f}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
