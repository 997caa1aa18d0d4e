"""Start the simulated banks: `python -m bank_gateway.simulator --dir DIR --control-port N --sftp-port N`."""

import argparse
import asyncio
import logging
import os
import sys
from datetime import datetime
from pathlib import Path

from bank_gateway.simulator import instants, profiles
from bank_gateway.simulator.program import Options, UnableToStart, run


def main() -> int:
    """Read the command line and run until stopped; 2 when the folder or a port is taken."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    options = _options(sys.argv[1:])
    os.umask(0o077)  # logins' keys and salaries lie in the folder
    try:
        asyncio.run(run(options))
    except UnableToStart as error:
        print(f"The simulated banks can't start. {error}", file=sys.stderr)
        return 2
    return 0


def _options(arguments: list[str]) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bank_gateway.simulator", description="Simulated banks")
    parser.add_argument("--dir", type=Path, required=True, help="folder that keeps everything; made if needed")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API; 0 takes a free one")
    parser.add_argument("--sftp-port", type=int, default=0, help="port of the SFTP server; 0 takes a free one")
    parser.add_argument("--clock-start", type=_clock_start, default=None, help="ISO time with offset for a new clock")
    parser.add_argument("--banks", type=_banks, default=profiles.BANKS, help="ids of banks, by comma; all if absent")
    given = parser.parse_args(arguments)
    return Options(given.dir.resolve(), given.control_port, given.sftp_port, given.clock_start, given.banks)


def _clock_start(text: str) -> datetime:
    """Read the time a new clock starts at."""
    return instants.from_text(text)


def _banks(text: str) -> dict[str, profiles.BankHabits]:
    """Read the ids of the banks to run."""
    unknown = [each for each in text.split(",") if each not in profiles.BANKS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no such bank: {', '.join(unknown)}; there are {', '.join(profiles.BANKS)}")
    return {each: profiles.BANKS[each] for each in text.split(",")}


if __name__ == "__main__":
    sys.exit(main())
