"""Apply one stored file from a bank in a process of its own, and say what it took: `python -m benchmarks.apply ID`."""

import json
import os
import resource
import sys
import time
from typing import Any
from uuid import UUID


def main() -> None:
    """Apply the stored file and print seconds, SQL statements and peak memory (MB) as JSON."""
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

    connection.ensure_connection()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    with connection.execute_wrapper(count):
        state = apply_incoming(file_id=UUID(sys.argv[1]))
    seconds = time.perf_counter() - began
    print("\n".join(statements), file=sys.stderr)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "state": state, "seconds": seconds, "statements": len(statements), "memory_before": before / 1024,
                "memory": peak / 1024,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
