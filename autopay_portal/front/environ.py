"""The WSGI environment of an ASGI request (PEP 3333), with the target and the header lines as sent beside it."""

import sys
from typing import Any
from urllib.parse import unquote_to_bytes

from .files import FileBlocks

Scope = dict[str, Any]
Headers = list[tuple[str, str]]


def header_lines(scope: Scope) -> Headers:
    """Return the header lines in order, names in lower case, each line by itself."""
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]


def build_environ(scope: Scope, headers: Headers, wsgi_input: Any) -> dict[str, Any]:
    """Return the environment for the WSGI application.

    `autopay.path` is the path as sent, undecoded, `autopay.headers` the header lines: a signature covers these.
    """
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    return {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": wsgi_input,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBlocks,
        "autopay.path": raw_path.decode("latin-1"),
        "autopay.headers": headers,
        **_header_variables(headers),
    }


def _header_variables(headers: Headers) -> dict[str, str]:
    """Return HTTP_ variables; a name with an underscore could pose as one with a dash, so it is left out."""
    variables: dict[str, str] = {}
    for name, value in headers:
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        separator = "; " if key == "HTTP_COOKIE" else ","
        variables[key] = f"{variables[key]}{separator}{value}" if key in variables else value
    return variables
