"""The sample payloads, read once."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "payloads"


def sample(name: str) -> Any:
    """The JSON of one sample, by its path below the folder."""
    return json.loads(sample_bytes(name))


def sample_bytes(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def names(pattern: str) -> list[str]:
    """The paths of all samples that match, below the folder."""
    return sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob(pattern) if path.is_file())
