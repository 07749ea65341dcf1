"""Days of the calendar."""

from __future__ import annotations

from datetime import date


def years_on(day: date, years: int) -> date:
    """Return the same day so many years later; the 28th of February for a leap day."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
