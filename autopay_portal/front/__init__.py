"""A thin ASGI front: every page and call is the WSGI application's, in a few threads; waiting is the event loop's.

What WSGI can't do is done here: a client that goes away in the middle of a body is an abort and never a whole body;
bodies of unknown length are read whole; the target is passed on as sent; a stalled upload or a slow download holds no
thread that a page needs; long polls hold none at all.
"""

from .application import Front

__all__ = ["Front"]
