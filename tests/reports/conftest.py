from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.roles import Role
from app.extensions import db
from app.models import Sendout
from tests.browser import Browser
from tests.factories import a_member, an_organisation
from tests.reports.mixtures import a_row, a_running_sendout


@dataclass
class Scene:
    """A club with a send-out that runs, and a browser for each role."""

    organisation: Any
    sendout: Sendout
    people: dict[Role, Browser]

    @property
    def page(self):
        return f"/sendouts/{self.sendout.id}"

    @property
    def organiser(self):
        return self.people[Role.ORGANISER]

    def state(self):
        db.session.expire_all()
        return db.session.get_one(Sendout, self.sendout.id).state

    def given(self, *standings, **values):
        """Give the send-out messages that stand so, and commit everything."""
        rows = [a_row(self.sendout, standing, **values) for standing in standings]
        db.session.commit()
        return rows


@pytest.fixture
def scene(app):
    organisation = an_organisation()
    people = {role: Browser(app, a_member(organisation, role)) for role in Role}
    sendout = a_running_sendout(organisation, title="Spring camp")
    db.session.commit()
    return Scene(organisation, sendout, people)
