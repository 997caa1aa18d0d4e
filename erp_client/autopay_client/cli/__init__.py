"""The command `autopay`."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ..errors import AutopayError, DamagedError, Refused, Unreachable
from ..profiles import Access, ProfileError, profile_access, profile_path, sandbox_access
from ..version import __version__
from .checking import setup_check
from .context import DONE, INTERRUPTED, REFUSED, UNABLE, Context
from .feed import messages
from .fetching import fetch
from .parser import build_parser, chosen_language
from .problems import show_refusal
from .screen import Screen
from .sending import send
from .standing import status
from .texts import Texts

_COMMANDS: Mapping[str, Callable[[Context], int]] = {
    "setup-check": setup_check,
    "send": send,
    "status": status,
    "fetch": fetch,
    "messages": messages,
}


def run() -> None:
    """Run the command and end the process with its exit code."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read us has seen enough (`| head`); nothing more can be written, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except KeyboardInterrupt:
        # Before the command itself began.
        code = INTERRUPTED
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command with these arguments and return its exit code."""
    texts = Texts(chosen_language(arguments, dict(os.environ)))
    screen = Screen()
    options = build_parser(texts, version=__version__).parse_args(list(arguments))
    if options.command == "connector":
        screen.tell(texts("not_built"))
        return UNABLE
    try:
        access = _access(options, texts, screen)
        client = access.client(language=texts.language)
    except ProfileError as error:
        screen.tell(texts(error.code, **error.params), "red")
        return UNABLE
    except ValueError:
        screen.tell(texts("address_invalid", portal=access.portal), "red")
        return UNABLE
    with client:
        return _run_command(Context(client, texts, screen, options))


def _run_command(context: Context) -> int:
    try:
        return _COMMANDS[context.options.command](context)
    except KeyboardInterrupt:
        sending = context.options.command == "send" and not context.options.dry_run
        context.screen.tell(context.texts("interrupted_send" if sending else "interrupted"))
        return INTERRUPTED
    except AutopayError as error:
        return _show_failure(context, error)


def _show_failure(context: Context, error: AutopayError) -> int:
    if isinstance(error, Refused):
        show_refusal(context, error)
        return REFUSED
    if isinstance(error, Unreachable):
        context.screen.tell(context.texts("unreachable", url=error.url, reason=error), "bold red")
    elif isinstance(error, DamagedError):
        context.screen.tell(context.texts("damaged", reason=error), "bold red")
    return UNABLE


def _access(options: object, texts: Texts, screen: Screen) -> Access:
    """Return who calls, and say what the person should know about that."""
    company: str | None = getattr(options, "company", None)
    if getattr(options, "sandbox", False):
        access = sandbox_access(company=company)
        if access.others:
            said = {"name": access.name, "org_number": access.org_number, "others": access.others}
            screen.tell(texts("company_first", **said), "dim")
        return access
    profile: str | None = getattr(options, "profile", None)
    access = profile_access(name=profile, company=company)
    path = profile_path(profile)
    if os.name == "posix" and path.stat().st_mode & 0o077:
        screen.tell(texts("profile_open", path=path), "yellow")
    return access
