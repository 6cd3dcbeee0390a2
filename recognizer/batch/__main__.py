"""Read many drawings, from a file or a folder, into a folder of Parquet files.

python -m recognizer.batch drawings.ndjson -o readings
python -m recognizer.batch pictures/ -o readings --numbers
python -m recognizer.batch drawings.npz -o readings --cluster 10.0.0.1:6379

Interrupted, it goes on when the same command is given again. docs/batch.md has more.
"""

import argparse
import sys
from pathlib import Path

from recognizer import cluster
from recognizer.batch.run import Request, run
from recognizer.errors import RecognizerError

NAME = "recognizer.batch"


def main(arguments: list[str] | None = None) -> int:
    args = make_parser().parse_args(arguments)
    args.cluster = cluster.address_of(args.cluster)
    try:
        print(run(Request(**vars(args))))
    except RecognizerError as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{NAME}: {error}. Make the input readable, and try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"\n{NAME}: interrupted; what was read is in {args.output}. Give the same command "
            "again to go on.",
            file=sys.stderr,
        )
        return 130
    return 0


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {NAME}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "input",
        type=Path,
        metavar="IN",
        help="an .npz of drawings or images, .ndjson of Quick, Draw!, .parquet, or a folder of "
        "pictures or of .parquet",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a folder for the readings"
    )
    parser.add_argument("--model", metavar="NAME", help="default: the active one")
    parser.add_argument(
        "--numbers", action="store_true", help="read whole numbers instead of single digits"
    )
    parser.add_argument(
        "--photos",
        action=argparse.BooleanOptionalAction,
        help="take pictures for photographs of paper, or for clean pixels; default: those of a "
        "folder are photographs",
    )
    parser.add_argument("--processes", type=int, metavar="N", help="default: one for each core")
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="of a Ray cluster, HOST:PORT; default: RAY_ADDRESS"
    )
    parser.add_argument(
        "--shard-size",
        type=int,
        metavar="N",
        help="drawings in each file of the results; default: 5,000, and 500 of pictures",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
