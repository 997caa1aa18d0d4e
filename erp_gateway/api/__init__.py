"""The ERP's calls; other rooms build theirs on `SignedAPIView`."""

from .base import SignedAPIView

__all__ = ["SignedAPIView"]
