"""`python -m autopay_client` is the command `autopay`."""

from .cli import run

run()
