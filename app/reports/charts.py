"""The doughnuts as Plotly figures: what is drawn, never how it looks. Colours are the style sheet's, filled in by doughnut.js."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.domain.shown import ShownGroup, group_of
from app.reports.accounting import Slice
from app.reports.answers.counted import Said

_HOLE = 0.7
_HATCHED = "/"


def doughnut(slices: Sequence[Slice]) -> str:
    """The figure as JSON: one slice a status that has people, clockwise from the top in the order given.

    `customdata` names each slice's status, by which the page finds its colour and its row in the table.
    """
    drawn = [each for each in slices if each.people]
    never_sent = [group_of(each.status) is ShownGroup.NEVER_SENT for each in drawn]
    return _ring([each.word for each in drawn], [each.people for each in drawn], [str(each.status) for each in drawn], never_sent)


def answers_doughnut(said: Sequence[Said]) -> str:
    """The answers to a question, in the order of its choices and drawn alike; those who have not answered are hatched."""
    drawn = [each for each in said if each.people]
    silent = [not each.choice for each in drawn]
    return _ring([each.words for each in drawn], [each.people for each in drawn], [each.key for each in drawn], silent)


def _ring(words: Sequence[str], people: Sequence[int], keys: Sequence[str], is_hatched: Sequence[bool]) -> str:
    pattern = [_HATCHED if hatched else "" for hatched in is_hatched]
    ring = go.Pie(
        labels=words,
        values=people,
        customdata=keys,
        hole=_HOLE,
        sort=False,
        direction="clockwise",
        textinfo="none",
        hovertemplate="%{label}<br>%{value:,} · %{percent}<extra></extra>",
        marker={
            "line": {"color": "#fff", "width": 1.5},
            "pattern": {"shape": pattern, "fillmode": "replace", "bgcolor": "#fff", "size": 5, "solidity": 0.6},
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
