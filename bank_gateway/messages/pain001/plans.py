"""Plans kept by shape: what was worked out on one element holds for all of its shape with the same codes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from lxml import etree

from bank_gateway.messages.pain001.shapes import Node, Pieces, outline, shape_of
from bank_gateway.messages.picking import picker

MAX_PLANS: Final = 1_000

Plan = TypeVar("Plan")


@dataclass(slots=True)
class _Shape(Generic[Plan]):
    codes: Callable[[Pieces], tuple[bytes, ...]]
    plans: dict[tuple[bytes, ...], Plan] = field(default_factory=dict)


class Plans(Generic[Plan]):
    """Find the plan of a serialised element, making it from the element itself where the shape is new."""

    def __init__(self, *, namespace: str, make: Callable[[Node], Plan]) -> None:
        self._namespace = namespace
        self._make = make
        self._shapes: dict[bytes, _Shape[Plan]] = {}
        self._count = 0

    def get(self, pieces: list[bytes]) -> Plan | None:
        """Return the plan for these pieces if one was learnt."""
        shape = self._shapes.get(shape_of(pieces))
        return None if shape is None else shape.plans.get(shape.codes(pieces))

    def learn(self, pieces: list[bytes], element: "etree._Element") -> Plan:
        """Make and keep the plan of an element that was serialised and cut into these pieces."""
        if self._count >= MAX_PLANS:
            self._shapes.clear()
            self._count = 0
        node = outline(element, namespace=self._namespace, pieces=pieces)
        key = shape_of(pieces)
        if key not in self._shapes:
            self._shapes[key] = _Shape(codes=picker(list(_places_of_codes(node))))
        shape = self._shapes[key]
        plan = self._make(node)
        shape.plans[shape.codes(pieces)] = plan
        self._count += 1
        return plan


def _places_of_codes(node: Node) -> Iterator[int]:
    """Yield the places of the texts that decide what other texts mean: scheme names and document types."""
    for inner in node.walk():
        if inner.path.endswith(("SchmeNm/Cd", "SchmeNm/Prtry", "CdOrPrtry/Cd")) and inner.place is not None:
            yield inner.place
