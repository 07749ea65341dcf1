"""What counts as one client."""

from __future__ import annotations

import pytest

from runtime.addresses import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("not an address", "unknown"),
    ],
)
def test_hopping_within_a_network_is_one_client(address: str, network: str) -> None:
    """Abuse: a subscriber's whole IPv6 /64 counts as one."""
    assert network_of(address) == network
