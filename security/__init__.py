"""The trusted core: sessions, challenges, the guard, tokens, the audit trail."""
