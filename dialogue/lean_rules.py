"""The model's own rules, without asking those that cannot apply.

Rasa replays the conversation and asks every rule twice after a person has spoken: first with
the words in the place of the intent, then with the intent. What a rule wants of the moment at
hand is often enough to know its answer, and a model whose every rule wants an intent need not
be asked about words. Files, configuration and predictions are those of the parent;
`graph.ServedModel` puts this policy in its place.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rasa.core.policies import rule_policy as stock
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

Found = tuple  # of an action's name or None, the rule that names it, and a flag
_LOOKUPS = (stock.RULES, stock.RULES_FOR_LOOP_UNHAPPY_PATH)


class _Wanted(NamedTuple):
    """What a rule wants of the last state; nothing where it does not name one value."""

    action: str | None
    intent: str | None


class RulePolicy(stock.RulePolicy):
    """Predicts what its parent does. It has the parent's name, because predictions carry it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = {rule for name in _LOOKUPS for rule in self.lookup.get(name, {})}
        self._wanted = {rule: _wanted(self._rule_key_to_state(rule)[-1]) for rule in rules}
        self._words_matter = any(
            wanted.action in {None, ACTION_LISTEN_NAME} and wanted.intent is None
            for wanted in self._wanted.values()
        )

    def _find_action_from_rules(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Found:
        if use_text_for_last_user_input and not self._words_matter:
            return None, None, False
        return super()._find_action_from_rules(tracker, domain, use_text_for_last_user_input)

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        done = states[-1].get(PREVIOUS_ACTION, {}).get(ACTION_NAME)
        near = {rule: lookup[rule] for rule in lookup if self._wanted[rule].action in {None, done}}
        return super()._get_possible_keys(near, states)


def _wanted(state: State) -> _Wanted:
    return _Wanted(
        _named(state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)),
        _named(state.get(USER, {}).get(INTENT)),
    )


def _named(value: Any) -> str | None:
    return value if isinstance(value, str) and value not in {"", stock.SHOULD_NOT_BE_SET} else None
