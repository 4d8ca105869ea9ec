"""Who holds which identifier: the part of it that a batch touches, changed in memory, then saved at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from customer.domain.identity import Change, Key, Pair
from customer.domain.ties import Tie, between
from customer.store import changes
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "identity.sql")


@dataclass(slots=True)
class Identities:
    """A working copy of identifiers and their holders. All sets and keys are hashes of identifiers.

    It may be of a batch of hundreds of customers: what is asked of one looks at what that one holds only.
    """

    holders: dict[str, str] = field(default_factory=dict)
    suppressed: dict[str, datetime] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    """The opaque ids themselves."""
    claims: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Identifier → the refs under which it was named."""
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The same the other way round."""
    apart: set[Pair] = field(default_factory=set)
    shared: dict[str, str] = field(default_factory=dict)
    """Those that tie nobody, with the kind under which they were found to."""
    unlimited: set[str] = field(default_factory=set)
    """Those that tie however many, because a person said so."""

    ties: dict[str, set[Tie]] = field(default_factory=lambda: defaultdict(set))
    """Identifier → what merges have tied to it and no split has parted."""

    sequence: int = 0
    """Which place the last event had in the order of all that is said of who is who."""

    _members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _kinds: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _new: set[str] = field(default_factory=set)
    _merged: dict[str, str] = field(default_factory=dict)
    _new_refs: set[tuple[str, str]] = field(default_factory=set)
    _new_claims: set[tuple[str, str]] = field(default_factory=set)
    _new_ties: set[Tie] = field(default_factory=set)
    _cut: dict[Tie, Change] = field(default_factory=dict)
    _apart_before: set[Pair] = field(default_factory=set)
    _new_shared: set[str] = field(default_factory=set)
    _changes: list[Change] = field(default_factory=list)

    def members(self, customer_id: str) -> set[str]:
        """What a customer holds."""
        return set(self._members.get(customer_id, ()))

    def refs_of(self, customer_id: str) -> tuple[str, ...]:
        """All opaque ids of a customer, sorted."""
        return self.refs_among(self.members(customer_id))

    def refs_among(self, digests: Iterable[str]) -> tuple[str, ...]:
        """The opaque ids of some identifiers, sorted."""
        return tuple(sorted(self.refs[digest] for digest in digests if digest in self.refs))

    def next_version(self, customer_id: str) -> int:
        """The version of a customer's next event."""
        self.versions[customer_id] += 1
        return self.versions[customer_id]

    def next_sequence(self) -> int:
        """The place of the next event that says who is who."""
        self.sequence += 1
        return self.sequence

    def begin(self, customer_id: str) -> None:
        """A new customer."""
        self.versions[customer_id] = 0
        self._new.add(customer_id)

    def hold(self, customer_id: str, digests: Iterable[str]) -> None:
        """These identifiers belong to this customer from now on."""
        for digest in digests:
            if self.holders.get(digest) != customer_id:
                self._put(customer_id, digest)
                self.suppressed.pop(digest, None)
                self._taken.add(digest)

    def _put(self, customer_id: str, digest: str) -> None:
        before = self.holders.get(digest)
        if before is not None:
            self._members[before].discard(digest)
        self.holders[digest] = customer_id
        self._members[customer_id].add(digest)

    def note(self, keys: Sequence[Key]) -> None:
        """Remember kinds and refs of a statement's keys, and under which ref (the first) the others were given."""
        for key in keys:
            self._kinds.setdefault(key.digest, key.kind)
            self._claim(key.digest, keys[0].digest)
            if key.ref is not None and key.digest not in self.refs:
                self.refs[key.digest] = key.ref
                self._new_refs.add((key.ref, key.digest))

    def _claim(self, digest: str, ref_digest: str) -> None:
        if digest != ref_digest and ref_digest not in self.claims[digest]:
            self.claims[digest].add(ref_digest)
            self.named[ref_digest].add(digest)
            self._new_claims.add((digest, ref_digest))

    def contact_claims(self, members: Iterable[str]) -> dict[str, set[str]]:
        """Under which refs the e-mail addresses and phones among these were given."""
        return {one: self.claims[one] for one in members if one in self.claims and one not in self.refs}

    def tie(self, tie: Tie) -> None:
        """A merge rests on these two, one of each side."""
        self._tie(tie)
        self._new_ties.add(tie)

    def _tie(self, tie: Tie) -> None:
        for end in tie.ends:
            self.ties[end].add(tie)

    def cut(self, split: Change) -> None:
        """A split parts what merges had tied between its two sides."""
        for tie in between(self._ties_among(split.moved), split.moved, split.stayed):
            for end in tie.ends:
                self.ties[end].discard(tie)
            self._cut[tie] = split

    def _ties_among(self, members: Iterable[str]) -> set[Tie]:
        return {tie for one in members for tie in self.ties.get(one, ())}

    def held_together(self, members: AbstractSet[str]) -> list[tuple[str, str]]:
        """Which two of these were named together, or were tied by a merge; without those by a shared one."""
        named = [(one, ref) for one in members for ref in self.claims.get(one, ())]
        tied = [tie.ends for tie in sorted(self._ties_among(members))]
        return [
            ends for ends in (*named, *tied) if members >= {*ends} and self.shared.keys().isdisjoint(ends)
        ]

    def share(self, digest: str, kind: str) -> None:
        """An identifier ties nobody from now on."""
        self.shared[digest] = kind
        self._new_shared.add(digest)

    def record(self, change: Change) -> None:
        """Remember a change of identities, so that it can be undone."""
        self._changes.append(change)

    def merge(self, survivor: str, merged_id: str) -> None:
        """All that `merged_id` holds belongs to `survivor`; whom it was kept apart from, that one is too."""
        self.hold(survivor, self.members(merged_id))
        self._merged[merged_id] = survivor
        for pair in [pair for pair in self.apart if merged_id in pair]:
            self.apart.discard(pair)
            others = pair - {merged_id, survivor}
            self.apart.update(frozenset((survivor, other)) for other in others)

    async def save(self, connection: Connection, now: datetime) -> None:
        """Write what changed."""
        new = sorted(self._new)
        if new:
            await connection.execute(SQL.insert_customers, new, [self.versions[one] for one in new], now)
        old = sorted(self.versions.keys() - self._new)
        if old:
            await connection.execute(SQL.update_versions, old, [self.versions[one] for one in old])
        taken = sorted(self._taken)
        if taken:
            kinds = [self._kinds.get(digest) for digest in taken]
            holders = [self.holders[digest] for digest in taken]
            await connection.execute(SQL.save_identifiers, taken, kinds, holders)
        if self._new_refs:
            await connection.execute(SQL.insert_refs, *zip(*sorted(self._new_refs), strict=True))
        if self._new_claims:
            await connection.execute(SQL.insert_claims, *zip(*sorted(self._new_claims), strict=True))
        if self._merged:
            await connection.execute(SQL.end_merged, list(self._merged), list(self._merged.values()), now)
        if self._new_shared:
            digests = sorted(self._new_shared)
            await connection.execute(SQL.mark_shared, digests, [self.shared[one] for one in digests])
        await changes.insert(connection, self._changes)
        await changes.insert_ties(connection, self._new_ties)
        await changes.cut_ties(connection, self._cut)
        for query, pairs in (
            (SQL.delete_kept_apart, self._apart_before - self.apart),
            (SQL.insert_kept_apart, self.apart - self._apart_before),
        ):
            if pairs:
                sides = sorted(tuple(sorted(pair)) for pair in pairs)
                await connection.execute(query, *zip(*sides, strict=True))


async def load_identities(connection: Connection, digests: Iterable[str]) -> Identities:
    """These identifiers, their holders, and all that these hold besides. The caller holds the rows."""
    identities = Identities(sequence=await connection.fetchval(SQL.next_sequence))
    named = sorted(set(digests))
    rows = await connection.fetch(SQL.load_identifiers, named)
    for row in rows:
        if row["customer_id"] is not None:
            identities._put(row["customer_id"], row["digest"])
        if row["suppressed_at"] is not None:
            identities.suppressed[row["digest"]] = row["suppressed_at"]
        if row["shared_as"] is not None:
            identities.shared[row["digest"]] = row["shared_as"]
        if not row["has_limit"]:
            identities.unlimited.add(row["digest"])
    loaded = [row["digest"] for row in rows]
    customer_ids = sorted(set(identities.holders.values()))
    for row in await connection.fetch(SQL.load_versions, customer_ids):
        identities.versions[row["customer_id"]] = row["version"]
    for row in await connection.fetch(SQL.load_refs, loaded):
        identities.refs[row["digest"]] = row["ref"]
    for row in await connection.fetch(SQL.load_claims, loaded):
        identities.claims[row["digest"]].add(row["ref_digest"])
        identities.named[row["ref_digest"]].add(row["digest"])
    for tie in await changes.ties_of(connection, loaded):
        identities._tie(tie)
    for row in await connection.fetch(SQL.load_kept_apart, customer_ids):
        identities.apart.add(frozenset((row["customer_id"], row["other_id"])))
    identities._apart_before = set(identities.apart)
    return identities
