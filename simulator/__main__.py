"""`python -m simulator`."""

import asyncio
import sys

from simulator.server import serve
from simulator.settings import settings_from


def main() -> int:
    settings = settings_from(sys.argv[1:])
    try:
        asyncio.run(serve(settings))
    except OSError as trouble:
        sys.stderr.write(f"simulator: cannot serve at {settings.base_url}: {trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
