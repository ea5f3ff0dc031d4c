"""All pages of this room: drafts, composing, reviewing and sending, previews, urgent texts, approval, the organisation's rules."""

from app.sendouts.approving import routes as approving
from app.sendouts.blueprint import bp
from app.sendouts.composing import routes as composing
from app.sendouts.drafting import routes as drafting
from app.sendouts.previewing import routes as previewing
from app.sendouts.reviewing import routes as reviewing
from app.sendouts.rules import routes as rules
from app.sendouts.urgent import routes as urgent

__all__ = ["approving", "bp", "composing", "drafting", "previewing", "reviewing", "rules", "urgent"]
