import pytest

from app.models import Organisation
from tests import factories
from tests.api.programs import Program


@pytest.fixture
def club() -> Organisation:
    return factories.an_organisation(country="GB")


@pytest.fixture
def program(app, club) -> Program:
    """With every scope, of a key that Alice has made."""
    return Program(app, club, owner=factories.a_member(club, name="Alice"))
