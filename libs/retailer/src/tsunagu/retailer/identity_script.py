"""When channels tell customer who stands behind a card, an account or a device."""

from collections.abc import Sequence
from random import Random

from tsunagu.contracts.values import Identifier, IdentifierKind
from tsunagu.retailer.intentions import WEBSHOP, IdentityAct, OrderAct
from tsunagu.retailer.order_script import STORE
from tsunagu.retailer.rhythm import Bought
from tsunagu.retailer.shopping import Crowd
from tsunagu.retailer.till_script import SELLING_UNTIL

EMAIL_ON_CARD_SHARE = 0.6
"""Cards with the e-mail address that the EC account has as well: by it the two turn out to be one customer."""

LOGGED_IN_SHARE = 0.7
"""Devices of the app on which the shopper has logged in to the EC account."""


def identity_acts(
    seed: int,
    orders: Sequence[OrderAct],
    ordered: Sequence[Bought],
    rung_up: Sequence[Bought],
    crowd: Crowd,
    duration: float,
) -> tuple[IdentityAct, ...]:
    """One act for each card, account and device, when it is first used. `ordered` are the purchases of `orders`."""
    acts: dict[str, IdentityAct] = {}
    for order, purchase in zip(orders, ordered, strict=True):
        if order.customer_ref is None:
            continue
        if order.channel == STORE:
            act = _card(seed, order.customer_ref, purchase.customer, order.placed_at)
        else:
            act = _online(seed, order, order.customer_ref, purchase.customer, crowd)
        acts.setdefault(order.customer_ref, act)
    for purchase in rung_up:
        card = crowd.card(purchase.customer)
        if card is not None:
            at = round(purchase.at * SELLING_UNTIL * duration, 3)
            known = acts.get(card)
            if known is None or at < known.at:
                acts[card] = _card(seed, card, purchase.customer, at)
    return tuple(sorted(acts.values(), key=lambda act: (act.at, act.customer_ref)))


def _online(seed: int, order: OrderAct, ref: str, customer: int, crowd: Crowd) -> IdentityAct:
    if order.channel == WEBSHOP:  # it has accounts of its own; the e-mail says who they are
        return IdentityAct(order.placed_at, WEBSHOP, ref, (), _email(customer))
    account = Identifier(kind=IdentifierKind.EC_ACCOUNT, value=crowd.account(customer, "ec"))
    if order.channel == "ec":
        return IdentityAct(order.placed_at, "ec", ref, (account,), _email(customer))
    logged_in = Random(f"{seed}:login:{customer}").random() < LOGGED_IN_SHARE
    return IdentityAct(order.placed_at, order.channel, ref, (account,) if logged_in else (), None)


def _card(seed: int, card: str, customer: int, at: float) -> IdentityAct:
    has_email = Random(f"{seed}:email:{customer}").random() < EMAIL_ON_CARD_SHARE
    identifier = Identifier(kind=IdentifierKind.MEMBER_CARD, value=card)
    return IdentityAct(at, "store", card, (identifier,), _email(customer) if has_email else None)


def _email(customer: int) -> str:
    """An address that reaches nobody: example.com is kept free for documents (RFC 2606)."""
    return f"customer-{customer}@example.com"
