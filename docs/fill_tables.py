"""Fill the tables of README.md and docs/*.md with what the commands in their marks print.

python docs/fill_tables.py results          one table
python docs/fill_tables.py results latency  several

A table is between `<!-- name: command -->` and `<!-- end -->`. The command is run by Python:
`train.py --results` or `-m benchmarks.latency`.
"""

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TABLE = re.compile(r"(<!-- ([a-z]+): ([^\n]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", metavar="NAME", choices=names(), help="of a table")
    for name in parser.parse_args().tables:
        fill(name)


def names() -> list[str]:
    """The names of all tables."""
    return [name for page in PAGES for _, name, _, _ in TABLE.findall(read(page))]


def fill(name: str) -> None:
    """Run the command of a table and write what it prints, in each page that has the table."""
    for page in PAGES:
        for table in TABLE.finditer(read(page)):
            if table[2] == name:
                filled = f"{table[1]}{output_of(table[3])}{table[4]}"
                page.write_text(read(page).replace(table[0], filled), encoding="utf-8")


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def output_of(command: str) -> str:
    arguments = [sys.executable, *shlex.split(command)]
    run = subprocess.run(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout


if __name__ == "__main__":
    main()
