"""Teams and who belongs to them; every project belongs to one, and can be shared with people.

Projects that are there go into the personal teams of those who made them.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from peewee import CharField, DateTimeField, ForeignKeyField, Model, PostgresqlDatabase, UUIDField


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class User(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "users"

    class Project(Base):
        id = UUIDField(primary_key=True)

        class Meta:
            table_name = "projects"

    class Team(Base):
        id = UUIDField(primary_key=True)
        name = CharField(max_length=200)
        personal_of = ForeignKeyField(User, on_delete="CASCADE", null=True, unique=True)
        created_at = DateTimeField()
        updated_at = DateTimeField()
        deleted_at = DateTimeField(null=True)

        class Meta:
            table_name = "teams"

    class Membership(Base):
        id = UUIDField(primary_key=True)
        team = ForeignKeyField(Team, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        role = CharField(max_length=20)
        created_at = DateTimeField()

        class Meta:
            table_name = "memberships"
            indexes = ((("team", "user"), True), (("user", "role"), False))

    class ProjectShare(Base):
        id = UUIDField(primary_key=True)
        project = ForeignKeyField(Project, on_delete="CASCADE")
        user = ForeignKeyField(User, on_delete="CASCADE")
        role = CharField(max_length=20)
        created_at = DateTimeField()

        class Meta:
            table_name = "project_shares"
            indexes = ((("project", "user"), True), (("user", "role"), False))

    db.create_tables([Team, Membership, ProjectShare], safe=False)
    id_type = "UUID" if isinstance(db, PostgresqlDatabase) else "TEXT"
    db.execute_sql(f"ALTER TABLE projects ADD COLUMN team_id {id_type} REFERENCES teams (id) ON DELETE CASCADE")
    now = datetime.now(UTC).replace(tzinfo=None)
    for (owner_id,) in db.execute_sql("SELECT DISTINCT owner_id FROM projects").fetchall():
        user_id = owner_id if isinstance(owner_id, UUID) else UUID(owner_id)
        team = Team.create(id=uuid4(), name="Personal", personal_of=user_id, created_at=now, updated_at=now)
        Membership.create(id=uuid4(), team=team, user=user_id, role="owner", created_at=now)
    db.execute_sql(
        "UPDATE projects SET team_id = (SELECT teams.id FROM teams WHERE teams.personal_of_id = projects.owner_id)"
    )
    db.execute_sql("CREATE INDEX project_team_id_created_at_id ON projects (team_id, created_at, id)")
