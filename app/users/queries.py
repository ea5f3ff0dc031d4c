"""People who sign in."""

from sqlalchemy import func, select

from app.extensions import db
from app.models import Membership, User


def user_by_email(email: str) -> User | None:
    """The person who signs in with this address, in whatever case it is written."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def membership_of(user_id: int, organisation_id: int) -> Membership:
    """What a person is in an organisation that they belong to."""
    asked = select(Membership).where(Membership.user_id == user_id, Membership.organisation_id == organisation_id)
    return db.session.scalars(asked).one()
