"""People who sign in."""

from sqlalchemy import func, select

from app.extensions import db
from app.models import User


def user_by_email(email: str) -> User | None:
    """The person who signs in with this address, in whatever case it is written."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))
