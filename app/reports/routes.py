"""All pages of this room."""

from app.reports.activity import routes as activity
from app.reports.answers import routes as answers
from app.reports.blueprint import bp
from app.reports.comparing import routes as comparing
from app.reports.controls import routes as controls
from app.reports.costs import routes as costs
from app.reports.details import routes as details
from app.reports.follow_up import routes as follow_up
from app.reports.home import routes as home
from app.reports.listing import routes as listing
from app.reports.merging import routes as merging
from app.reports.messages import routes as messages
from app.reports.privacy import routes as privacy
from app.reports.recipients import routes as recipients
from app.reports.rescue import routes as rescue
from app.reports.resend import routes as resend
from app.reports.search import routes as search
from app.reports.service import routes as service
from app.reports.setup import routes as setup
from app.reports.ticked import routes as ticked

__all__ = [
    "activity",
    "answers",
    "bp",
    "comparing",
    "controls",
    "costs",
    "details",
    "follow_up",
    "home",
    "listing",
    "merging",
    "messages",
    "privacy",
    "recipients",
    "rescue",
    "resend",
    "search",
    "service",
    "setup",
    "ticked",
]
