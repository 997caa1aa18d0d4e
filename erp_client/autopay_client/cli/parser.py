"""The command line: what may stand where. Options for all commands may stand before or after the command."""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import ClassVar, NoReturn

from .context import UNABLE
from .texts import LANGUAGES, Texts, language_of

_Add = Callable[[str], argparse.ArgumentParser]


class Parser(argparse.ArgumentParser):
    """A parser that says wrong usage in our words."""

    texts: ClassVar[Texts]

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with 2."""
        self.print_usage(sys.stderr)
        self.exit(UNABLE, self.texts("wrong_usage", reason=message) + "\n")


def chosen_language(arguments: Sequence[str], environment: dict[str, str]) -> str:
    """Return the language to speak, before anything else is read from the command line."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--lang", choices=LANGUAGES)
    try:
        known, _ = first.parse_known_args(arguments)
    except argparse.ArgumentError:
        # The real parser says what is wrong with it.
        return language_of(environment)
    return known.lang or language_of(environment)


def build_parser(texts: Texts, *, version: str) -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    Parser.texts = texts
    shared = Parser(add_help=False)
    _add_shared(shared, texts)
    parser = Parser(prog="autopay", description=texts("about"), epilog=texts("exit_codes"), parents=[shared])
    _name_groups(parser, texts)
    parser.add_argument("--version", action="version", version=f"autopay-client {version}", help=texts("help_version"))
    commands = parser.add_subparsers(title=texts("commands"), dest="command", metavar=texts("command"), required=True)

    def add(name: str) -> argparse.ArgumentParser:
        about = texts(f"about_{name.replace('-', '_')}")
        command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about, parents=[shared])
        _name_groups(command, texts)
        return command

    _add_commands(add, texts)
    return parser


def _add_commands(add: _Add, texts: Texts) -> None:
    add("setup-check")
    send = add("send")
    send.add_argument("file", metavar="FILE", help=texts("help_file"))
    send.add_argument("--dry-run", action="store_true", help=texts("help_dry_run"))
    status = add("status")
    status.add_argument("remittance", metavar="REMITTANCE", help=texts("help_remittance"))
    status.add_argument("--follow", action="store_true", help=texts("help_follow_status"))
    fetch = add("fetch")
    fetch.add_argument("--to", metavar="DIR", required=True, help=texts("help_to"))
    fetch.add_argument("--format", metavar="FORMAT", default="gbat10", help=texts("help_format"))
    fetch.add_argument("--ack", action="store_true", help=texts("help_ack"))
    messages = add("messages")
    messages.add_argument("--follow", action="store_true", help=texts("help_follow_messages"))
    messages.add_argument("--after", metavar="N", type=int, help=texts("help_after"))
    add("connector").add_argument("what", choices=("install", "run"))


def _add_shared(parser: argparse.ArgumentParser, texts: Texts) -> None:
    """Add the options of all commands; unset ones leave no trace, so that the command doesn't undo what came before."""
    unset = argparse.SUPPRESS
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--profile", metavar="NAME", default=unset, help=texts("help_profile"))
    who.add_argument("--sandbox", action="store_true", default=unset, help=texts("help_sandbox"))
    parser.add_argument("--company", metavar="ORG_NUMBER", default=unset, help=texts("help_company"))
    parser.add_argument("--lang", choices=LANGUAGES, default=unset, help=texts("help_lang"))


def _name_groups(parser: argparse.ArgumentParser, texts: Texts) -> None:
    """Give argparse's own headings and help our words."""
    parser._positionals.title = texts("arguments")
    parser._optionals.title = texts("options")
    for action in parser._actions:
        if action.dest == "help":
            action.help = texts("help_help")
