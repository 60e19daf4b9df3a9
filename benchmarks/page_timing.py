"""What the measurements of pages share."""

from typing import Any

from playwright.sync_api import Page

WINDOW = {"width": 1440, "height": 900}


def memory_mb(page: Page) -> tuple[float, float]:
    """The JavaScript heap after a collection, and what buffers hold besides."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = session.send("Runtime.getHeapUsage")
    return usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6


def percentile(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(0.95 * len(values))]
