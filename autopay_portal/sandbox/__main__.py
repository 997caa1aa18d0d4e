"""`python -m autopay_portal.sandbox run`: the whole portal on this machine, in the foreground, in sandbox mode."""

import argparse
import contextlib
import os
import shutil
import signal
import sys
from datetime import datetime
from pathlib import Path

from autopay_portal.env import UnknownSettingError, read_environment
from autopay_portal.sandbox.children import end_left_overs
from autopay_portal.sandbox.embedded import elsewhere
from autopay_portal.sandbox.installation import require_free_port
from autopay_portal.sandbox.lock import take_lock
from autopay_portal.sandbox.place import ROOT, Place, UnableToStartError
from autopay_portal.sandbox.servers.owner import UnableToServeError
from autopay_portal.sandbox.servers.process import die_with_parent
from autopay_portal.sandbox.stop import Stopping
from autopay_portal.sandbox.supervisor import Options, Supervisor


def say(text: str) -> None:
    """Print one line with the time before it.

    When nobody listens any more (a closed terminal, `| head`) the work goes on: an orderly stop must not end half-way.
    """
    line = f"{datetime.now().astimezone():%H:%M:%S} {text}\n"
    with contextlib.suppress(OSError):
        os.write(1, line.encode())


def read_options() -> Options:
    """Return what the environment says; raise UnableToStartError for what the sandbox can't do."""
    settings = read_environment()
    if settings.get("AUTOPAY_MODE", "sandbox") != "sandbox":
        raise UnableToStartError("make run is the sandbox; production runs as docker-compose.yml shows")
    port = settings.get("AUTOPAY_PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise UnableToStartError(f"AUTOPAY_PORT is {port!r}; it is a number from 1 to 65535")
    return Options(
        place=Place(Path(settings.get("AUTOPAY_VAR") or ROOT / "var").absolute()),
        port=int(port),
        public_url=settings.get("AUTOPAY_PUBLIC_URL", f"http://localhost:{port}"),
        database_url=os.environ.get("DATABASE_URL", ""),
        redis_url=os.environ.get("REDIS_URL", ""),
    )


def run(options: Options) -> None:
    """Run the sandbox until it is asked to stop."""
    stopping = Stopping()
    stopping.listen()
    place = options.place
    place.make()
    with take_lock(place):
        place.description.unlink(missing_ok=True)
        if stopped := end_left_overs(place):
            say(f"Ended what an earlier start left running: {', '.join(stopped)}")
        require_free_port(options.port)
        Supervisor(options, stopping, say).run()


def reset(options: Options) -> None:
    """Delete everything of the installation; refuses while it runs and where the folder isn't one of ours."""
    place = options.place
    if not place.var.exists():
        say(f"There is nothing in {place.var}")
        return
    if not place.marker.exists():
        raise UnableToStartError(f"{place.var} was not made by make run: delete it yourself if you mean it")
    place.make()
    with take_lock(place):
        end_left_overs(place)
        for path in (elsewhere(place), place.sockets):
            shutil.rmtree(path, ignore_errors=True)
        for path in place.var.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    say(f"Deleted everything in {place.var}")


def main() -> int:
    """Return 0 when done, 1 when the sandbox could not start, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m autopay_portal.sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run", help="start everything and stay in the foreground")
    runner.add_argument("--die-with-parent", action="store_true", help="stop when make itself is killed")
    commands.add_parser("reset", help="delete the sandbox's state")
    arguments = parser.parse_args()
    os.umask(0o077)
    try:
        options = read_options()
        if arguments.command == "reset":
            reset(options)
        else:
            if arguments.die_with_parent:
                die_with_parent(death_signal=signal.SIGTERM, parent=os.getppid())
            run(options)
    except UnknownSettingError as error:
        say(f"AutoPay does not start: {error}")
        return 2
    except (UnableToStartError, UnableToServeError, PermissionError) as error:
        say(f"AutoPay does not start: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
