"""The watch: reads the trail as it grows, and says what looks like an attack. Pure rules."""
