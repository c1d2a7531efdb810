"""`make torture`: prints what is done and what comes of it; exits with 1 if anything is wrong."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
import sys

from torture import network
from torture.programs import NotServing
from torture.run import Options, run

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# The rest mostly follows from the first ones.
MOST_SHOWN = 40


async def main(options: Options) -> list[str]:
    this = asyncio.current_task()
    assert this
    for number in STOPPING:
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    wrong: list[str] = []
    try:
        wrong = await run(options)
    except* NotServing as group:
        wrong = [str(reason) for reason in group.exceptions]
    return wrong


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long there are faults")
    parser.add_argument("--seed", type=int, help="that of the run that is to be repeated")
    parser.add_argument("--rate", type=float, default=50, help="requests of the writers a second")
    parser.add_argument(network.APART, action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    chosen = arguments()
    if not chosen.apart:
        if missing := network.why_not_apart():
            print(f"Without faults of the network: {missing}.")
        else:
            network.move_apart()
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    again = f"make torture MINUTES={chosen.minutes:g} SEED={seed}"
    print(f"{again} RATE={chosen.rate:g}", flush=True)
    try:
        wrong = asyncio.run(main(Options(seed, chosen.minutes * 60, chosen.rate, chosen.apart)))
    except asyncio.CancelledError:
        sys.exit("The torture was stopped.")
    for line in wrong[:MOST_SHOWN]:
        print(f"WRONG: {line}")
    if wrong:
        sys.exit(f"{len(wrong)} violations. The same faults once more: {again}")
    print("Nothing acknowledged was lost or repeated, and every reader was sent everything.")
