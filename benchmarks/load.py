"""A load generator light enough not to be what is measured: keep-alive connections over bare sockets."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Load:
    """What came of a load: requests a second and the latency of each in milliseconds."""

    per_second: float
    latencies_ms: list[float]
    statuses: dict[str, int]


async def ask_all(port: int, request: bytes, connections: int, seconds: float, pause_s: float) -> Load:
    """Send one request again and again over this many connections."""
    latencies_ms: list[float] = []
    statuses: dict[str, int] = {}
    until_s = time.perf_counter() + seconds

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began_s := time.perf_counter()) < until_s:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_content_length(head))
            latencies_ms.append((time.perf_counter() - began_s) * 1000)
            status = head[9:12].decode()
            statuses[status] = statuses.get(status, 0) + 1
            if pause_s:
                await asyncio.sleep(pause_s)
        writer.close()

    began_s = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(connections)))
    return Load(len(latencies_ms) / (time.perf_counter() - began_s), latencies_ms, statuses)


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + 15
    return int(head[start : head.index(b"\r", start)])


def main() -> None:
    """In a process of its own: the settings come as JSON on standard input, the result goes out the same way."""
    given = json.load(sys.stdin)
    load = asyncio.run(
        ask_all(given["port"], given["request"].encode(), given["connections"], given["seconds"], given["pause_s"])
    )
    json.dump(asdict(load), sys.stdout)


if __name__ == "__main__":
    main()
