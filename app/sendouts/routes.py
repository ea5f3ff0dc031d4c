"""All pages of this room: drafts, composing, templates, reviewing and sending, previews, urgent texts, approval, rules."""

from app.sendouts.approving import routes as approving
from app.sendouts.blueprint import bp
from app.sendouts.composing import routes as composing
from app.sendouts.drafting import routes as drafting
from app.sendouts.previewing import routes as previewing
from app.sendouts.reviewing import routes as reviewing
from app.sendouts.rules import routes as rules
from app.sendouts.templating import routes as templating
from app.sendouts.urgent import routes as urgent

__all__ = ["approving", "bp", "composing", "drafting", "previewing", "reviewing", "rules", "templating", "urgent"]
