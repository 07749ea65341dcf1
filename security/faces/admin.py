"""What the command line may ask: administration of people, with a credential of its own."""

from __future__ import annotations

from typing import Any

from security.faces import admin_requests as ask
from security.faces.http import Answering, Face
from security.key_parts import Rotations
from security.personal_parts import Personal
from security.services.breaches import Breaches
from security.services.operating import Operating
from security.services.tenants import Tenants
from security.services.users import NewUser, Users
from security.services.vault_rotation import DataKeysState, VaultRotation


def admin_face(
    users: Users,
    tenants: Tenants,
    keys: Rotations,
    personal: Personal,
    breaches: Breaches,
    operating: Operating,
) -> Face:
    """Return the application of the administrator's listener.

    `gatehouse users`, `tenants`, `keys`, `alerts`, `export`, `erase` and `breach-report` ask.
    """

    async def roles(asked: ask.ChangeRoles) -> dict[str, Any]:
        held = await users.change_roles(asked.tenant, asked.username, asked.add, asked.remove)
        return {"roles": held}

    async def reset(asked: ask.OfUser) -> dict[str, Any]:
        return {"password": await users.reset(asked.tenant, asked.username)}

    return Face(
        {
            **_tenants(tenants),
            **_vault(keys.vault),
            **_trail(breaches, operating),
            "/keys/trail": Answering(ask.Everything, lambda _: keys.trail.rotate_key()),
            "/keys/rotate": Answering(ask.RotateKey, lambda q: keys.signing.rotate(q.revoke)),
            "/users/add": Answering(
                ask.AddUser,
                lambda q: users.add(NewUser(**q.model_dump(exclude={"send"})), q.send),
            ),
            "/users/export": Answering(
                ask.OfUser, lambda q: personal.export.of_person(q.tenant, q.username)
            ),
            "/users/accesses": Answering(
                ask.AccessesOf,
                lambda q: personal.accounting.of_person(q.tenant, q.username, q.form),
            ),
            "/users/kept": Answering(ask.OfUser, lambda q: users.kept(q.tenant, q.username)),
            "/users/erase": Answering(
                ask.EraseUser, lambda q: users.erase(q.tenant, q.username, q.again)
            ),
            "/users/list": Answering(ask.OfTenant, lambda q: users.people(q.tenant)),
            "/users/disable": Answering(ask.OfUser, lambda q: users.disable(q.tenant, q.username)),
            "/users/enable": Answering(ask.OfUser, lambda q: users.enable(q.tenant, q.username)),
            "/users/role": Answering(ask.ChangeRoles, roles),
            "/users/reset": Answering(ask.OfUser, reset),
            "/users/unlock": Answering(
                ask.Unlock, lambda q: users.unlock(q.tenant, q.username, q.method)
            ),
        }
    )


def _trail(breaches: Breaches, operating: Operating) -> dict[str, Answering[Any]]:
    return {
        "/audit/breaches": Answering(
            ask.ReportBreach,
            lambda q: breaches.report(
                q.since, q.until, q.tenant, q.by, suspect=q.suspect, form=q.form
            ),
        ),
        "/alerts/list": Answering(
            ask.ListAlerts, lambda q: operating.listed(q.tenant, q.everyones)
        ),
    }


def _vault(vault: VaultRotation) -> dict[str, Answering[Any]]:
    async def state(_: ask.Everything) -> DataKeysState:
        return vault.state()

    return {
        "/keys/master": Answering(ask.Everything, lambda _: vault.rotate_master()),
        "/keys/api": Answering(ask.RenewApi, lambda q: vault.note_api(q.api, q.which, q.done)),
        "/keys/data": Answering(ask.Everything, lambda _: vault.retire_data_keys()),
        "/keys/state": Answering(ask.Everything, state),
    }


def _tenants(tenants: Tenants) -> dict[str, Answering[Any]]:
    async def disable(asked: ask.OfTenant) -> dict[str, Any]:
        return {"sessions": await tenants.disable(asked.tenant)}

    return {
        "/tenants/add": Answering(ask.AddTenant, lambda q: tenants.add(q.tenant, q.settings())),
        "/tenants/list": Answering(ask.Everything, lambda _: tenants.everyone()),
        "/tenants/show": Answering(ask.OfTenant, lambda q: tenants.show(q.tenant)),
        "/tenants/set": Answering(ask.SetTenant, lambda q: tenants.set(q.tenant, q.settings())),
        "/tenants/disable": Answering(ask.OfTenant, disable),
        "/tenants/enable": Answering(ask.OfTenant, lambda q: tenants.enable(q.tenant)),
    }
