"""Which tasks there are: opened when there is something to do, shrunk as it is done, ended when nothing is left."""

from pickup.domain.draft import Draft
from pickup.domain.parcel_lists import refresh_parcels
from pickup.domain.pick_lists import refresh_picks, source_of
from pickup.domain.put_away_lists import refresh_put_aways
from pickup.domain.transfer_lists import refresh_transfers


def refresh_tasks(draft: Draft, needs: dict[str, int]) -> None:
    """Bring all tasks in line with what is known; `needs` are the pieces still to be picked, by promise."""
    refresh_picks(draft, needs)
    busy = {source_of(draft, allocation_id) for allocation_id in needs}
    refresh_transfers(draft, busy)
    refresh_parcels(draft, busy)
    refresh_put_aways(draft)
