"""What people do in the portal, done by its services in a process of its own: `python -m tests.chaos.clerk`.

One request per line on stdin, one answer per line on stdout, both JSON. The process belongs to one sandbox, which the
environment names. Two operators work here; which of them acts, and what he decides, the request says.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any
from uuid import UUID

OPERATORS = ("sentralen@autopay.example", "vakt@autopay.example")
# Who may send for the company that pays.
SENDER = "ola@nordlys.example"


class Clerk:
    """The harness's end of such a process."""

    def __init__(self, environment: dict[str, str], *, folder: str) -> None:
        ours = {"AUTOPAY_MODE": "sandbox", "DJANGO_SETTINGS_MODULE": "autopay_portal.settings"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.clerk"],
            cwd=folder, env={**environment, **ours},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def __call__(self, what: str, **about: Any) -> str:
        """Have something done; return "" or why it was refused."""
        incoming, outgoing = self._process.stdin, self._process.stdout
        assert incoming is not None
        assert outgoing is not None
        incoming.write(json.dumps({"do": what, **about}, default=str) + "\n")
        incoming.flush()
        line = outgoing.readline()
        assert line, f"the clerk's process ended over {what} {about}"
        answer = json.loads(line)
        assert "failed" not in answer, f"{what} {about}: {answer['failed']}"
        refused: str = answer["refused"]
        return refused

    def stop(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _person(email: str) -> Any:
    from companies.models import User

    return User.objects.get(email=email)


def _actor(operator: int) -> Any:
    from companies.actors import Actor

    return Actor.user(_person(OPERATORS[operator]))


def prepare() -> None:
    """Make the second operator, and let receipts that nobody can place be posted to an account of their own."""
    from agreements.models import Agreement, Kind
    from companies import services as companies
    from companies.actors import Actor
    from companies.models import User

    setup = Actor.system("sandbox")
    for email in OPERATORS:
        user = User.objects.filter(email=email).first()
        if user is None:
            user = companies.create_user(email=email, name="Vakt ved sentralen", actor=setup)
        companies.make_operator(user=user, actor=setup)
    # A customer's setting; there is no page for it to be pressed on yet.
    Agreement.objects.filter(kind=Kind.INCOMING).update(unplaced_ledger_account="2990")


def release(*, deviation: str, note: str, decision: str = "") -> None:
    """Release a deviation."""
    from bank_gateway.relay.services import release_deviation

    release_deviation(deviation_id=UUID(deviation), actor=_actor(0), note=note, decision=decision)


def close(*, deviation: str, note: str) -> None:
    """Close a deviation."""
    from bank_gateway.relay.services import close_deviation

    close_deviation(deviation_id=UUID(deviation), actor=_actor(0), note=note)


def replay(*, file: str) -> None:
    """Have a file in quarantine read again."""
    from bank_gateway.relay.services import replay_quarantined

    replay_quarantined(file_id=UUID(file), actor=_actor(0))


def set_aside(*, file: str, note: str) -> None:
    """Set a file in quarantine aside."""
    from bank_gateway.relay.services import set_aside_quarantined

    set_aside_quarantined(file_id=UUID(file), actor=_actor(0), note=note)


def decide(*, outgoing: str, operator: int, verdict: str, words: str) -> None:
    """Decide a doubt as one of the two operators, on what is known at this moment."""
    from autopay_portal.core.clocks import business_now
    from bank_gateway.models import Doubt
    from bank_gateway.relay.evidence import gather_facts
    from bank_gateway.relay.services import BankWords, decide_doubt

    doubt = Doubt.objects.get(outgoing_id=UUID(outgoing), ended_at=None)
    spoken: datetime = business_now()
    decide_doubt(
        outgoing_id=UUID(outgoing), actor=_actor(operator), verdict=verdict, seen=gather_facts(doubt).seen,
        bank_words=BankWords(text=words, person="Vakthavende i banken", spoken_at=spoken),
    )  # fmt: skip


def send_again(*, remittance: str, message: str) -> None:
    """Send the payments of a file that the bank refused whole again, as somebody at the company."""
    from remittance.services.send_again import send_again as go_again

    sender = _person(SENDER)
    go_again(remittance_id=UUID(remittance), message_id=UUID(message), user=sender)


def pause(*, bank: str, note: str) -> None:
    """Stop what goes to a bank."""
    from bank_gateway.relay.services import pause_outgoing

    pause_outgoing(scope="bank", bank=bank, reason=note, actor=_actor(0))


def lift(*, bank: str) -> None:
    """Let what waits for a bank go."""
    from bank_gateway.models import Pause
    from bank_gateway.relay.services import lift_pause

    lift_pause(pause_id=Pause.objects.get(bank=bank, lifted_at=None).pk, actor=_actor(0))


def close_alarm(*, alarm: str, note: str) -> None:
    """Close an alarm that doesn't end by itself."""
    from companies import services as companies

    companies.close_alarm(alarm_id=UUID(alarm), user=_person(OPERATORS[0]), note=note)


_ACTS = (prepare, release, close, replay, set_aside, decide, send_again, pause, lift, close_alarm)
_DONE: dict[str, Callable[..., None]] = {each.__name__: each for each in _ACTS}


def main(requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until there are no more."""
    import django

    django.setup()
    for line in requests:
        request = json.loads(line)
        answers.write(json.dumps(_answer(request.pop("do"), request)) + "\n")
        answers.flush()


def _answer(what: str, about: dict[str, Any]) -> dict[str, str]:
    from django.db import InterfaceError, OperationalError, connection

    from autopay_portal.core.errors import DomainError

    # The database may have been killed since.
    connection.close()
    try:
        _DONE[what](**about)
    except DomainError as error:
        return {"refused": error.code}
    except (InterfaceError, OperationalError) as error:
        return {"refused": f"no database: {error}"}
    except Exception:
        return {"failed": traceback.format_exc()}
    return {"refused": ""}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autopay_portal.settings")
    main(sys.stdin, sys.stdout)
