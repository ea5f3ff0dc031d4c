"""The style sheets: every page has them all, so that a name means one thing."""

import re
from collections import defaultdict
from pathlib import Path

SHARED = {"tokens.css", "pieces.css", "plotly.css"}  # rooms build on these
_RULE = re.compile(r"^(\.[\w-]+) \{", re.MULTILINE)


def test_no_two_rooms_style_the_same_name(app):
    sheets = [sheet for sheet in Path(app.static_folder).glob("css/*.css") if sheet.name not in SHARED]
    rooms = defaultdict(set)
    for sheet in sheets:
        for name in _RULE.findall(sheet.read_text()):
            rooms[name].add(sheet.name)

    assert len(rooms) > 100
    assert {name: found for name, found in rooms.items() if len(found) > 1} == {}
