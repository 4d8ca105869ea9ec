"""An hour's traffic within about a minute: the whole script of a run, from a seed and sizes, and nothing else."""

from random import Random

from tsunagu.retailer.chain import Chain, build_chain
from tsunagu.retailer.identity_script import identity_acts
from tsunagu.retailer.intentions import Script
from tsunagu.retailer.order_script import order_acts
from tsunagu.retailer.pause_script import pause_acts
from tsunagu.retailer.rhythm import rhythm
from tsunagu.retailer.shopping import Assortment, Crowd
from tsunagu.retailer.sizes import Sizes
from tsunagu.retailer.till_script import till_acts
from tsunagu.retailer.truck_script import truck_acts


def write_script(seed: int, sizes: Sizes, chain: Chain | None = None) -> Script:
    """What tills, shoppers and staff mean to do. The same seed and sizes give exactly the same script.

    `chain` spares building the retailer again; it must be the one of this seed and these sizes.
    """
    chain = chain or build_chain(seed, sizes)
    purchases = rhythm().purchases(sizes.orders + sizes.receipts_wanted, Random(f"{seed}:rhythm"))
    online = set(Random(f"{seed}:online").sample(range(len(purchases)), sizes.orders))
    ordered = [bought for place, bought in enumerate(purchases) if place in online]
    rung_up = [bought for place, bought in enumerate(purchases) if place not in online]
    assortment = Assortment(chain.products, Random(f"{seed}:demand"))
    crowd = Crowd(seed, chain.stores)
    duration = sizes.duration_seconds
    orders = order_acts(seed, chain, ordered, assortment, crowd, duration)
    return Script(
        till_acts(seed, chain, rung_up, assortment, crowd, duration),
        orders,
        identity_acts(seed, orders, ordered, rung_up, crowd, duration),
        pause_acts(orders, duration),
        truck_acts(chain, duration),
    )
