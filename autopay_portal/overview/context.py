"""What every page's template finds as `frame` (settings.TEMPLATES)."""

from django.http import HttpRequest

from .frame import Frame


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Return the page's frame; it asks the database only for what the template shows of it."""
    return {"frame": Frame(request)}
