"""The places that the trail goes to beside the database."""
