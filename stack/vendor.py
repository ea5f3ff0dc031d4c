"""`python -m stack.vendor`: copy the front-end files that we serve out of node_modules, and build one icon sprite.

The names are stable, so templates never name a version; package-lock.json does.
"""

import re
import sys
from pathlib import Path

from stack.errors import StackFailed

_PROJECT = Path(__file__).absolute().parents[1]
_FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "plotly-basic.min.js": "plotly.js-basic-dist-min/plotly-basic.min.js",
    "squire.min.js": "squire-rte/dist/squire.js",
}
_SOURCE_MAP = re.compile(rb"\n?(//|/\*)# sourceMappingURL=\S+( ?\*/)?")  # names a file that is not served
_FILLED = "-filled"
_ICON_BODY = re.compile(r"<svg\b[^>]*>(.*)</svg>", re.DOTALL)
_BACKGROUND = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')
_OUTLINE = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
_SOLID = 'fill="currentColor"'


def copy_vendor_files(modules: Path, target: Path, icon_names: list[str]) -> None:
    """Fill the target folder. Raises StackFailed naming what is missing."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in _FILES.items():
        content = _read(modules / source)
        (target / name).write_bytes(_SOURCE_MAP.sub(b"", content))
    (target / "icons.svg").write_text(icon_sprite(modules / "@tabler/icons/icons", icon_names))


def icon_sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a symbol for each icon; a page draws it by `<use href="…#NAME">` in the text's colour."""
    symbols = "\n".join(_symbol(icons, name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg"><!-- Tabler Icons, MIT licence -->\n{symbols}\n</svg>\n'


def listed_icons(path: Path) -> list[str]:
    """Names in the list, one a line; lines that begin with # are remarks."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


def _symbol(icons: Path, name: str) -> str:
    is_filled = name.endswith(_FILLED)
    folder = "filled" if is_filled else "outline"
    drawing = _read(icons / folder / f"{name.removesuffix(_FILLED)}.svg").decode()
    body = _ICON_BODY.search(drawing)
    if body is None:
        raise StackFailed(f"icon {name} is no SVG drawing")

    paths = " ".join(_BACKGROUND.sub("", body[1]).split())
    return f'<symbol id="{name}" viewBox="0 0 24 24" {_SOLID if is_filled else _OUTLINE}>{paths}</symbol>'


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise StackFailed(f"{path} is missing: run `npm ci`, and check app/static/icons.txt") from None


def main() -> int:
    """Copy this project's files."""
    static = _PROJECT / "app" / "static"
    try:
        copy_vendor_files(_PROJECT / "node_modules", static / "vendor", listed_icons(static / "icons.txt"))
    except StackFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
