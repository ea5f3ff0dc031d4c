"""`flask create-organisation` and `flask create-user`: how the first people come in; owners invite the others."""

from uuid import uuid4

import click
from flask.cli import with_appcontext
from sqlalchemy.dialects.postgresql import insert

from app.domain.addresses import normalise_email
from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Invalid
from app.models import Membership, Organisation, User
from app.users.invitations import link_token
from app.users.organisation.forms import countries, time_zones
from app.users.queries import user_by_email
from app.web.installation import settings

NO_SUCH_ORGANISATION = "There is no organisation with that number."


@click.command("create-organisation")
@click.argument("name")
@click.option("--short-name", help="Begins its texts; the name's first word unless given.")
@click.option("--country", default="GB", show_default=True, help="Two letters: how numbers without a country code are read.")
@click.option("--zone", default="Europe/London", show_default=True, help="Its time zone.")
@with_appcontext
def create_organisation(name: str, short_name: str | None, country: str, zone: str) -> None:
    """Create an organisation called NAME, and say its number."""
    if not name.strip():
        raise click.BadParameter("An organisation needs a name.", param_hint="NAME")
    if country.upper() not in dict(countries()):
        raise click.BadParameter(f"{country} is no country's two letters.", param_hint="--country")
    if zone not in time_zones():
        raise click.BadParameter(f"{zone} is no time zone; one is Europe/London.", param_hint="--zone")
    organisation = Organisation(name=name, short_name=short_name or name.split(maxsplit=1)[0][:15], country=country.upper(), time_zone=zone)
    db.session.add(organisation)
    db.session.commit()
    click.echo(f"Organisation {organisation.id}: {name}")


@click.command("create-user")
@click.argument("email")
@click.option("--name", required=True, help="As the team knows them.")
@click.option("--organisation", "organisation_id", type=int, required=True, help="The organisation's number.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value, show_default=True)
@with_appcontext
def create_user(email: str, name: str, organisation_id: int, role: str) -> None:
    """Put the person with this EMAIL address into an organisation, and print a link for their password; again for a lost one."""
    try:
        address = normalise_email(email).address
    except Invalid as problem:
        raise click.BadParameter(str(problem), param_hint="EMAIL") from problem
    if db.session.get(Organisation, organisation_id) is None:
        raise click.BadParameter(NO_SUCH_ORGANISATION, param_hint="--organisation")
    user = user_by_email(address) or User(name=name, email=address, active=True, fs_uniquifier=uuid4().hex)
    db.session.add(user)
    db.session.flush()
    place = insert(Membership).values(organisation_id=organisation_id, user_id=user.id, role=role)
    db.session.execute(place.on_conflict_do_update(index_elements=["user_id", "organisation_id"], set_={"role": role}))
    db.session.commit()
    click.echo(f"{address} is {role} of organisation {organisation_id}. To set a password, open once within a week:")
    click.echo(f"{settings().public_url}/invite/{link_token(user)}")
