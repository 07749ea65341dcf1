"""The clinic's API: calendars and health records in the shapes of FHIR R4."""
