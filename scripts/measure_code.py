"""Prints the lines of each room, the longest files, and how many functions are short."""

import ast
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "clipflow"
SHORT_LINES = 30
LONG_FILE_LINES = 300


def main() -> None:
    rooms: Counter[str] = Counter()
    lengths: list[int] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        parts = path.relative_to(PACKAGE).parts
        rooms[parts[0] if len(parts) > 1 else "(top)"] += lines
        if lines > LONG_FILE_LINES:
            print(f"{lines:5} lines  {path.relative_to(PACKAGE)}")
        functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
        lengths += [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    for room, lines in sorted(rooms.items()):
        print(f"{lines:5} lines  {room}/")
    short = sum(length <= SHORT_LINES for length in lengths) / len(lengths)
    print(f"{len(lengths)} functions, {short:.1%} of {SHORT_LINES} lines at most")


if __name__ == "__main__":
    main()
