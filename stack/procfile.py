"""The Procfile: the same processes here as on the platform that the application is deployed to."""

import re
from pathlib import Path

from stack.errors import StackFailed

_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def procfile(path: Path) -> dict[str, str]:
    """Shell commands by name, in the file's order."""
    commands: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise StackFailed(f"{path.name}, line {number}: expected NAME: COMMAND")
        commands[match["name"]] = match["command"]
    return commands
