"""What identification, decisions, undoing and erasure come to, over a handful of refs and without a database.

Each command is told to the model together with the service's answer. Which id a new customer has and which version an
event is read from there; whether there is such an event, and between whom, has to be what the model says.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from customer.domain.identity import Pair
from customer.identifiers import digest_of_ref
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages.customer import CustomerEvent
from tsunagu.testing.harness import all_of, only


@dataclass
class Change:
    """A merge, a split or a mark by its event, with the refs that each side held."""

    event: CustomerEvent
    other: str
    moved: set[str]
    stayed: set[str]
    undone: bool = False


@dataclass
class Tie:
    """What a merge rests on: a ref of each side, until a split parts them."""

    ends: frozenset[str]
    cut_by: Change | None = None


@dataclass
class Model:
    """Refs, who holds them, and why."""

    refs_max: int
    """Refs that may name another before that one is shared."""
    named_max: int
    """Others that a ref may name before it is shared itself."""
    holder: dict[str, str] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    named_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ties: list[Tie] = field(default_factory=list)
    person: dict[str, int] = field(default_factory=dict)
    """Ref → of whom the data is that was said of it; two persons contradict each other."""
    apart: set[Pair] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    became: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    def groups(self) -> set[frozenset[str]]:
        """The customers, each as their refs."""
        return {frozenset(self.held(customer)) for customer in self.holder.values()}

    def held(self, customer: str) -> set[str]:
        """A customer's refs."""
        return {ref for ref, holder in self.holder.items() if holder == customer}

    def identify(self, refs: Sequence[str], out: Sequence[Message]) -> None:
        """A statement: its refs are one customer's but for those that are shared, or turn out to be now."""
        counted = [ref for ref in refs if ref not in self.shared]
        overused = self._overused(counted)
        tied = [ref for ref in counted if ref not in overused] or [refs[0]]
        held = [self.holder[ref] for ref in tied if ref in self.holder]
        one: list[str] = held[:1]
        for customer in sorted(set(held) - set(one)):
            if not any(frozenset((customer, other)) in self.apart for other in one):
                one.append(customer)
        identified = only(out, m.CustomerIdentified)
        assert identified.is_new is not bool(one)
        survivor = min(one, default=identified.customer_id)
        assert identified.customer_id == survivor
        free = [ref for ref in tied if ref not in self.holder]
        for ref in tied[1:]:
            self.named_by[ref].add(tied[0])
        merges = all_of(out, m.CustomersMerged)
        assert [event.merged_customer_id for event in merges] == sorted(set(one) - {survivor})
        for event in merges:
            self._merge(event)
        self.holder.update(dict.fromkeys(free, survivor))
        self.suppressed.difference_update(free)
        marks = all_of(out, m.IdentifierShared)
        assert [mark.customer_id for mark in marks] == [self.holder[ref] for ref in overused]
        for ref, mark in zip(overused, marks, strict=True):
            self.shared.add(ref)
            self.changes.append(Change(mark, "", {ref}, set()))

    def _overused(self, counted: Sequence[str]) -> list[str]:
        if not counted:
            return []
        lead, *others = counted
        named = {ref for ref, by in self.named_by.items() if lead in by} | set(others)
        found = [lead] if others and len(named) > self.named_max else []
        found += [ref for ref in others if len(self.named_by[ref] | {lead}) > self.refs_max]
        return [ref for ref in found if ref in self.holder and ref not in self.lifted]

    def merge(self, one: str, other: str, out: Sequence[Message]) -> None:
        """A person decides that two are one."""
        sides = [self.holder.get(ref) for ref in (one, other)]
        if None in sides:
            assert only(out, m.CommandRefused).reason == "unknown_customer"
        elif sides[0] == sides[1]:
            only(out, m.CommandAccepted)
        else:
            event = only(out, m.CustomersMerged)
            ends = (event.merged_customer_id, event.customer_id)
            self._tie(self._end(id_, {one, other}) for id_ in ends)
            assert event.customer_id == min(side for side in sides if side)
            self._merge(event)

    def find_alike(self, out: Sequence[Message]) -> None:
        """The second step: whoever has data of the same person is one customer, unless something speaks against it."""
        for event in all_of(out, m.CustomersMerged):
            ends = (event.merged_customer_id, event.customer_id)
            assert event.reason == "evidence"
            assert ends[1] < ends[0]
            assert self._are_alike(*ends)
            person = self._persons(ends[0])
            self._tie(self._end(id_, {min(self._described(id_, person), key=digest_of_ref)}) for id_ in ends)
            self._merge(event)
        customers = sorted(set(self.holder.values()))
        assert not [pair for pair in combinations(customers, 2) if self._are_alike(*pair)]

    def describe(self, ref: str, person: int) -> None:
        """Somebody's data is said of a ref that has none yet."""
        self.person[ref] = person

    def _are_alike(self, one: str, other: str) -> bool:
        persons = self._persons(one)
        return (
            len(persons) == 1
            and persons == self._persons(other)
            and frozenset((one, other)) not in self.apart
        )

    def _persons(self, customer: str) -> set[int]:
        return {self.person[ref] for ref in self.held(customer) if ref in self.person}

    def _described(self, customer: str, persons: set[int]) -> set[str]:
        return {ref for ref in self.held(customer) if self.person.get(ref) in persons}

    def _tie(self, ends: Iterable[str]) -> None:
        self.ties.append(Tie(frozenset(ends)))

    def _end(self, customer: str, named: set[str]) -> str:
        return min(
            self.held(customer), key=lambda ref: (ref in self.shared, ref not in named, digest_of_ref(ref))
        )

    def _merge(self, event: m.CustomersMerged) -> None:
        survivor, merged = event.customer_id, event.merged_customer_id
        moved, stayed = self.held(merged), self.held(survivor)
        self.changes.append(Change(event, merged, moved, stayed))
        self.holder.update(dict.fromkeys(moved, survivor))
        self.became[merged] = survivor
        pairs = {pair for pair in self.apart if merged in pair}
        self.apart -= pairs
        self.apart |= {frozenset((survivor, *pair - {merged})) for pair in pairs if survivor not in pair}

    def split(self, ref: str, leaving: set[str], out: Sequence[Message]) -> None:
        """A person decides that one is two."""
        customer = self.holder.get(ref)
        if customer is None:
            assert only(out, m.CommandRefused).reason == "unknown_customer"
        elif ref in leaving or not leaving <= self.held(customer):
            assert only(out, m.CommandRefused).reason == "refs_not_of_customer"
        else:
            self._split(only(out, m.CustomerSplit), customer, leaving)

    def _split(self, event: m.CustomerSplit, customer: str, leaving: set[str]) -> None:
        new = event.new_customer_id
        assert event.customer_id == customer
        change = Change(event, new, set(leaving), self.held(customer) - leaving)
        self.changes.append(change)
        for tie in self.ties:
            if tie.cut_by is None and tie.ends & change.moved and tie.ends & change.stayed:
                tie.cut_by = change
        self.holder.update(dict.fromkeys(leaving, new))
        pairs = {pair for pair in self.apart if customer in pair}
        self.apart |= {frozenset((new, *pair - {customer})) for pair in pairs}
        self.apart.add(frozenset((customer, new)))

    def erase(self, ref: str) -> None:
        """Somebody is forgotten: whoever comes back under their refs is new."""
        customer = self.holder.get(ref)
        refs = {ref} if customer is None else self.held(customer)
        self.suppressed |= refs
        for one in refs:
            self.holder.pop(one, None)
            self.named_by.pop(one, None)
        for by in self.named_by.values():
            by.difference_update(refs)
        self.ties = [tie for tie in self.ties if not tie.ends & refs]
        for one in refs:
            self.person.pop(one, None)
        for change in self.changes:
            # What is marked as shared stays so, and can be lifted: it is nobody's.
            if change.undone or not isinstance(change.event, m.IdentifierShared):
                change.moved -= refs
                change.stayed -= refs
        if customer is not None:
            self.erased.add(customer)
            self.apart = {pair for pair in self.apart if customer not in pair}

    def undo(self, change: Change, out: Sequence[Message]) -> None:
        """A person takes a change back."""
        if change.undone:
            only(out, m.CommandAccepted)
            return
        is_mark = isinstance(change.event, m.IdentifierShared)
        if not change.moved or not (change.stayed or is_mark):
            assert only(out, m.CommandRefused).reason == "erased"
        elif is_mark:
            (ref,) = change.moved
            assert only(out, m.IdentifierTiesAgain).customer_id == self.holder.get(
                ref, change.event.customer_id
            )
            change.undone = True
            self.shared -= change.moved
            self.lifted |= change.moved
        elif isinstance(change.event, m.CustomersMerged):
            self._part(change, out)
        else:
            self._join(change, out)

    def _part(self, change: Change, out: Sequence[Message]) -> None:
        moved, stayed = (
            {self.holder[ref] for ref in side if ref in self.holder} for side in (change.moved, change.stayed)
        )
        if not moved & stayed:
            assert only(out, m.CommandRefused).reason == "changed_since"
            return
        customer = min(moved & stayed)
        held = self.held(customer)
        leaving, staying = change.moved & held, change.stayed & held
        event = only(out, m.CustomerSplit)
        assert event.new_customer_id == change.other
        change.undone = True
        del self.became[change.other]
        self._split(event, customer, leaving | self._followers(held - leaving - staying, leaving, staying))

    def _followers(self, newcomers: set[str], leaving: set[str], staying: set[str]) -> set[str]:
        following: set[str] = set()
        for newcomer in newcomers:
            reached, around = {newcomer}, self._around({newcomer})
            while grown := (around & newcomers) - reached:
                reached |= grown
                around = self._around(reached)
            if around & leaving and not around & staying:
                following.add(newcomer)
        return following

    def _around(self, refs: set[str]) -> set[str]:
        pairs = [(one, by) for one, named in self.named_by.items() for by in named]
        pairs += [(min(tie.ends), max(tie.ends)) for tie in self.ties if tie.cut_by is None]
        pairs = [pair for pair in pairs if not self.shared.intersection(pair)]
        return {end for pair in pairs for end in pair if refs.intersection(pair)}

    def _join(self, change: Change, out: Sequence[Message]) -> None:
        one, other = self._now(change.event.customer_id), self._now(change.other)
        held_now = {self.holder[ref] for ref in change.moved | change.stayed if ref in self.holder}
        if one in self.erased or other in self.erased:
            assert only(out, m.CommandRefused).reason == "erased"
        elif one == other or not {one, other} <= held_now:
            assert only(out, m.CommandRefused).reason == "changed_since"
        else:
            event = only(out, m.CustomersMerged)
            assert {event.customer_id, event.merged_customer_id} == {one, other}
            change.undone = True
            self.apart.discard(frozenset((one, other)))
            self._merge(event)
            for tie in self.ties:
                if tie.cut_by is change:
                    tie.cut_by = None

    def _now(self, customer: str) -> str:
        while customer in self.became:
            customer = self.became[customer]
        return customer
