// A kiosk: `node kiosk.ts BROKERS STORE SKU` shows the live stock of a product, and orders a piece of it.
import { randomUUID } from "node:crypto";
import { Channel } from "./channel.ts";
import type { PlaceOrder, Product } from "./contracts.ts";

const NAME = "node-kiosk";
const TAX_PERCENT = { standard: 10, reduced: 8 };

function anOrder(store: string, product: Product): PlaceOrder {
  return {
    order_id: `${NAME}:${randomUUID()}`,
    channel: NAME,
    occurred_at: new Date().toISOString(),
    payment: "at_pickup",
    groups: [{ group_id: "pickup", method: "pickup", location_id: store }],
    lines: [
      {
        line_id: "1",
        group_id: "pickup",
        sku: product.sku,
        quantity: 1,
        unit_price_jpy: product.price_jpy,
        tax_percent: TAX_PERCENT[product.tax_class],
      },
    ],
  };
}

async function buy(channel: Channel, store: string, sku: string): Promise<void> {
  let product: Product | undefined;
  let available: number | undefined;
  let order: PlaceOrder | undefined;
  let before = 0;
  let status = "placed";
  for await (const news of channel.read(["catalog.products", "inventory.availability", "order.state"])) {
    if (news.type === "tsunagu.product.v1" && news.key === sku) {
      product = news.message;
    } else if (news.type === "tsunagu.availability.v1" && news.key === `${store}:${sku}`) {
      available = news.message?.available ?? 0;
      console.log(`${sku} in ${store}: ${available}`);
    } else if (news.type === "tsunagu.order.v1" && news.key === order?.order_id && news.message) {
      status = news.message.status;
      console.log(`${status} ${news.message.reason ?? ""}`.trim());
    }
    if (order === undefined && product !== undefined && available !== undefined) {
      before = available;
      order = anOrder(store, product);
      await channel.publish("order.commands", "tsunagu.order.place.v1", order.order_id, order, order.order_id);
    }
    const isShown = status === "confirmed" && available !== undefined && available < before;
    if (isShown || status === "rejected") return;
  }
}

const [brokers, store, sku] = process.argv.slice(2);
if (!brokers || !store || !sku) throw new Error("node kiosk.ts BROKERS STORE SKU");
const channel = new Channel(NAME, brokers.split(","));
try {
  await buy(channel, store, sku);
} finally {
  await channel.close();
}
