"""Words around a number that say that it is not, or not alone, the amount."""

from __future__ import annotations

from actions.names import word_set

NOT_EXACT = word_set(
    "half third quarter percent few several couple some any all everything rest most lots bunch "
    "dozen many whatever little"
)
HEDGES = word_set(
    "about around roughly approximately almost nearly maybe least most up than under below above "
    "max maximum min minimum not point circa approx ~ < > ≈ ±"
)
LOOSE = word_set(
    "ish something odd plus point or percent few couple several some dozen dozens mil thou tens "
    "twenties fifties hundreds thousands hundredth hundredths thousandth thousandths "
    "k m more less each apiece"
)
PARTS = word_set("half third quarter percent twice double triple")
JOINS = word_set("and or - to x × * times by plus + minus less /")
SUMS = word_set("x × * times plus + minus less")
"""Joins what stands before them with the number behind, whatever lies between."""
LABELS = word_set("account ending number nr invoice iban reference ref card #")
SIGNS = word_set("minus negative")
