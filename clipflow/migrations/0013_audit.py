"""The audit log, which triggers keep as it is.

A frozen copy, deliberately independent of the models: what has been released never changes here.
"""

# ruff: noqa: D103
from datetime import UTC, datetime
from typing import Any

from peewee import CharField, DateTimeField, IntegerField, JSONField, Model, PostgresqlDatabase, UUIDField

_KEPT = "id, at, actor_kind, actor_id, action, target_kind, target_id, outcome, request_id, data"
_SQLITE = (
    f"CREATE TRIGGER audit_is_kept BEFORE UPDATE OF {_KEPT} ON audit_events "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
    "CREATE TRIGGER audit_origin_is_only_erased BEFORE UPDATE OF ip, user_agent ON audit_events "
    "WHEN NEW.ip <> '' OR NEW.user_agent <> '' "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
    "CREATE TRIGGER audit_goes_by_retention BEFORE DELETE ON audit_events "
    "WHEN OLD.at >= coalesce((SELECT before FROM audit_horizon WHERE id = 1), '') "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is deleted by its retention alone'); END",
)
_POSTGRESQL = (
    """
    CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.at >= coalesce((SELECT before FROM audit_horizon WHERE id = 1), '-infinity') THEN
                RAISE EXCEPTION 'the audit log is deleted by its retention alone';
            END IF;
            RETURN OLD;
        END IF;
        IF NEW.ip <> '' OR NEW.user_agent <> ''
            OR (NEW.id, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.action) IS DISTINCT FROM
               (OLD.id, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.action)
            OR (NEW.target_kind, NEW.target_id, NEW.outcome, NEW.request_id, NEW.data::text) IS DISTINCT FROM
               (OLD.target_kind, OLD.target_id, OLD.outcome, OLD.request_id, OLD.data::text) THEN
            RAISE EXCEPTION 'the audit log is never changed';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit_events "
    "FOR EACH ROW EXECUTE FUNCTION audit_is_kept()",
)


def up(migrator: Any, db: Any) -> None:
    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class AuditEvent(Base):
        id = UUIDField(primary_key=True)
        at = DateTimeField()
        actor_kind = CharField(max_length=20)
        actor_id = UUIDField(null=True)
        action = CharField(max_length=60)
        target_kind = CharField(max_length=30)
        target_id = UUIDField(null=True)
        outcome = CharField(max_length=20)
        ip = CharField(max_length=64)
        user_agent = CharField(max_length=300)
        request_id = CharField(max_length=40)
        data = JSONField()

        class Meta:
            table_name = "audit_events"
            indexes = (
                (("at", "id"), False),
                (("actor_id", "at"), False),
                (("action", "at"), False),
                (("target_id", "at"), False),
            )

    class AuditHorizon(Base):
        id = IntegerField(primary_key=True)
        before = DateTimeField()

        class Meta:
            table_name = "audit_horizon"

    db.create_tables([AuditEvent, AuditHorizon], safe=False)
    AuditHorizon.insert(id=1, before=datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)).execute()
    for statement in _POSTGRESQL if isinstance(db, PostgresqlDatabase) else _SQLITE:
        # The sign of parameters would be looked for in it.
        db.execute_sql(statement)
