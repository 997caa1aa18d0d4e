"""Thousands of companies and users around a world, written in sets: what a test of scale looks at pages with."""

from collections.abc import Iterator
from itertools import count

from django.db import connection

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from companies.models import Company, CustomerMember, RoleGrant, SalaryAccess, User
from tests.companies.builders import org_number
from tests.pages.access.world import World

_numbers = count(300_000)
# Everybody has a few rights, in companies spread over all: as at a large accounting firm.
_ROLES = ("viewer", "uploader", "file_transfer", "approver")


def make_crowd(world: World, *, companies: int, users: int) -> None:
    """Give the world's customer so many companies and users in all, each user with rights in three companies."""
    customer = world.company.customer
    made = Company.objects.bulk_create(_companies(world, companies - customer.companies.count()))
    people = User.objects.bulk_create(_people(users - CustomerMember.objects.filter(customer=customer).count()))
    everywhere = [world.company, *made]
    now = machine_now()
    CustomerMember.objects.bulk_create(
        CustomerMember(customer=customer, user=each, email=each.email, name=each.name, invited_at=now, accepted_at=now)
        for each in people
    )
    grants = [
        RoleGrant(company=everywhere[(place * 7 + step) % len(everywhere)], user=each, role=_ROLES[step])
        for place, each in enumerate(people)
        for step in range(3)
    ]
    RoleGrant.objects.bulk_create(grants, batch_size=5_000)
    SalaryAccess.objects.bulk_create(SalaryAccess(company=world.company, user=each) for each in people[:200])
    # The administrator of the table also has a role of his own everywhere, so that his lists are long.
    own = world.people["viewer"]
    RoleGrant.objects.bulk_create(RoleGrant(company=each, user=own, role="approver") for each in made)
    with connection.cursor() as cursor:
        for table in ("company", "user", "customermember", "rolegrant", "salaryaccess"):
            cursor.execute(f"ANALYZE companies_{table}")


def _companies(world: World, wanted: int) -> Iterator[Company]:
    seed = next(_numbers)
    for place in range(wanted):
        yield Company(
            id=uuid7(), customer=world.company.customer, org_number=org_number(seed + place * 3),
            name=f"{['Blåbær', 'Ørret', 'Ås', 'Nord', 'Sør', 'Fjell'][place % 6]} {place:05} AS", address="Storgata 1",
            postcode="0155", town="Oslo",
        )  # fmt: skip


def _people(wanted: int) -> Iterator[User]:
    seed = next(_numbers)
    for place in range(wanted):
        first = ["Kari", "Ola", "Eva", "Per", "Åse", "Øystein"][place % 6]
        yield User(
            id=uuid7(), email=f"crowd{seed}.{place}@fjord.example", name=f"{first} Nordmann {place:05}", password="!"
        )
