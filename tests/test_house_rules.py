"""What keeps the house: rules of `style.md` that no linter knows."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import Migrate
from sqlalchemy import text

from app.extensions import Base, db
from app.jobs import CATALOGUE, QueueName
from app.web.guards import Guard

ROOT = Path(__file__).parents[1]
SOURCE = sorted(path for room in ("app", "workers", "simulator", "stack") for path in (ROOT / room).rglob("*.py"))
TEMPLATES = {path: path.read_text() for path in (ROOT / "app/templates").rglob("*.html")}

# Macros whose first page is still to come.
AWAITED_MACROS = frozenset({"pager", "primary_link", "stat", "status_badge", "swatch"})


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def test_every_route_passes_exactly_one_guard(app):
    guards = {rule.rule: getattr(app.view_functions[rule.endpoint], "guard", None) for rule in app.url_map.iter_rules()}

    unguarded = [path for path, guard in guards.items() if not isinstance(guard, Guard)]

    assert unguarded == []  # a second guard on one view stops the start: see test_guards


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: f"{kind.function} in {kind.queue}")
def test_every_job_name_is_a_function(kind):
    module, _, name = kind.function.rpartition(".")

    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("queue", list(QueueName))
def test_every_queue_has_a_worker_in_the_procfile(queue):
    workers = re.findall(r"python -m workers (.*)", (ROOT / "Procfile").read_text())

    assert queue in {word.split("=")[0] for line in workers for word in line.split()}


def test_only_routes_commands_and_workers_commit():
    allowed = [path for path in SOURCE if path.name == "routes.py" or "cli" in path.parts or "workers" in path.parts]

    committing = [path for path in SOURCE if "session.commit(" in path.read_text() and "app" in path.parts and path not in allowed]

    assert names(committing) == []


def test_only_the_clock_knows_the_time():
    asking = [path for path in SOURCE if re.search(r"datetime\.(now|utcnow|today)\(", path.read_text()) and "app" in path.parts]

    assert names(asking) == ["app/lib/clock.py"]


@pytest.mark.usefixtures("database")
def test_the_models_are_what_the_migrations_build():
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert differences == []


# What Alembic does not compare; schema names taken out, so that two schemas can be held against one another.
CHECKS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'c' AND connamespace = CAST(:schema AS regnamespace)
"""
DEFAULTS = """
    SELECT table_name, column_name, column_default, generation_expression FROM information_schema.columns WHERE table_schema = :schema
"""


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("question", [CHECKS, DEFAULTS], ids=["checks", "defaults and generated columns"])
def test_the_models_say_of_a_column_what_the_migrations_say(question):
    def answers(schema):
        rows = connection.execute(text(question), {"schema": schema})
        # 0001 went through a driver that doubled its percent signs; two wildcards in a row match what one does.
        return {tuple(str(value).removeprefix("fresh.").replace("%%", "%") for value in row) for row in rows if row[0] != "alembic_version"}

    with db.engine.connect() as connection:
        connection.execute(text("CREATE SCHEMA fresh"))
        Base.metadata.create_all(connection.execution_options(schema_translate_map={None: "fresh"}))
        by_models, by_migrations = answers("fresh"), answers("public")
        connection.rollback()

    assert by_models ^ by_migrations == set()


def test_migrations_are_one_numbered_line(app):
    migrate: Migrate = app.extensions["migrate"].migrate
    revisions = list(reversed(list(ScriptDirectory.from_config(migrate.get_config()).walk_revisions())))

    assert [each.revision for each in revisions] == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    assert [each.down_revision for each in revisions] == [None, *(each.revision for each in revisions[:-1])]
    assert [Path(each.path).name[:4] for each in revisions] == [each.revision for each in revisions]


def test_no_file_is_longer_than_400_lines():
    assert [name for name, path in zip(names(SOURCE), SOURCE, strict=True) if len(path.read_text().splitlines()) > 400] == []


def test_no_function_is_longer_than_50_lines():
    too_long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in SOURCE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]

    assert too_long == []


def test_every_setting_stands_in_the_example():
    asked = set(re.findall(r"read\.\w+\(\s*\"([A-Z_0-9]+)\"", (ROOT / "config.py").read_text()))
    listed = set(re.findall(r"^#? ?([A-Z_0-9]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert asked - listed == set()


def test_every_macro_is_used():
    everything = "\n".join(TEMPLATES.values())
    macros = {name for template in TEMPLATES.values() for name in re.findall(r"{%-? *macro (\w+)\(", template)}

    unused = {name for name in macros if not re.search(rf"{{[{{%][^}}]*?(?<!macro )\b{name}\(", everything)}

    assert unused - AWAITED_MACROS == set()


def test_no_template_runs_or_styles_inline():
    inline = [
        str(path.relative_to(ROOT))
        for path, template in TEMPLATES.items()
        if re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\bnonce=)|javascript:|hx-on", template)
    ]

    assert inline == []
