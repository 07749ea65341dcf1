"""The clinic: appointments and health records."""

from __future__ import annotations

from typing import Any

from actions.emergency import EmergencyAction, record_choices
from actions.patients import PatientAction
from actions.records import say_medicines, say_record, say_results
from actions.speech import Say
from actions.visit_words import resources, visit_words
from actions.visiting import (
    BookingAction,
    CancellingAction,
    MovingAction,
    ScheduleAction,
    say_schedule,
    visit_receipt,
)


class ListAppointments(ScheduleAction):
    """The coming appointments: one's own, or for staff those of the clinic."""

    name = "action_list_appointments"
    operation, staff = "healthcare.list_appointments", "healthcare.list_clinic_appointments"

    def render(self, result: Any, say: Say) -> None:
        """Name the next one."""
        say_schedule(result, say)


class BookAppointment(BookingAction):
    """A new appointment."""

    name = "action_book_appointment"
    operation, writes = "healthcare.list_practitioners", "healthcare.book_appointment"

    def render(self, result: Any, say: Say) -> None:
        """Show what was booked."""
        say(
            "utter_visit_booked", visit_receipt("Appointment booked", result), **visit_words(result)
        )


class RescheduleAppointment(MovingAction):
    """An appointment at another time."""

    name = "action_reschedule_appointment"
    operation, writes = "healthcare.list_appointments", "healthcare.reschedule_appointment"

    def render(self, result: Any, say: Say) -> None:
        """Show where it was moved to."""
        say("utter_visit_moved", visit_receipt("Appointment moved", result), **visit_words(result))


class CancelAppointment(CancellingAction):
    """An appointment less."""

    name = "action_cancel_appointment"
    operation, writes = "healthcare.list_appointments", "healthcare.cancel_appointment"

    def render(self, result: Any, say: Say) -> None:
        """Say which was cancelled."""
        say("utter_visit_cancelled", **visit_words(result))


class LabResults(PatientAction):
    """Laboratory results: one's own, or those of a patient in one's care."""

    name = "action_lab_results"
    own, writes = "healthcare.lab_results", "healthcare.patient_lab_results"

    def render(self, result: Any, say: Say) -> None:
        """Show them with their reference ranges."""
        say_results(resources(result), say)


class Medications(PatientAction):
    """Medicines: one's own, or those of a patient in one's care."""

    name = "action_medications"
    own, writes = "healthcare.medications", "healthcare.patient_medications"

    def render(self, result: Any, say: Say) -> None:
        """Show them with how they are taken."""
        say_medicines(resources(result), say)


class PatientRecord(PatientAction):
    """A whole record: one's own, or that of a patient in one's care."""

    name = "action_patient_record"
    own, writes = "healthcare.own_record", "healthcare.patient_record"

    def render(self, result: Any, say: Say) -> None:
        """Show who it is, results and medicines."""
        say_record(resources(result), say)


class BreakGlass(EmergencyAction):
    """A record that is not in one's care, in an emergency."""

    name = "action_break_glass"

    def render(self, result: Any, say: Say) -> None:
        """Say until when, and offer to look."""
        words = {"patient": result["patient"]["display"], "until": result["ends"][11:16]}
        say("utter_emergency_open", None, record_choices(result), **words)
