"""Random rules and histories, for Rasa's policy and ours to predict from; see `inside_lean`."""

from __future__ import annotations

import json
import random
from typing import Any

ACTIONS = ["action_listen", "action_a", "action_b", "pay_form"]
INTENTS = ["ask", "tell"]
DOMAIN = {
    "version": "3.1",
    "intents": INTENTS,
    "forms": {"pay_form": {"required_slots": []}},
    "actions": ["action_a", "action_b"],
}


def _random_state(choose: random.Random, unset: list[Any]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    if choose.random() < 0.9:
        state["prev_action"] = {"action_name": choose.choice([*ACTIONS, *ACTIONS, *unset])}
    if choose.random() < 0.8:
        said = {"intent": choose.choice([*INTENTS, *unset])}
        state["user"] = choose.choice([said, said, {"text": "words"}])
    if choose.random() < 0.2:
        state["active_loop"] = {"name": choose.choice(["pay_form", *unset])}
    return state


def _remembered(choose: random.Random, states: list[Any]) -> list[Any]:
    """Return the end of a conversation with something forgotten: a rule that should apply."""
    last = [dict(state) for state in states[-choose.randint(1, 2) :]]
    for state in last:
        state.pop(choose.choice(["user", "prev_action", "active_loop", "nothing"]), None)
        if "user" in state:
            said = state["user"]
            left = choose.choice(["intent", "text"])
            state["user"] = {left: said[left]} if left in said else {}
    return last


def _random_rule(choose: random.Random, states: list[Any]) -> list[Any]:
    if choose.random() < 0.5:
        return _remembered(choose, states)
    return [_random_state(choose, ["should_not_be_set"]) for _ in range(choose.randint(1, 3))]


def _random_lookup(choose: random.Random, states: list[Any]) -> dict[str, Any]:
    unhappy = ["do_not_predict_loop_action", "loop_was_interrupted"]
    lookup: dict[str, Any] = {}
    for name, most, answers in (
        ("rules", 6, ACTIONS),
        ("rules_for_loop_unhappy_path", 4, unhappy),
    ):
        # Of two rules that are equally long Rasa takes either: so no two are.
        keys = [
            json.dumps(_random_rule(choose, states)) + " " * 300 * number
            for number in range(choose.randint(0, most))
        ]
        lookup[name] = {key: choose.choice(answers) for key in keys}
    return lookup


def _random_tracker(choose: random.Random, domain: Any) -> Any:
    from rasa.shared.core import events as e
    from rasa.shared.core.trackers import DialogueStateTracker

    listen = e.ActionExecuted("action_listen")
    history = [e.ActionExecuted("action_session_start"), e.SessionStarted(), listen]
    for _ in range(choose.randint(0, 3)):
        history.append(e.UserUttered("words", {"name": choose.choice(INTENTS)}))
        if choose.random() < 0.4:
            history.append(e.ActiveLoop(choose.choice(["pay_form", "pay_form", None])))
        done = choose.sample(ACTIONS[1:], choose.randint(0, 2))
        history += [e.ActionExecuted(name) for name in done]
        history += [listen] if choose.random() < 0.6 else []
        history += [e.ActionExecutionRejected("pay_form")] if choose.random() < 0.4 else []
    kept = choose.choice([history, history[: choose.randint(1, len(history))]])
    return DialogueStateTracker.from_events("c", kept, domain.slots)


def rules(rounds: int) -> dict[str, Any]:
    """Return in which rounds of random rules and histories a prediction differs."""
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.shared.core.domain import Domain

    from dialogue import lean_rules

    choose, domain = random.Random(7), Domain.from_dict(DOMAIN)
    kinds: dict[str, int] = {}
    different = []
    for number in range(rounds):
        tracker = _random_tracker(choose, domain)
        lookup = _random_lookup(choose, tracker.past_states(domain))
        found = []
        for policy_class in (RulePolicy, lean_rules.RulePolicy):
            context = ExecutionContext(GraphSchema({}), "m")
            config = policy_class.get_default_config()
            policy = policy_class(config, None, None, context, lookup=lookup)
            predicted = policy.predict_action_probabilities(tracker, domain)
            found.append({**vars(predicted), "events": [str(x) for x in predicted.events]})
        if found[0] != found[1]:
            different.append(number)
        kind = "words" if found[0]["is_end_to_end_prediction"] else "intent"
        for name in (kind, f"words matter {policy._words_matter}"):
            kinds[name] = kinds.get(name, 0) + 1
        for name in ("fallback", "returning"):
            seen = found[0]["events"] if name == "returning" else max(found[0]["probabilities"]) < 1
            kinds[name] = kinds.get(name, 0) + bool(seen)
    return {"different": different, "kinds": kinds}
