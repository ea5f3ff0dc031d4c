"""`python -m stack servers`: what the Makefile calls."""

import argparse
import sys
from pathlib import Path

from stack.errors import StackFailed
from stack.keeper import KeeperOptions, keep_servers


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code tells how it went."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except StackFailed as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    servers = commands.add_parser("servers", help="run PostgreSQL and Redis only, and print their URLs")
    servers.add_argument("--folder", type=Path, default=Path("var/stack"))
    servers.add_argument("--follow-stdin", action="store_true", help="stop at the end of stdin")
    servers.add_argument("--not-durable", action="store_true", help="faster, and lost at a power cut: for tests")
    servers.set_defaults(run=_servers)
    return parser


def _servers(asked: argparse.Namespace) -> int:
    keep_servers(KeeperOptions(asked.folder, asked.follow_stdin, not asked.not_durable))
    return 0


if __name__ == "__main__":
    sys.exit(main())
