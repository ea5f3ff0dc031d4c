import pytest

from app.domain.reputation import BOUNCE_ADVICE, BOUNCES, COMPLAINT_ADVICE, COMPLAINTS, FEWEST, Judgement


@pytest.mark.parametrize(
    ("limit", "amount", "accepted", "expected"),
    [
        (BOUNCES, 0, 0, Judgement.UNKNOWN),
        (BOUNCES, FEWEST - 1, FEWEST - 1, Judgement.UNKNOWN),
        (BOUNCES, 0, FEWEST, Judgement.FINE),
        (BOUNCES, 249, 10_000, Judgement.FINE),
        (BOUNCES, 250, 10_000, Judgement.NEAR),
        (BOUNCES, 500, 10_000, Judgement.OVER),
        (BOUNCES, 1_000, 10_000, Judgement.PAUSING),
        (COMPLAINTS, 4, 10_000, Judgement.FINE),
        (COMPLAINTS, 5, 10_000, Judgement.NEAR),
        (COMPLAINTS, 10, 10_000, Judgement.OVER),
        (COMPLAINTS, 50, 10_000, Judgement.PAUSING),
    ],
)
def test_a_rate_is_judged_by_amazons_limits(limit, amount, accepted, expected):
    assert limit.judgement(amount, accepted) is expected


def test_every_judgement_comes_with_advice():
    assert set(BOUNCE_ADVICE) == set(COMPLAINT_ADVICE) == set(Judgement)
