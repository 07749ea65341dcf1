"""Cards of the clinic, as the actions send them."""

from __future__ import annotations

RESULTS = {
    "kind": "lab_results",
    "patient": "Pat Rivera",
    "rows": [
        {
            "name": "Hemoglobin A1c (HbA1c)",
            "date": "2026-11-17",
            "value": "7.4",
            "unit": "%",
            "high": "7",
            "flag": "H",
            "earlier": [
                {"date": "2026-08-24", "value": "6.8"},
                {"date": "2026-05-25", "value": "6.5"},
                {"date": "2026-02-23", "value": "6.6"},
                {"date": "2025-11-17", "value": "6.9"},
            ],
        },
        {
            "name": "Glucose, fasting",
            "date": "2026-11-17",
            "value": "6.9",
            "unit": "mmol/L",
            "low": "3.9",
            "high": "7.2",
            "flag": "N",
            "earlier": [{"date": "2026-08-24", "value": "6.4"}],
        },
        {
            "name": "Creatinine",
            "date": "2026-11-17",
            "value": "0.9",
            "unit": "mg/dL",
            "low": "0.6",
            "high": "1.2",
            "flag": "N",
            "earlier": [],
        },
    ],
}
MEDICINES = {
    "kind": "medications",
    "patient": "Pat Rivera",
    "rows": [
        {
            "name": "Metformin 500 mg tablets",
            "dosage": "One tablet twice a day, with a meal",
            "status": "active",
            "since": "2025-11-17",
            "by": "Dr Dana Farrow",
        },
        {
            "name": "Atorvastatin 20 mg tablets",
            "dosage": "One tablet in the evening",
            "status": "stopped",
            "since": "2026-05-25",
            "by": "Dr Dana Farrow",
        },
    ],
}
VISITS = {
    "kind": "appointments",
    "rows": [
        {
            "date": "2026-11-27",
            "time": "09:00",
            "until": "09:20",
            "patient": "Pat Rivera",
            "with": "Dr Dana Farrow",
        }
    ],
}
