"""Fill the README's tables with what the commands in its marks print.

    python -m benchmarks.readme results          one table
    python -m benchmarks.readme results latency  several

A table stands between `<!-- name: command -->` and `<!-- end -->`.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def main() -> None:
    for name in sys.argv[1:]:
        text = README.read_text(encoding="utf-8")
        marks = re.search(rf"(<!-- {name}: (.+?) -->\n).*?(<!-- end -->)", text, re.DOTALL)
        if not marks:
            sys.exit(f"The README has no table {name!r}.")
        before, command, after = marks.groups()
        table = f"{before}{output_of(command)}{after}"
        README.write_text(text.replace(marks.group(), table), encoding="utf-8")


def output_of(command: str) -> str:
    arguments = [sys.executable, *shlex.split(command)]
    run = subprocess.run(
        arguments, cwd=README.parent, stdout=subprocess.PIPE, text=True, check=True
    )
    return run.stdout


if __name__ == "__main__":
    main()
