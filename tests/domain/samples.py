"""What the rules' tests draw their cases from."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from app.domain.delivery import LADDER, DeliveryStatus
from app.domain.shown import Facts, OptOutMethod

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)

statuses = st.sampled_from(list(DeliveryStatus))
event_statuses = st.sampled_from(LADDER)
# Few distinct instants, so that ties between events are common.
moments = st.integers(min_value=0, max_value=5).map(lambda minutes: NOON + timedelta(minutes=minutes))
maybe = st.none() | moments


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Any facts that a row can hold: an opt-out has both its time and its method, or neither."""
    opted_out_at = draw(maybe)
    return Facts(
        opened_at=draw(maybe),
        machine_opened_at=draw(maybe),
        clicked_at=draw(maybe),
        machine_clicked_at=draw(maybe),
        acknowledged_at=draw(maybe),
        responded_at=draw(maybe),
        wrote_back_at=draw(maybe),
        opted_out_at=opted_out_at,
        opted_out_by=None if opted_out_at is None else draw(st.sampled_from(OptOutMethod)),
    )
