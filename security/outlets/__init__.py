"""Where the trail goes beside the database: rules of its forms, and what an outlet has to do."""
