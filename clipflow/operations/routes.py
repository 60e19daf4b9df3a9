"""The routes of health and configuration."""

from typing import Any

from flask import Response
from flask.views import MethodView

from clipflow.app_context import current_resources
from clipflow.core import clock
from clipflow.http.api import Blueprint
from clipflow.http.authentication import current_principal, is_signed_in
from clipflow.http.rate_limits import Budget, is_loopback, rate_limit
from clipflow.http.responses import json_response
from clipflow.operations import service
from clipflow.operations.schemas import FeaturesSchema, HealthSchema, ReadinessSchema

blp = Blueprint("operations", __name__, description="What this installation can do, and whether it is well.")


@blp.route("/config/features")
class FeatureViews(MethodView):
    """What this installation can do."""

    @blp.response(200, FeaturesSchema)
    def get(self) -> dict[str, Any]:
        """Show what this installation can do; open to everybody."""
        principal = current_principal() if is_signed_in() else None
        return service.features(current_resources(), principal)


@blp.route("/health")
class HealthViews(MethodView):
    """Whether the process lives."""

    @rate_limit(Budget.NONE)
    @blp.response(200, HealthSchema)
    def get(self) -> dict[str, str]:
        """Say that the process lives."""
        return {"status": "ok"}


@blp.route("/health/ready")
class ReadinessViews(MethodView):
    """Whether every part is there."""

    @rate_limit(Budget.NONE)
    @blp.response(200, ReadinessSchema)
    @blp.alt_response(503, schema=ReadinessSchema, description="A part is missing; `checks` says which.")
    def get(self) -> Response:
        """Say whether every part is there; administrators, and who asks on this machine, see which.

        The state is at most a second old for everybody else.
        """
        resources = current_resources()

        def find() -> dict[str, str]:
            return service.readiness(resources, clock.now())

        may_see_parts = is_loopback() or (is_signed_in() and current_principal().is_administrator)
        checks = find() if may_see_parts else resources.readiness.get(find)
        is_ready = all(state == "ok" for state in checks.values())
        body: dict[str, Any] = {"status": "ok" if is_ready else "unavailable"}
        if may_see_parts:
            body["checks"] = checks
        return json_response(body, 200 if is_ready else 503)
