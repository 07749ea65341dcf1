"""What is measured and prescribed at the clinic: codes of LOINC, bounds of adults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """A laboratory's test: what is usual, and how far people are from it; bounds as text."""

    code: str
    display: str
    unit: str
    ucum: str
    usual: float
    spread: float
    decimals: int
    low: str | None
    high: str | None


_SUGAR = (
    Test("4548-4", "Hemoglobin A1c (HbA1c)", "%", "%", 5.6, 0.6, 1, None, "7.0"),
    Test("1558-6", "Glucose, fasting", "mmol/L", "mmol/L", 5.3, 0.7, 1, "3.9", "7.2"),
)
_LIPIDS = (
    Test("2093-3", "Cholesterol", "mmol/L", "mmol/L", 5.0, 0.8, 1, None, "5.2"),
    Test("13457-7", "LDL cholesterol", "mmol/L", "mmol/L", 2.9, 0.6, 1, None, "3.0"),
    Test("2085-9", "HDL cholesterol", "mmol/L", "mmol/L", 1.4, 0.3, 1, "1.0", None),
    Test("2571-8", "Triglycerides", "mmol/L", "mmol/L", 1.3, 0.4, 1, None, "1.7"),
)
_KIDNEYS = (
    Test("2160-0", "Creatinine", "mg/dL", "mg/dL", 0.9, 0.15, 2, "0.6", "1.2"),
    Test("2823-3", "Potassium", "mmol/L", "mmol/L", 4.2, 0.3, 1, "3.5", "5.1"),
    Test("2951-2", "Sodium", "mmol/L", "mmol/L", 140.0, 2.0, 0, "136", "145"),
)
_BLOOD = (
    Test("718-7", "Hemoglobin", "g/dL", "g/dL", 14.0, 1.1, 1, "12.0", "17.5"),
    Test("6690-2", "White blood cells", "10^9/L", "10*9/L", 6.8, 1.4, 1, "4.0", "11.0"),
    Test("777-3", "Platelets", "10^9/L", "10*9/L", 250.0, 45.0, 0, "150", "400"),
    Test("2276-4", "Ferritin", "ug/L", "ug/L", 95.0, 45.0, 0, "15", "300"),
)
_THYROID = (Test("3016-3", "Thyrotropin (TSH)", "mIU/L", "m[IU]/L", 2.0, 0.8, 2, "0.40", "4.00"),)
PANELS = (_SUGAR, _LIPIDS, _KIDNEYS, _BLOOD, _THYROID, (*_SUGAR, *_LIPIDS), (*_BLOOD, *_KIDNEYS))

MEDICINES = (
    ("Metformin 500 mg tablets", "One tablet twice a day with meals"),
    ("Ramipril 5 mg tablets", "One tablet in the morning"),
    ("Amlodipine 5 mg tablets", "One tablet in the morning"),
    ("Atorvastatin 20 mg tablets", "One tablet in the evening"),
    ("Levothyroxine 75 micrograms tablets", "One tablet before breakfast"),
    ("Pantoprazole 20 mg tablets", "One tablet before breakfast"),
    ("Salbutamol 100 micrograms inhaler", "One or two puffs when short of breath"),
    ("Ibuprofen 400 mg tablets", "One tablet when needed, at most three a day"),
    ("Amoxicillin 500 mg capsules", "One capsule three times a day for seven days"),
    ("Cholecalciferol 1000 IU capsules", "One capsule a day"),
)
SPECIALTIES = (
    "General practice",
    "Internal medicine",
    "Cardiology",
    "Dermatology",
    "Orthopaedics",
    "Paediatrics",
    "Neurology",
)
