"""Cedar, and nothing else: policies and their schema, read and validated once, then asked.

Security asks it about operations (`security/access.py`), each API about its own objects. Rooms
that share it share an engine, not a rule: this module knows no entity, no action and no policy.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import cedarpy
import orjson
from cedarpy import pst

MOST_SECONDS = 1.0
"""How long a decision may take. Cedar has no loops and no input of ours is large: what takes
longer is broken, and what it was asked about may have changed meanwhile."""


class PolicyError(ValueError):
    """Policies that do not parse or do not fit their schema; nothing starts with them."""


class PolicyFailure(RuntimeError):
    """A decision that could not be made. Whoever asked has to deny (ASVS 16.5.3)."""


@dataclass(frozen=True)
class Verdict:
    """The decision with the ids of the policies that made it; falsy where it denies.

    A denial without any policy is one by default: nothing permits.
    """

    allowed: bool
    policies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Uid:
    """The name of an entity: its type and its id. An id is data, whatever stands in it."""

    kind: str
    id: str

    def json(self) -> dict[str, str]:
        """Return Cedar's JSON form."""
        return {"type": self.kind, "id": self.id}


@dataclass(frozen=True)
class Entity:
    """Something that policies speak of.

    Attributes are text, integers, booleans, `Uid`s, mappings, or lists of these.
    """

    uid: Uid
    attrs: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[Uid, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Who asks for what of what: found to fit the schema, and good for any number of decisions."""

    action: str
    request: Mapping[str, Any]
    entities: cedarpy.Entities


class Policy:
    """One policy set with the schema that it was validated against."""

    def __init__(
        self, texts: Iterable[str], schema: str, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        """Raises `PolicyError` where anything does not parse, fit, or bear an id of its own."""
        text = "\n".join(texts)
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            checked = cedarpy.validate_policies(text, self._schema)
            if not checked.validation_passed:
                raise PolicyError("; ".join(str(error.error) for error in checked.errors))
            self._by_action = _by_action(_read(text), self._schema)
        except PolicyError:
            raise
        except ValueError as error:
            raise PolicyError(str(error)) from None
        self._timer = timer

    def prepare(self, principal: Entity, action: str, resource: Entity) -> Prepared:
        """Return a request but for its context. Raises `PolicyFailure` where it does not fit."""
        request = _request(principal, action, resource)
        return Prepared(action, request, self._entities(principal, resource))

    def decide(self, prepared: Prepared, context: Mapping[str, Any]) -> Verdict:
        """Decide one request; an action that the schema does not know is denied.

        Raises `PolicyFailure` for anything but a clean answer.

        The schema is not applied again here: the policies were validated against it, so were
        the entities, and a context that does not fit makes an error, which is a failure.
        """
        asked = [{**prepared.request, "context": _dumped(context)}]
        return self._decided(prepared.action, asked, prepared.entities)[0]

    def decide_all(
        self,
        principal: Entity,
        action: str,
        resources: Sequence[Entity],
        context: Mapping[str, Any],
    ) -> list[Verdict]:
        """Decide about several things, each by itself, in half the time of one by one.

        They have ids of their own. Raises as `prepare` and `decide` do.
        """
        told = _dumped(context)
        asked = [{**_request(principal, action, one), "context": told} for one in resources]
        return self._decided(action, asked, self._entities(principal, *resources))

    def _entities(self, *all_of_them: Entity) -> cedarpy.Entities:
        told = _dumped([_entity(one) for one in all_of_them])
        # With the schema, so that the actions and their groups are among the entities.
        return _or_fail(lambda: cedarpy.Entities.from_json_str(told, self._schema))

    def _decided(
        self, action: str, asked: Sequence[Mapping[str, Any]], entities: cedarpy.Entities
    ) -> list[Verdict]:
        began = self._timer()
        policies = self._by_action.get(action)
        if policies is None:
            return [Verdict(False) for _ in asked]
        verdicts = _or_fail(lambda: [_verdict(one) for one in _answers(asked, policies, entities)])
        if len(verdicts) != len(asked):
            raise PolicyFailure("not everything was decided")
        if self._timer() - began > MOST_SECONDS:
            raise PolicyFailure("the decision came too late")
        return verdicts


def _request(principal: Entity, action: str, resource: Entity) -> dict[str, Any]:
    return {
        "principal": principal.uid.json(),
        "action": {"type": "Action", "id": action},
        "resource": resource.uid.json(),
    }


def _answers(
    asked: Sequence[Mapping[str, Any]], policies: cedarpy.PolicySet, entities: cedarpy.Entities
) -> list[cedarpy.AuthzResult]:
    if len(asked) == 1:
        return [cedarpy.is_authorized(dict(asked[0]), policies, entities)]
    return cedarpy.is_authorized_batch([dict(one) for one in asked], policies, entities)


def _verdict(result: cedarpy.AuthzResult) -> Verdict:
    told = result.diagnostics
    if told.errors or result.decision == cedarpy.Decision.NoDecision:
        raise PolicyFailure("a policy could not be evaluated")
    names = told.id_annotations_by_reason
    return Verdict(result.allowed, tuple(sorted(names[reason] for reason in told.reasons)))


def forbids_only(text: str) -> bool:
    """Tell whether policies can only take away. The text has to parse."""
    parsed = cedarpy.policies_to_pst(text).static_policies
    return all(policy.effect == "forbid" for policy in parsed.values())


def _or_fail[T](work: Callable[[], T]) -> T:
    try:
        return work()
    except (KeyboardInterrupt, SystemExit, PolicyFailure):
        raise
    except BaseException as error:  # A panic of the engine is no `Exception`.
        raise PolicyFailure(type(error).__name__) from None


def _dumped(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):
        raise PolicyFailure("a fact cannot be written down") from None


def _entity(one: Entity) -> dict[str, Any]:
    return {
        "uid": one.uid.json(),
        "attrs": {name: _value(value) for name, value in one.attrs.items()},
        "parents": [parent.json() for parent in one.parents],
    }


def _value(value: Any) -> Any:
    if isinstance(value, Uid):
        return {"__entity": value.json()}
    if isinstance(value, Mapping):
        return {name: _value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_value(inner) for inner in value]
    return value


def _read(text: str) -> pst.PolicySet:
    """A verdict names the policies that made it, so each needs a name, and one of its own."""
    parsed = cedarpy.policies_to_pst(text)
    if parsed.templates:
        raise PolicyError("a policy has a slot that nothing fills")
    ids = [policy.annotations.get("id", "") for policy in parsed.static_policies.values()]
    if not all(ids) or len(set(ids)) != len(ids):
        raise PolicyError("every policy needs an @id of its own")
    return parsed


def _by_action(parsed: pst.PolicySet, schema: cedarpy.Schema) -> dict[str, cedarpy.PolicySet]:
    """Return, for each action, the policies that can speak of it.

    Cedar evaluates every policy that it is given. One whose head names neither the action nor a
    group of it never applies, so leaving it out changes no decision, only what one costs.
    """
    declared = orjson.loads(str(cedarpy.Entities.from_json_str("[]", schema)))
    heads = {
        key: {uid.id for uid in pst.entity_uids(policy.action)}
        for key, policy in parsed.static_policies.items()
    }
    # Most actions of an API are spoken of by the same policies: those are made ready once.
    ready = cache(lambda keys: _part(parsed, keys))
    return {
        action["uid"]["id"]: ready(_speaking_of(heads, {one["id"] for one in _with_groups(action)}))
        for action in declared
    }


def _with_groups(action: Mapping[str, Any]) -> list[Any]:
    return [action["uid"], *action["parents"]]


def _speaking_of(heads: Mapping[str, set[str]], names: set[str]) -> frozenset[str]:
    return frozenset(key for key, named in heads.items() if not named or names & named)


def _part(parsed: pst.PolicySet, keys: frozenset[str]) -> cedarpy.PolicySet:
    kept = {key: policy for key, policy in parsed.static_policies.items() if key in keys}
    return cedarpy.PolicySet.from_pst(pst.PolicySet({}, kept, ()))
