"""One order is one trace: from the request at the shopper's door to the handover, over all services between."""

import pytest
from tests.journeys.stories.acts import STAFF
from tests.journeys.stories.guest import a_guest
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.retailer.task_documents import work_of
from tsunagu.testing.trace_receiver import TraceReceiver

pytestmark = [pytest.mark.journey, pytest.mark.wide, pytest.mark.timeout(300)]

ON_THE_WAY = {
    ("edge-shopper", "POST /v1/orders"),
    ("order", f"process {t.ORDER_COMMANDS.name}"),
    ("inventory", f"process {t.ORDER_EVENTS.name}"),
    ("order", f"process {t.INVENTORY_EVENTS.name}"),
    ("pickup", f"process {t.ORDER_EVENTS.name}"),
    ("edge-staff", "POST /v1/handovers"),
    ("pickup", f"process {t.PICKUP_COMMANDS.name}"),
    ("order", f"process {t.PICKUP_EVENTS.name}"),
    ("edge-shopper", f"process {t.ORDER_EVENTS.name}"),
}


async def test_order__of_a_guest__is_one_trace_from_the_request_to_the_handover(
    outside: Outside, collector: TraceReceiver
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    async with a_guest(outside) as guest:
        cart = {"lines": [{"sku": shirt, "quantity": 1}], "location_id": store}
        quote = (await guest.post("/v1/quotes", cart)).json()
        ordered = await guest.post("/v1/orders?wait=10", {**cart, "total_jpy": quote["total_jpy"]})
        order_id = ordered.json()["order_id"]
    # Staff answer what they are shown, and say so: their devices hand on the trace that it came with.
    task = await outside.task("pick", order_id=order_id)
    shown = outside.traceparent_of(t.PICKUP_TASKS, task.task_id)
    await outside.send(*work_of(task, 1, now(), lambda _: None), traceparent=shown)
    await outside.heard(m.OrderReady, order_id=order_id)
    ready = outside.traceparent_of(t.ORDER_EVENTS, order_id)
    given = {"order_id": order_id, "desk_check": "id_document", "staff_ref": STAFF}
    await outside.staff_post(store, "/v1/handovers", given, traceparent=ready)
    await outside.heard(m.OrderCompleted, order_id=order_id)

    trace_id = ready.split("-")[1]

    def is_whole() -> bool:
        spans = collector.of_trace(trace_id)
        ids = {span.span_id for span in spans}
        return {(span.service, span.name) for span in spans} >= ON_THE_WAY and all(
            span.parent_id in ids for span in spans if span.parent_id
        )

    await collector.until(is_whole, f"all of {trace_id}, each span with what it follows from")
    [root] = [span for span in collector.of_trace(trace_id) if not span.parent_id]
    assert (root.service, root.name) == ("edge-shopper", "POST /v1/orders")
    assert root.attributes["http.response.status_code"] == 200
