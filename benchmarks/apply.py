"""Apply stored files of a bank in a process of its own: `python -m benchmarks.apply ID...`; say what the last took."""

import json
import os
import resource
import sys
import time
from typing import Any
from uuid import UUID


def main() -> None:
    """Apply the stored files and print seconds, SQL statements and peak memory (MB) of the last as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autopay_portal.settings")
    import django

    django.setup()
    from django.db import connection

    from bank_gateway.relay.services import apply_incoming

    statements: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - Django calls it so
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            statements.append(f"{time.perf_counter() - began:7.3f} {' '.join(sql.split())[:100]}")

    *earlier, last = map(UUID, sys.argv[1:])
    states = [apply_incoming(file_id=file_id) for file_id in earlier]
    connection.ensure_connection()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with connection.execute_wrapper(count):
        states.append(apply_incoming(file_id=last))
    seconds = time.perf_counter() - began
    print("\n".join(statements), file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "states": states, "seconds": seconds, "statements": len(statements), "memory_before": before / 1024,
                "memory": peak / 1024,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
