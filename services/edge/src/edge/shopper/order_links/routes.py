"""Order links for programs, such as the retailer's own app: the same as the page, in JSON."""

from fastapi import APIRouter, Depends, Request

from edge.command_routes import traceparent_of
from edge.shopper.order_links.answering import ShownLink, answer, show
from edge.shopper.order_links.choosing import NumberedChoice
from edge.shopper.slowing import slow_down
from edge.web_app import AtDoor

router = APIRouter(dependencies=[Depends(slow_down)], tags=["order links"])


@router.get("/v1/order-links/{token}", response_model=ShownLink, response_model_exclude_none=True)
async def get_order_link(token: str, door: AtDoor) -> ShownLink:
    """What of an order may be asked by this link, and what became of what was asked last."""
    return await show(door, token)


@router.post("/v1/order-links/{token}/answers", response_model=ShownLink, response_model_exclude_none=True)
async def answer_order_link(token: str, request: Request, body: NumberedChoice, door: AtDoor) -> ShownLink:
    """Choose. Once for each `number`: the same again, or another choice under it, gets the answer of the first time."""
    return await answer(door, token, body, traceparent_of(request))
