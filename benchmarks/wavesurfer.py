"""wavesurfer.js, the usual library for waveforms, with the peaks of the same six hours in the same browser."""

import statistics
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from playwright.sync_api import Browser

from benchmarks.inputs import ROOT
from benchmarks.page_timing import WINDOW, memory_mb, percentile
from benchmarks.table import Row

STEPS = 20
# As close as the review page is at its segments.
PX_PER_SECOND = 100


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Requests are of no interest here."""


def measure_wavesurfer(browser: Browser) -> list[Row]:
    """The waveform alone: no segments, no ruler, no player."""
    handler = partial(_QuietHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_context(viewport=WINDOW).new_page()  # type: ignore[arg-type]
        page.goto(f"http://127.0.0.1:{server.server_port}/benchmarks/wavesurfer.html")
        page.wait_for_selector("body[data-ready=all]")
        zoom = (
            f"async () => await timed(() => wavesurfer.zoom(0)) + await timed(() => wavesurfer.zoom({PX_PER_SECOND}))"
        )
        zoom_ms = [page.evaluate(zoom) for _ in range(STEPS)]
        scroll_ms = page.evaluate("() => frames(240, (number) => wavesurfer.setScroll(number * 40))")
        used, held = memory_mb(page)
        page.context.close()
        server.shutdown()
    return [
        Row("zoom to fit and back, median, ms", f"{statistics.median(zoom_ms):.1f}"),
        Row("zoom to fit and back, 95th percentile, ms", f"{percentile(zoom_ms):.1f}"),
        Row("a frame while scrolling, 95th percentile, ms", f"{percentile(scroll_ms):.1f}"),
        Row("JavaScript heap, MB", f"{used:.1f}"),
        Row("the waveform and other buffers, MB", f"{held:.1f}"),
    ]
