"""`python -m stack servers|run|demo`: what the Makefile calls."""

import argparse
import sys
from pathlib import Path

from stack import commands
from stack.errors import StackFailed
from stack.keeper import KeeperOptions
from stack.local import LocalOptions


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code tells how it went."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except StackFailed as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description="Sendout on one machine.")
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_servers(kinds.add_parser("servers", help="run PostgreSQL and Redis only, and print their URLs"))
    _add_run(kinds.add_parser("run", help="run everything, with sample data"))
    _add_demo(kinds.add_parser("demo", help="run everything on free ports, play the main job, stop"))
    return parser


def _add_servers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("var/stack"))
    parser.add_argument("--follow-stdin", action="store_true", help="stop at the end of stdin")
    parser.add_argument("--not-durable", action="store_true", help="faster, and lost at a power cut: for tests")
    parser.set_defaults(run=lambda asked: commands.servers(KeeperOptions(asked.folder, asked.follow_stdin, not asked.not_durable)))


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("var"))
    parser.add_argument("--port", type=int, default=8000, help="of the web server; the next free one if it is taken")
    parser.add_argument("--simulator-port", type=int, default=9100, help="of the simulator; the next free one if it is taken")
    parser.set_defaults(run=lambda asked: commands.run(LocalOptions(asked.folder, asked.port, asked.simulator_port, is_shown=True)))


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="emptied first")
    parser.set_defaults(run=lambda asked: commands.demo(asked.folder))


if __name__ == "__main__":
    sys.exit(main())
