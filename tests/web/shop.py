"""Cards of the shop, as the actions send them."""

from __future__ import annotations

TIMELINE = {
    "kind": "timeline",
    "title": "Order AC-10482",
    "state": "On its way",
    "text": "Wireless headphones, 2 x Light bulb",
    "steps": [
        {"label": "Ordered", "at": "2026-11-19T18:03:00Z", "state": "done"},
        {
            "label": "Handed over to the carrier",
            "at": "2026-11-20T16:55:00Z",
            "place": "Warehouse Ostkai",
            "state": "done",
        },
        {
            "label": "On its way",
            "at": "2026-11-22T05:12:00Z",
            "place": "Sorting centre Mitte",
            "state": "now",
        },
        {"label": "Expected delivery", "at": "2026-11-24", "state": "ahead"},
    ],
}
ORDERS = {
    "kind": "orders",
    "rows": [
        {
            "number": "AC-10497",
            "date": "2026-11-23",
            "text": "Desk lamp, 2 x Light bulb",
            "state": "Ordered",
            "amount": "58.90",
            "currency": "EUR",
        },
        {
            "number": "AC-10431",
            "date": "2026-11-09",
            "text": "Hiking boots, 3 x Wool socks",
            "state": "Delivered",
            "amount": "158.70",
            "currency": "EUR",
        },
    ],
}
