"""The public calls of administrators and auditors, as their description has to name them."""

from __future__ import annotations

ADMINISTRATION = {
    "/api/admin/actions": ["get"],
    "/api/admin/actions/{id}": ["delete", "post"],
    "/api/admin/actions/{id}/approve": ["post"],
    "/api/admin/users": ["get", "post"],
    "/api/admin/users/{id}/disable": ["post"],
    "/api/admin/users/{id}/enable": ["post"],
    "/api/admin/users/{id}/invite": ["post"],
    "/api/admin/users/{id}/reset": ["post"],
    "/api/admin/users/{id}/roles": ["post"],
    "/api/admin/users/{id}/sessions": ["get", "post"],
    "/api/admin/users/{id}/unlock": ["post"],
}

AUDITING = {
    "/api/alerts": ["get"],
    "/api/alerts/{id}": ["get", "post"],
    "/api/audit": ["get"],
    "/api/audit/actions/{id}": ["post"],
    "/api/audit/figures": ["get"],
    "/api/audit/file": ["get"],
    "/api/audit/people/{id}": ["post"],
    "/api/audit/prove": ["post"],
    "/api/audit/report": ["get"],
    "/api/audit/sessions": ["get"],
    "/api/audit/sessions/{id}/end": ["post"],
    "/api/audit/verify": ["get"],
}
