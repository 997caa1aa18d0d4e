"""How a call is named in the OpenAPI document."""

import re

from drf_spectacular.openapi import AutoSchema


class CallSchema(AutoSchema):
    """Names an operation by its method and address: stable, and never two alike."""

    def get_operation_id(self) -> str:
        """Return for example `post_ledger_batches_batch_id_lease`."""
        words = re.findall(r"\w+", self.path.removeprefix("/api/v1/").replace("-", "_"))
        return "_".join([self.method.lower(), *words])
