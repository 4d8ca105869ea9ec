"""Which outcomes each command or fact may end in, as the contracts list them. CommandRefused and CommandAccepted
come beside these; a fact is never refused."""

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message

OUTCOMES: dict[type[Message], tuple[type[Message], ...]] = {
    m.PlaceOrder: (m.OrderPlaced, m.OrderRejected),
    m.CancelOrder: (m.CancelRequested, m.OrderCancelled),
    m.ChangeFulfilment: (m.OrderChanged,),
    m.ReturnItems: (m.ItemsReturned, m.ReturnUnmatched),
    m.AnnounceDelivery: (),
    m.ReceiveStock: (m.StockReceived,),
    m.AdjustStock: (m.StockAdjusted,),
    m.CountStock: (m.StockCounted,),
    m.SetSafetyStock: (),
    m.SetDefaultSafetyStock: (),
    m.HoldStock: (m.StockHeld,),
    m.ExtendHold: (m.StockHeld,),
    m.ReleaseHold: (m.StockReleased,),
    m.ApproveCount: (m.StockCounted,),
    m.SettleDiscrepancy: (m.StockAdjusted,),
    m.AssignTask: (),
    m.StartTask: (),
    m.ConfirmPick: (m.PickCompleted,),
    m.ReportShortPick: (m.PickShorted,),
    m.ConfirmPutAway: (m.PutAwayCompleted,),
    m.PlanTransfer: (m.TransferPlanned,),
    m.CancelTransfer: (m.TransferCancelled,),
    m.ShipTransfer: (m.TransferShipped,),
    m.ReceiveTransfer: (m.TransferReceived,),
    m.HandOver: (m.PickupCollected, m.HandoverUnmatched),
    m.ShipParcel: (m.ParcelShipped,),
    m.ReportTracking: (m.ParcelTracked, m.ParcelEnded),
    m.ConfirmDelivery: (m.ParcelDelivered,),
    m.PausePickup: (),
    m.ResumePickup: (),
    m.IdentifyCustomer: (m.CustomerIdentified, m.CustomersMerged),
    m.RecordRecipient: (m.CustomerIdentified,),
    m.RecordConsent: (m.ConsentChanged,),
    m.MergeCustomers: (m.CustomersMerged,),
    m.SplitCustomer: (m.CustomerSplit,),
    m.EraseCustomer: (m.CustomerErased,),
    m.SetTarget: (m.TargetSet,),
    m.RecordMeasure: (m.MeasureRecorded,),
    m.SetBaseline: (m.BaselineSet,),
    m.AdoptPolicy: (m.PolicyAdopted,),
}
"""A command of several parts may lead to several of its outcomes: pieces cancelled at once and pieces asked for."""
