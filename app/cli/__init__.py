"""The command line for operators: `flask …`."""

from flask import Flask


def register(app: Flask) -> None:
    """Add our commands to an application."""
    from app.cli.checks import recount_command
    from app.cli.demo import demo
    from app.cli.doctor import doctor
    from app.cli.export import export
    from app.cli.requeue import requeue
    from app.cli.sample import sample_data
    from app.cli.users import create_organisation, create_user

    for command in (recount_command, requeue, doctor, export, sample_data, demo, create_organisation, create_user):
        app.cli.add_command(command)
