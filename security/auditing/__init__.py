"""What an organisation's auditors read of the trail: pure rules over records, no I/O."""
