"""The doughnut as a Plotly figure: what is drawn, never how it looks. Colours are the style sheet's, filled in by doughnut.js."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.domain.shown import ShownGroup, group_of
from app.reports.accounting import Slice

_HOLE = 0.7
_HATCHED = "/"


def doughnut(slices: Sequence[Slice]) -> str:
    """The figure as JSON: one slice a status that has people, clockwise from the top in the order given.

    `customdata` names each slice's status, by which the page finds its colour and its row in the table.
    """
    drawn = [each for each in slices if each.people]
    ring = go.Pie(
        labels=[each.word for each in drawn],
        values=[each.people for each in drawn],
        customdata=[str(each.status) for each in drawn],
        hole=_HOLE,
        sort=False,
        direction="clockwise",
        textinfo="none",
        hovertemplate="%{label}<br>%{value:,} · %{percent}<extra></extra>",
        marker={
            "line": {"color": "#fff", "width": 1.5},
            "pattern": {"shape": [_pattern(each) for each in drawn], "fillmode": "replace", "bgcolor": "#fff", "size": 5, "solidity": 0.6},
        },
    )
    layout = go.Layout(
        template=go.layout.Template(),
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        separators=".,",
    )
    figure: str = go.Figure(data=[ring], layout=layout).to_json()
    return figure


def _pattern(each: Slice) -> str:
    return _HATCHED if group_of(each.status) is ShownGroup.NEVER_SENT else ""
