"""Signing in with a provider of OpenID Connect, in a browser that goes there and comes back."""

import json
import warnings
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from scripts.running import free_port
from tests.service.conftest import environment_of
from tests.service.processes import installed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock  # type: ignore[import-untyped]


# The provider's own package is told off by another of its packages.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_somebody_signs_in_with_a_provider(chromium: Browser, tmp_path: Path) -> None:
    with oidc_provider_mock.run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        claims = {"email": "dora@example.org", "email_verified": True, "name": "Dora"}
        requests.put(f"{issuer}/users/dora", json=claims, timeout=5)
        known = {
            "name": "company",
            "title": "The Company",
            "issuer": issuer,
            "client_id": "clipflow",
            "client_secret": "of-the-test",
        }
        port = free_port()
        values = {
            **environment_of("embedded", tmp_path, None),
            "OIDC_PROVIDERS": json.dumps([known]), "PUBLIC_URL": f"http://localhost:{port}",
        }  # fmt: skip
        with installed(values) as installation:
            web = installation.start("web", environment={"PORT": str(port)})
            web.wait_for("ClipFlow is ready at")
            page = chromium.new_context().new_page()
            page.goto(f"http://localhost:{port}/sign-in?next=/account")
            page.get_by_role("link", name="Sign in with The Company").click()
            page.locator("input[name=sub]").fill("dora")
            page.locator("button", has_text="Authorize").first.click()
            page.wait_for_url(f"http://localhost:{port}/account")
            expect(page.locator("#own-name")).to_have_text("Dora")
            expect(page.locator("[data-provider-name=company]")).to_contain_text("connected")
            refused = {"error": {"code": "REAUTHENTICATION_REQUIRED", "message": "Show first that it is you."}}
            page.route("**/auth/oidc/company", lambda route: route.fulfill(status=403, json=refused), times=1)
            page.get_by_role("button", name="Disconnect The Company").click()
            with page.context.expect_page() as beside:
                page.get_by_role("link", name="Sign in again with The Company").click()
            beside.value.locator("input[name=sub]").fill("dora")
            beside.value.locator("button", has_text="Authorize").first.click()
            beside.value.wait_for_url(f"http://localhost:{port}/account")
            page.get_by_role("button", name="Go on").click()
            expect(page.locator("#providers-message")).to_contain_text("Set a password first")
            page.get_by_role("button", name="Disconnect The Company").click()
            expect(page.locator("#providers-message")).to_contain_text("Set a password first")
            page.context.close()
