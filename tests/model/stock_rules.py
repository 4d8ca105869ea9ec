"""Goods arrive, are sold, counted, and come back to a till, whatever was promised to anybody."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tsunagu.contracts.values import Disposition

from . import documents
from .scene import Scene, few, places, skus, stores

dispositions = st.sampled_from(list(Disposition))


class StockRules(Scene):
    """See the module."""

    @rule(place=places, sku=skus, pieces=few)
    def deliver(self, place: str, sku: str, pieces: int) -> None:
        """Goods arrive."""
        self.act(documents.delivery(self.new("delivery"), self.now, place, {sku: pieces}))
        self.book.arrive(place, sku, pieces)
        self.step_done()

    @rule(store=stores, sku=skus, pieces=few)
    def sell(self, store: str, sku: str, pieces: int) -> None:
        """A till sells, also what was promised to somebody else."""
        self.act(documents.sale(self.next_number(), self.now, store, {sku: pieces}))
        self.book.sell(store, sku, pieces)
        self.step_done()

    @rule(place=places, sku=skus, more=st.integers(-2, 1))
    def count(self, place: str, sku: str, more: int) -> None:
        """Somebody counts a shelf, and finds what there should be, or a little more or less."""
        there = max(0, self.book.on_the_shelf(place, sku) + more)
        self.act(documents.count(self.new("count"), self.now, place, sku, there))
        self.book.count(place, sku, there)
        self.step_done()

    @rule(store=stores, sku=skus, disposition=dispositions)
    def bring_back_a_purchase(self, store: str, sku: str, disposition: Disposition) -> None:
        """Something that was bought at a till comes back to one."""
        self.act(documents.till_return(self.next_number(), self.now, store, sku, disposition))
        self.book.arrive(store, sku, 1, set_apart=disposition is not Disposition.RESELLABLE)
        self.step_done()
