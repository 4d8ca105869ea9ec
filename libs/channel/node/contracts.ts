// The messages that channels read and write. Made from the contracts by `make reference`.
// A field that is optional may be absent, and is never null when a service has written it.

/** Pieces of an order line promised from one location. */
export interface Allocation {
  allocation_id: string;
  line_id: string;
  sku: string;
  quantity: number;
  location_id: string;
}

/** Somebody wants to see the purchases of a member card or account: a code goes to its customer's own address. */
export interface AskHistoryLink {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  link_id: string;
  customer_ref: string;
}

/** Give a task of `order.tasks` to somebody. */
export interface AssignOrderTask {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  task_id: string;
  assignment_id: string;
  owner: string;
  order_id: string;
}

/** How many pieces of a SKU can be promised at a location (ATP, never shown below zero). */
export interface Availability {
  version: number;
  location_id: string;
  sku: string;
  available: number;
  as_of: string;
}

/** Cancel the order, or some of its lines; no lines means all that is still open. */
export interface CancelOrder {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  cancel_id: string;
  order_id: string;
  channel: string;
  lines?: LineQuantity[];
  reason?: string;
  cancelled_by?: CancelledBy;
}

/** These lines shall be cancelled. Pickup decides: PickCancelled or CancelRefused. */
export interface CancelRequested {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  cancel_id: string;
  lines: LineQuantity[];
  reason: string;
  cancelled_by?: CancelledBy;
}

/** Who wants pieces cancelled; the system where nobody does: a time is over, or goods are gone. */
export type CancelledBy = "customer" | "store" | "system";

/** Have a group, or some of its lines, picked up elsewhere or shipped; no lines means the whole group. */
export interface ChangeFulfilment {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  method: FulfilmentMethod;
  location_id?: string;
  prefecture?: string;
  change_id: string;
  order_id: string;
  channel: string;
  group_id: string;
  recipient_ref?: string;
  lines?: LineQuantity[];
}

/** Say anew who may collect the order beside the customer, for as long as it has not ended; none means nobody. */
export interface ChangeRecipient {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  change_id: string;
  order_id: string;
  channel: string;
  recipient_ref?: string;
}

/** How many purchases came through a channel. */
export interface ChannelCount {
  channel: string;
  count: number;
}

/** What a shopper may choose for lines that can't be had as ordered. */
export type ChoiceKind = "pickup_elsewhere" | "ship" | "cancel";

/** One way on for lines that can't be had as ordered. */
export interface ChoiceOption {
  kind: ChoiceKind;
  location_id?: string;
  ready_by?: string;
}

/** These lines can't be had as ordered: the shopper chooses until answer_by, then they are cancelled. */
export interface ChoiceRequested {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  lines: OrderLine[];
  options: ChoiceOption[];
  answer_by: string;
}

/** A command is carried out, and no other event says so. */
export interface CommandAccepted {
  occurred_at: string;
  command_id: string;
  command_type: string;
  command_key: string;
}

/** A command is not carried out. */
export interface CommandRefused {
  occurred_at: string;
  command_id: string;
  command_type: string;
  command_key: string;
  reason: string;
  detail?: string;
}

/** Pieces of an order line that the shopper now has, and what they cost. */
export interface CompletedLine {
  line_id: string;
  group_id: string;
  sku: string;
  quantity: number;
  amount_jpy: number;
  tax_percent: number;
}

/** What may be known about a customer without naming them. */
export interface CustomerProfile {
  version: number;
  customer_id: string;
  refs: string[];
  segment: Segment;
  stage?: JourneyStage;
  recency_score?: number;
  frequency_score?: number;
  monetary_score?: number;
  purchases_by_channel?: ChannelCount[];
  consents?: string[];
  first_channel?: string;
  first_purchase_at?: string;
  last_purchase_at?: string;
  updated_at: string;
}

/** Who owes the amount of a settlement. */
export type Debtor = "shopper" | "retailer";

/** A person says no to a task of `customer.tasks`: the two customers are not one, or what was said last is right. */
export interface DismissReview {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  dismissal_id: string;
  customer_ref: string;
  task_id: string;
  reason?: string;
}

/** What becomes of a returned piece; only resellable ones become available. */
export type Disposition = "resellable" | "damaged" | "inspect";

/** Whoever asked does not want to see the purchases any more. */
export interface EndHistoryLink {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  link_id: string;
  ending_id: string;
}

/** A shopper asks to be forgotten. */
export interface EraseCustomer {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  erasure_id: string;
  customer_ref: string;
  reason?: string;
}

/** When inventory last heard from a location: how old its availability may be. */
export interface Feed {
  version: number;
  location_id: string;
  last_seen_at: string;
}

/** The lines of an order that reach the shopper together, by one way and at one place. */
export interface FulfilmentGroup {
  method: FulfilmentMethod;
  location_id?: string;
  prefecture?: string;
  group_id: string;
}

/** How the goods of a group reach the shopper. */
export type FulfilmentMethod = "pickup" | "ship";

/** An opaque identifier of a person: it names nobody outside the system that made it; it travels open. */
export interface Identifier {
  kind: IdentifierKind;
  value: string;
}

/** Which system made an opaque identifier of a person. */
export type IdentifierKind = "member_card" | "ec_account" | "app_device" | "channel";

/** A channel says who stands behind a customer_ref: other opaque ids open, personal data sealed. */
export interface IdentifyCustomer {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  identification_id: string;
  customer_ref: string;
  channel: string;
  identifiers?: Identifier[];
  sealed?: string;
}

/** Goods of the order came back; stock by disposition at the receiving location. */
export interface ItemsReturned {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  return_id: string;
  location_id: string;
  lines: ReturnedLine[];
  receipt_id?: string;
  payment: Payment;
  order_finished?: boolean;
  tax_by_rate?: TaxAmount[];
}

/** How far somebody is on the way from noticing a product to coming back. */
export type JourneyStage = "aware" | "considering" | "ordered" | "received" | "bought_in_store" | "bought_online" | "picked_up" | "returned" | "returning";

/** Some pieces of an order line. */
export interface LineQuantity {
  line_id: string;
  quantity: number;
}

/** A store, warehouse or pickup point: where it is, when it is open, what it can do. */
export interface Location {
  version: number;
  location_id: string;
  name_ja: string;
  name_en: string;
  company_id: string;
  kind: LocationKind;
  prefecture: string;
  city: string;
  address: string;
  latitude: number;
  longitude: number;
  opening_hours?: OpeningHours[];
  pickup_enabled: boolean;
  pick_minutes_per_day: number;
  walking_order?: string[];
  closed_dates?: string[];
  opens_on_holidays?: boolean;
  pickup_window_hours?: number;
  area?: string;
}

/** What a location is. */
export type LocationKind = "store" | "warehouse" | "pickup_point";

/** A person decides that two customers are one. */
export interface MergeCustomers {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  merge_id: string;
  customer_ref: string;
  other_ref: string;
  reason?: string;
}

/** How money that goods and books disagreed about was settled. */
export type MoneySettled = "paid" | "refunded" | "waived" | "nothing_owed";

/** When a location is open on one day; a day that is not listed is closed. */
export interface OpeningHours {
  day: Weekday;
  opens: string;
  closes: string;
}

/** The whole order as it stands. */
export interface Order {
  version: number;
  order_id: string;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  status: OrderStatus;
  reason?: string;
  payment: Payment;
  allow_partial: boolean;
  groups: OrderGroupState[];
  lines: OrderLineState[];
  allocations?: Allocation[];
  choice_options?: ChoiceOption[];
  choice_answer_by?: string;
  receipt_ids?: string[];
  refunded_jpy?: number;
  ready_by?: string;
  placed_at: string;
  updated_at: string;
}

/** These lines will not be had. Inventory frees what is held for them. */
export interface OrderCancelled {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  cancel_id?: string;
  reason: string;
  cancelled_by?: CancelledBy;
  parcel_id?: string;
  lines: OrderLine[];
  order_finished: boolean;
}

/** Some lines reach the shopper another way; inventory allocates them anew. */
export interface OrderChanged {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  change_id: string;
  groups: FulfilmentGroup[];
  lines: OrderLine[];
  changed_line_ids: string[];
  ended_allocations?: Allocation[];
}

/** The shopper has these lines. Credit can be computed from this event alone. */
export interface OrderCompleted {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  group_id: string;
  method: FulfilmentMethod;
  location_id: string;
  lines: CompletedLine[];
  sources?: Allocation[];
  receipt_id?: string;
  handover_id?: string;
  parcel_id?: string;
  staff_ref?: string;
  payment: Payment;
  touchpoints?: Touchpoint[];
  placed_at: string;
  order_finished: boolean;
  tax_by_rate?: TaxAmount[];
}

/** Inventory holds the goods. With allow_partial, `short_lines` are those that can't be had. */
export interface OrderConfirmed {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  payment: Payment;
  groups: FulfilmentGroup[];
  lines: OrderLine[];
  allocations: Allocation[];
  allocation_version: number;
  ready_by: string;
  short_lines?: ShortLine[];
}

/** A group of an order as it stands. */
export interface OrderGroupState {
  method: FulfilmentMethod;
  location_id?: string;
  prefecture?: string;
  group_id: string;
  status: OrderStatus;
  ready_by?: string;
  pickup_by?: string;
  parcel_ids?: string[];
}

/** One SKU of an order; prices include tax. */
export interface OrderLine {
  line_id: string;
  group_id: string;
  sku: string;
  quantity: number;
  unit_price_jpy: number;
  tax_percent: number;
}

/** A line of an order as it stands: of `quantity` pieces, how many are where. */
export interface OrderLineState {
  line_id: string;
  group_id: string;
  sku: string;
  quantity: number;
  unit_price_jpy: number;
  tax_percent: number;
  status: OrderStatus;
  in_question_quantity?: number;
  reserved_quantity?: number;
  ready_quantity?: number;
  shipped_quantity?: number;
  completed_quantity?: number;
  cancelled_quantity?: number;
  returned_quantity?: number;
}

/** An order has been taken; all of PlaceOrder. Inventory answers with StockReserved or StockRejected. */
export interface OrderPlaced {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  hold_id?: string;
  groups: FulfilmentGroup[];
  lines: OrderLine[];
  payment: Payment;
  touchpoints?: Touchpoint[];
  allow_partial?: boolean;
  valid_until?: string;
  placed_at: string;
  staff_ref?: string;
  device_id?: string;
}

/** A group waits for the shopper at its location, until pickup_by. */
export interface OrderReady {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  group_id: string;
  location_id: string;
  lines: OrderLine[];
  pickup_by?: string;
}

/** Other goods take the place of promised ones; the allocations here replace all earlier ones. */
export interface OrderReallocated {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  payment: Payment;
  groups: FulfilmentGroup[];
  lines: OrderLine[];
  allocations: Allocation[];
  allocation_version: number;
  ready_by: string;
  cause: ReservationCause;
}

/** The order can't be had, or came too late. Nothing of it is held. */
export interface OrderRejected {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  reason: string;
  detail?: string;
  lines: OrderLine[];
}

/** Lines of a group are on their way to the shopper, in a parcel. A parcel of several groups is told for each. */
export interface OrderShipped {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  group_id: string;
  parcel_id: string;
  location_id: string;
  carrier: string;
  tracking_number?: string;
  lines: OrderLine[];
}

/** Where an order, a group or a line stands. */
export type OrderStatus = "placed" | "confirmed" | "rejected" | "choice" | "ready" | "shipped" | "completed" | "cancelled" | "returned";

/** Who has the money: the channel already, or the till at pickup. */
export type Payment = "prepaid" | "at_pickup";

/** A channel asks for goods, by groups that are picked up or shipped. */
export interface PlaceOrder {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  order_id: string;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  hold_id?: string;
  groups: FulfilmentGroup[];
  lines: OrderLine[];
  payment: Payment;
  touchpoints?: Touchpoint[];
  allow_partial?: boolean;
  valid_until?: string;
}

/** One sellable SKU: a style in one colour and size. */
export interface Product {
  version: number;
  sku: string;
  gtins?: string[];
  style_id: string;
  color?: string;
  size?: string;
  name_ja: string;
  name_en: string;
  brand?: string;
  category: string;
  price_jpy: number;
  tax_class: TaxClass;
  active: boolean;
}

/** Whoever asked has typed the digits of a code. */
export interface ProveHistoryLink {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  link_id: string;
  proof_id: string;
  sealed: string;
}

/** What somebody bought, on a receipt or with an order. */
export interface Purchase {
  version: number;
  purchase_id: string;
  receipt_id?: string;
  order_id?: string;
  customer_id?: string;
  customer_ref?: string;
  channel: string;
  location_id?: string;
  at: string;
  lines: PurchaseLine[];
  amount_jpy: number;
}

/** What somebody bought, and what they keep of it after returns. */
export interface PurchaseLine {
  line_id: string;
  sku: string;
  quantity: number;
  amount_jpy: number;
  tax_percent: number;
  returned_quantity?: number;
}

/** Another person may collect the order beside the customer: `recipient_ref`, none means nobody. */
export interface RecipientChanged {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  change_id: string;
}

/** A shopper allows or forbids a use of their data. */
export interface RecordConsent {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  consent_id: string;
  customer_ref: string;
  channel: string;
  purpose: string;
  granted: boolean;
  wording?: string;
}

/** A channel says who receives goods under a recipient_ref. */
export interface RecordRecipient {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  record_id: string;
  recipient_ref: string;
  channel: string;
  customer_ref?: string;
  sealed: string;
}

/** Who pays a refund out: whoever has the shopper's money. */
export type RefundBy = "channel" | "till";

/** Whoever has the shopper's money owes it: the channel, or a till, less what a till has paid back already. */
export interface RefundDue {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  refund_id: string;
  cause_id: string;
  reason: string;
  lines: RefundLine[];
  amount_jpy: number;
  tax_by_rate?: TaxAmount[];
  refund_by?: RefundBy;
}

/** Pieces of an order line whose money goes back, and how much. */
export interface RefundLine {
  line_id: string;
  sku: string;
  quantity: number;
  amount_jpy: number;
}

/** Why inventory decided on an order's stock, first or anew. */
export type ReservationCause = "placed" | "changed" | "short_pick" | "promise_broken" | "late_pick" | "transfer_short";

/** Goods of an order came back to a location. */
export interface ReturnItems {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  return_id: string;
  order_id: string;
  channel: string;
  location_id: string;
  lines: ReturnLine[];
}

/** Pieces of an order line that come back. */
export interface ReturnLine {
  line_id: string;
  sku: string;
  quantity: number;
  disposition: Disposition;
}

/** Goods came back for an order, or order line, that nobody knows: booked as a plain return. */
export interface ReturnUnmatched {
  occurred_at: string;
  order_id: string;
  version?: number;
  return_id: string;
  location_id: string;
  lines: UnmatchedReturnLine[];
  receipt_id?: string;
  customer_ref?: string;
}

/** Pieces that came back within what was completed, and what they had cost. */
export interface ReturnedLine {
  line_id: string;
  sku: string;
  quantity: number;
  disposition: Disposition;
  amount_jpy: number;
  tax_percent: number;
}

/** How often somebody has bought. */
export type Segment = "prospect" | "first_purchase" | "repeat" | "loyal" | "lapsed";

/** Say how the money was settled that a task of `order.tasks` is about: the task is done. */
export interface SettleMoney {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  task_id: string;
  settling_id: string;
  order_id: string;
  settled: MoneySettled;
  amount_jpy?: number;
}

/** Goods and money disagree after a fact that came after the decision; a person settles it. */
export interface SettlementDue {
  occurred_at: string;
  order_id: string;
  version: number;
  channel: string;
  customer_ref?: string;
  recipient_ref?: string;
  settlement_id: string;
  reason: string;
  location_id?: string;
  lines: RefundLine[];
  owed_by: Debtor;
  amount_jpy: number;
  receipt_id?: string;
}

/** Pieces of an order line that can't be had. */
export interface ShortLine {
  line_id: string;
  sku: string;
  quantity: number;
}

/** A person decides that one customer is two: `split_refs` become another customer. */
export interface SplitCustomer {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  split_id: string;
  customer_ref: string;
  split_refs: string[];
  reason?: string;
}

/** Somebody begins a task of `order.tasks`: its minutes run from occurred_at. */
export interface StartOrderTask {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  task_id: string;
  start_id: string;
  order_id: string;
}

/** Tax of a document for one rate, rounded once. */
export interface TaxAmount {
  tax_percent: number;
  taxable_jpy: number;
  tax_jpy: number;
}

/** Which rate of consumption tax a product falls under; the percentages change by date. */
export type TaxClass = "standard" | "reduced";

/** One contribution to a sale: what, where, by whom, when. */
export interface Touchpoint {
  kind: TouchpointKind;
  location_id?: string;
  staff_ref?: string;
  at: string;
}

/** What a store, a person or a channel did for a sale; the credit policy weighs it. */
export type TouchpointKind = "store_scan" | "store_visit" | "staff_advice" | "web_view" | "app_view" | "campaign" | "order_taken";

/** A person takes back one `CustomersMerged`, `CustomerSplit` or `IdentifierShared`, whoever or whatever made it. */
export interface UndoIdentityChange {
  occurred_at: string;
  staff_ref?: string;
  device_id?: string;
  undo_id: string;
  customer_id: string;
  change_version: number;
  reason?: string;
}

/** Pieces that came back for an order nobody knows; with the amount that a till paid back, if it did. */
export interface UnmatchedReturnLine {
  line_id: string;
  sku: string;
  quantity: number;
  disposition: Disposition;
  amount_jpy?: number;
  tax_percent?: number;
}

/** Day of the week. */
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** Every message by what stands in `ce_type`. */
export interface Messages {
  "tsunagu.order.place.v1": PlaceOrder;
  "tsunagu.order.cancel.v1": CancelOrder;
  "tsunagu.order.change_fulfilment.v1": ChangeFulfilment;
  "tsunagu.order.change_recipient.v1": ChangeRecipient;
  "tsunagu.order.return_items.v1": ReturnItems;
  "tsunagu.order.settle_money.v1": SettleMoney;
  "tsunagu.order.assign_task.v1": AssignOrderTask;
  "tsunagu.order.start_task.v1": StartOrderTask;
  "tsunagu.customer.identify.v1": IdentifyCustomer;
  "tsunagu.customer.record_recipient.v1": RecordRecipient;
  "tsunagu.customer.record_consent.v1": RecordConsent;
  "tsunagu.customer.merge.v1": MergeCustomers;
  "tsunagu.customer.split.v1": SplitCustomer;
  "tsunagu.customer.dismiss_review.v1": DismissReview;
  "tsunagu.customer.undo_identity_change.v1": UndoIdentityChange;
  "tsunagu.customer.erase.v1": EraseCustomer;
  "tsunagu.customer.ask_history_link.v1": AskHistoryLink;
  "tsunagu.customer.prove_history_link.v1": ProveHistoryLink;
  "tsunagu.customer.end_history_link.v1": EndHistoryLink;
  "tsunagu.location.v1": Location;
  "tsunagu.product.v1": Product;
  "tsunagu.order.placed.v1": OrderPlaced;
  "tsunagu.order.confirmed.v1": OrderConfirmed;
  "tsunagu.order.reallocated.v1": OrderReallocated;
  "tsunagu.order.rejected.v1": OrderRejected;
  "tsunagu.order.choice_requested.v1": ChoiceRequested;
  "tsunagu.order.changed.v1": OrderChanged;
  "tsunagu.order.recipient_changed.v1": RecipientChanged;
  "tsunagu.order.cancel_requested.v1": CancelRequested;
  "tsunagu.order.ready.v1": OrderReady;
  "tsunagu.order.shipped.v1": OrderShipped;
  "tsunagu.order.completed.v1": OrderCompleted;
  "tsunagu.order.cancelled.v1": OrderCancelled;
  "tsunagu.order.items_returned.v1": ItemsReturned;
  "tsunagu.order.return_unmatched.v1": ReturnUnmatched;
  "tsunagu.order.refund_due.v1": RefundDue;
  "tsunagu.order.settlement_due.v1": SettlementDue;
  "tsunagu.command.refused.v1": CommandRefused;
  "tsunagu.command.accepted.v1": CommandAccepted;
  "tsunagu.order.v1": Order;
  "tsunagu.availability.v1": Availability;
  "tsunagu.feed.v1": Feed;
  "tsunagu.customer.profile.v1": CustomerProfile;
  "tsunagu.customer.purchase.v1": Purchase;
}

export type WireType = keyof Messages;

/** What travels on which topic. */
export const TOPICS = {
  "order.commands": ["tsunagu.order.place.v1", "tsunagu.order.cancel.v1", "tsunagu.order.change_fulfilment.v1", "tsunagu.order.change_recipient.v1", "tsunagu.order.return_items.v1", "tsunagu.order.settle_money.v1", "tsunagu.order.assign_task.v1", "tsunagu.order.start_task.v1"],
  "customer.commands": ["tsunagu.customer.identify.v1", "tsunagu.customer.record_recipient.v1", "tsunagu.customer.record_consent.v1", "tsunagu.customer.merge.v1", "tsunagu.customer.split.v1", "tsunagu.customer.dismiss_review.v1", "tsunagu.customer.undo_identity_change.v1", "tsunagu.customer.erase.v1", "tsunagu.customer.ask_history_link.v1", "tsunagu.customer.prove_history_link.v1", "tsunagu.customer.end_history_link.v1"],
  "network.locations": ["tsunagu.location.v1"],
  "catalog.products": ["tsunagu.product.v1"],
  "order.events": ["tsunagu.order.placed.v1", "tsunagu.order.confirmed.v1", "tsunagu.order.reallocated.v1", "tsunagu.order.rejected.v1", "tsunagu.order.choice_requested.v1", "tsunagu.order.changed.v1", "tsunagu.order.recipient_changed.v1", "tsunagu.order.cancel_requested.v1", "tsunagu.order.ready.v1", "tsunagu.order.shipped.v1", "tsunagu.order.completed.v1", "tsunagu.order.cancelled.v1", "tsunagu.order.items_returned.v1", "tsunagu.order.return_unmatched.v1", "tsunagu.order.refund_due.v1", "tsunagu.order.settlement_due.v1", "tsunagu.command.refused.v1", "tsunagu.command.accepted.v1"],
  "order.state": ["tsunagu.order.v1"],
  "inventory.availability": ["tsunagu.availability.v1"],
  "inventory.feeds": ["tsunagu.feed.v1"],
  "customer.profiles": ["tsunagu.customer.profile.v1"],
  "customer.purchases": ["tsunagu.customer.purchase.v1"],
} as const satisfies Record<string, readonly WireType[]>;

export type TopicName = keyof typeof TOPICS;
export type MessageOn<T extends TopicName> = Messages[(typeof TOPICS)[T][number]];
