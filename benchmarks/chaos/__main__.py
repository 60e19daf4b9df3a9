"""Kills, outages, wrong clocks, full and missing disks, races and load, with everything held that was promised.

``make chaos`` runs it for a minute on each of both set-ups; ``make chaos CHAOS="--minutes 60"`` for an hour.
"""

import multiprocessing
import random
import sys

import click

from benchmarks.chaos.run import try_one

_SET_UPS = ("embedded", "servers")


@click.command()
@click.option("--seed", default=lambda: str(random.randrange(10**9)), help="The same faults in the same order.")
@click.option("--minutes", type=click.FloatRange(0.1), default=1.0, help="How long things go wrong.")
@click.option("--set-up", type=click.Choice([*_SET_UPS, "both"]), default="both")
@click.option("--database-url", envvar="CLIPFLOW_TEST_DATABASE_URL", default="", help="A PostgreSQL to make one in.")
@click.option("--queue-url", envvar="CLIPFLOW_TEST_QUEUE_URL", default="", help="A Redis; its database 15 is emptied.")
def main(seed: str, minutes: float, set_up: str, database_url: str, queue_url: str) -> None:
    """Let things go wrong, and exit with 1 when a promise was broken."""
    print(f"Chaos for {minutes:g} minutes with --seed {seed}", flush=True)
    wanted = list(_SET_UPS) if set_up == "both" else [set_up]
    if "servers" in wanted and not (database_url and queue_url):
        print("PostgreSQL and Redis are left out: no --database-url and --queue-url.")
        wanted.remove("servers")
    if not wanted:
        raise click.UsageError("Nothing is left to try.")
    processes = [
        multiprocessing.get_context("spawn").Process(target=try_one, args=(one, seed, minutes, database_url, queue_url))
        for one in wanted
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    sys.exit(any(process.exitcode for process in processes))


if __name__ == "__main__":
    main()
