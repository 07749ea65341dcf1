"""Cards of the bank's summaries, as the actions send them."""

from __future__ import annotations

SPENDING = {
    "kind": "spending",
    "title": "What you spent since 1 September 2026",
    "currency": "EUR",
    "total": "3411.30",
    "categories": [
        {"label": "Housing", "amount": "3135.00", "share": 100},
        {"label": "Groceries", "amount": "241.04", "share": 7},
        {"label": "Everything else", "amount": "35.26", "share": 1},
    ],
    "months": [
        {"label": "September 2026", "amount": "1200.10", "share": 98},
        {"label": "October 2026", "amount": "1219.20", "share": 100},
        {"label": "November 2026", "amount": "992.00", "share": 81},
    ],
}
