"""`python -m autopay_portal.probe`: ask the web server of this machine whether it is ready; exit 0 if it is.

A container's health check. It asks on loopback under the portal's own name, since no other is allowed.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def is_ready(*, port: int, public_url: str) -> bool:
    """Return whether `/readyz` answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(public_url).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Return 0 when the portal is ready."""
    port = int(os.environ.get("AUTOPAY_PORT", "8000"))
    public_url = os.environ.get("AUTOPAY_PUBLIC_URL", f"http://localhost:{port}")
    return 0 if is_ready(port=port, public_url=public_url) else 1


if __name__ == "__main__":
    sys.exit(main())
