"""Tells whether the bank's books are in order: the rules of double entry, in SQL."""

from __future__ import annotations

from sqlalchemy import Connection, text

_RULES = {
    "an account's balance is not the sum of its entries": """
        SELECT count(*) FROM accounts AS a LEFT JOIN
            (SELECT account_id, sum(amount_minor) AS total FROM transactions GROUP BY account_id)
            AS t ON t.account_id = a.id
        WHERE a.balance_minor IS NOT coalesce(t.total, 0)""",
    "a movement's entries, two or more, do not sum to zero in one currency": """
        SELECT count(*) FROM (SELECT m.id FROM movements AS m
            LEFT JOIN transactions AS t ON t.movement_id = m.id
            LEFT JOIN accounts AS a ON a.id = t.account_id GROUP BY m.id
            HAVING sum(t.amount_minor) IS NOT 0 OR count(*) < 2
                OR count(DISTINCT currency) != 1)""",
    "an account is below its limit": """
        SELECT count(*) FROM accounts WHERE balance_minor - held_minor < -limit_minor""",
    "an amount is not a whole number": """
        SELECT count(*) FROM transactions WHERE typeof(amount_minor) != 'integer'""",
}


def check(connection: Connection) -> None:
    """Raise `ValueError` where a rule is broken; says which, and how often."""
    for rule, query in _RULES.items():
        broken = int(connection.execute(text(query)).scalar_one())
        if broken:
            raise ValueError(f"the books are not in order: {rule} ({broken} times)")
