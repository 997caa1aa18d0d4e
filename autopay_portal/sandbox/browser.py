"""`python -m autopay_portal.sandbox.browser`: make sure that the browser tests have a browser.

As root on a Debian it installs one; otherwise it stops with the command that does.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Node.js beside it runs the example of signing in JavaScript; without it that test alone is left out.
_INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core", "nodejs")


def find_browser() -> str | None:
    """Return the path of an installed Chromium or Chrome; AUTOPAY's tests drive no other."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Return 0 when there is a browser."""
    if find_browser() and shutil.which("node"):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium and Node.js for the tests", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (("apt-get", "update", "--quiet"), _INSTALL):
            subprocess.run(command, check=False, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    if find_browser():
        return 0
    install = "sudo apt-get install chromium"
    print(
        f"The browser tests need Chromium. Install it with:\n    {install}\n"
        "or run the suite without them:\n    make test-nobrowser",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
