"""Manifests: the operations that exist. What no manifest declares cannot be called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from security.errors import KINDS
from security.operations.classes import CLASSES, Demand, stricter
from security.operations.confirmation import Amount, Confirmation, Inform, Telling, names_in
from security.operations.entry import SALT, Entry
from security.operations.forms import EntryForm, InformForm, ManifestForm, read_form
from security.operations.openapi import ApiDocument, Endpoint
from security.operations.operation import Operation, Rate, Settle
from security.roles import ROLES

__all__ = ["ManifestError", "Operation", "Settle", "load_operations"]

DOCUMENT_FIELDS = frozenset({"name", "media_type", "content"})
"""What a document consists of; `content` is base64."""

_GO_ON = frozenset({"personal", "sensitive"})
"""Classes of writes that a text may ask for and only the page may do, without an approval."""
EMAIL_CODES = frozenset({"orders", "it"})
"""Whose personal operations may be had with a password and a code by email (the contract)."""


class ManifestError(ValueError):
    """A manifest that does not hold; nothing starts with one."""


def load_operations(folder: Path, project: Path) -> Mapping[str, Operation]:
    """Read every manifest under `folder`; their API documents lie relative to `project`.

    Raises `ManifestError` for a manifest that does not fit its form, its API's document or
    the table of classes. No manifest at all is an error, too.
    """
    operations: dict[str, Operation] = {}
    for path in sorted(folder.glob("*.yml")):
        for operation in _load_one(path, project):
            if operations.setdefault(operation.name, operation) is not operation:
                raise ManifestError(f"{path.name}: {operation.name} is declared twice")
    if not operations:
        raise ManifestError(f"no operation is declared in {folder.name}/")
    return operations


def _load_one(path: Path, project: Path) -> list[Operation]:
    try:
        manifest = read_form(path)
    except ValueError as error:
        raise ManifestError(f"{path.name}: {error}") from None
    entries = manifest.operations.values()
    settling = {entry.settle.endpoint for entry in entries if entry.settle is not None}
    wanted = frozenset(entry.endpoint for entry in entries) | settling
    try:
        document = ApiDocument.load(project / manifest.document, wanted)
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        why = f"{manifest.document} is no usable OpenAPI document ({type(error).__name__})"
        detail = f": {error}" if type(error) is ValueError else ""
        raise ManifestError(f"{path.name}: {why}{detail}") from None
    return [
        _Entry(f"{path.name}: {name}", manifest, entry, document).operation(name)
        for name, entry in manifest.operations.items()
    ]


class _Entry:
    """One entry of a manifest, held against the document and the table of classes."""

    def __init__(
        self, where: str, manifest: ManifestForm, entry: EntryForm, document: ApiDocument
    ) -> None:
        self._where = where
        self._manifest = manifest
        self._entry = entry
        self._document = document

    def operation(self, name: str) -> Operation:
        """Return the operation. Raises `ManifestError`."""
        manifest, entry = self._manifest, self._entry
        if name.partition(".")[0] != manifest.api:
            raise self._error("an operation's name begins with its API's name")
        endpoint = self._endpoint(entry.endpoint, entry.scope)
        self._need_known("the API never returns", entry.fields, endpoint.has_field)
        if not entry.fields and endpoint.returns:
            raise self._error("it names none of the `fields` that come back")
        self._need_known("no such refusal:", entry.refusals, KINDS.__contains__)
        confirmation = self._confirmation(endpoint)
        telling = self._telling(endpoint, confirmation)
        self._check_sensitive(endpoint, telling)
        return Operation(
            name=name,
            title=entry.title,
            api=manifest.api,
            audience=manifest.audience,
            kind=entry.kind,
            demand=self._demand(),
            scope=entry.scope,
            fields=frozenset(filter(None, (*entry.fields, entry.about))),
            endpoint=endpoint,
            confirmation=confirmation,
            settle=self._settle(endpoint),
            refusals=frozenset(entry.refusals),
            telling=telling,
            purposes=frozenset(entry.purposes),
            sensitive=frozenset(entry.sensitive),
            echoes=self._echoes(endpoint),
            rate=Rate(entry.limits.per_minute, entry.limits.per_hour),
            document=self._is_document(endpoint),
            on_behalf_of=self._on_behalf_of(endpoint),
            entries=self._entries(endpoint, telling),
            on_trail=entry.on_trail,
            counterparty=entry.counterparty,
            about=self._about(endpoint),
            email_code=self._email_code(),
            asked=self._asked(endpoint),
        )

    def _error(self, what: str) -> ManifestError:
        return ManifestError(f"{self._where}: {what}")

    def _need_known(self, what: str, given: Iterable[str], is_known: Callable[[str], bool]) -> None:
        unknown = sorted(name for name in given if not is_known(name))
        if unknown:
            raise self._error(f"{what} {', '.join(unknown)}")

    def _endpoint(self, name: str, scope: str) -> Endpoint:
        """Return an endpoint that the document has, and demands this scope for."""
        endpoint = self._document.endpoints.get(name)
        if endpoint is None:
            raise self._error(f"{self._manifest.document} has no operationId {name}")
        if scope not in endpoint.scopes:
            raise self._error(f"{name} is not opened by the scope {scope}")
        return endpoint

    def _demand(self) -> Demand:
        entry = self._entry
        if entry.kind not in CLASSES:
            raise self._error(f"no such class: {entry.kind}")
        minutes = entry.freshness_minutes
        fresh = timedelta(minutes=minutes) if minutes is not None else None
        try:
            return stricter(CLASSES[entry.kind], entry.assurance, fresh, bool(entry.purposes))
        except ValueError as error:
            raise self._error(str(error)) from None

    def _confirmation(self, endpoint: Endpoint) -> Confirmation | None:
        """What is approved must be shown, and shown from arguments that reach the API."""
        kind, given = self._demand(), self._entry.confirm
        if kind.confirmation != (given is not None):
            rule = "needs `confirm`" if kind.confirmation else "has nothing to confirm"
            raise self._error(f"an operation of the class {self._entry.kind} {rule}")
        if given is None:
            return None
        if endpoint.method == "GET":
            raise self._error("a read has nothing to confirm")
        amount = Amount(given.amount.value, given.amount.currency) if given.amount else None
        found = Confirmation(
            title=given.title,
            done=given.done,
            told=given.tell,
            details=given.details,
            amount=amount,
        )
        self._need_arguments("confirm", found.names(), endpoint)
        return found

    def _telling(self, endpoint: Endpoint, confirmation: Confirmation | None) -> Telling | None:
        """A write that nobody approves still has words for who never heard what became of it."""
        given = self._entry.outcome
        needed = endpoint.method != "GET" and confirmation is None
        if needed != (given is not None):
            rule = "a write without `confirm` needs" if needed else "there is no place for"
            raise self._error(f"{rule} `outcome`")
        if given is None:
            return confirmation
        informed = self._informed(given.inform)
        found = Telling(title=self._entry.title, done=given.done, told=given.tell, inform=informed)
        self._need_arguments("outcome", found.names(), endpoint)
        return found

    def _asked(self, endpoint: Endpoint) -> str | None:
        """What a text asked for, and its person goes on with, says which one it is."""
        outcome = self._entry.outcome
        if outcome is None or self._entry.kind not in _GO_ON:
            return None
        named = self._need_arguments("ask", names_in(outcome.ask or ""), endpoint)
        if not outcome.ask or (endpoint.argument_names and not named):
            raise self._error("`outcome` needs `ask`: which one the page says that goes on")
        return outcome.ask

    def _informed(self, given: InformForm | None) -> Inform | None:
        if given is None:
            return None
        self._need_known("no such role:", given.roles, ROLES.__contains__)
        if given.whom not in self._entry.fields:
            raise self._error(f"`inform` needs {given.whom} among the `fields`")
        return Inform(given.whom, given.words, frozenset(given.roles), given.others)

    def _need_arguments(self, key: str, names: Iterable[str], endpoint: Endpoint) -> list[str]:
        try:
            named = list(names)
        except ValueError as error:
            raise self._error(f"`{key}` cannot be read: {error}") from None
        known = endpoint.argument_names | {self._entry.on_behalf_of}
        self._need_known(f"`{key}` names no argument:", named, known.__contains__)
        return named

    def _check_sensitive(self, endpoint: Endpoint, telling: Telling | None) -> None:
        """What only the page may show stands neither in a letter nor in a message."""
        known = set(self._entry.fields) | endpoint.argument_names
        what = "`sensitive` names neither field nor argument:"
        self._need_known(what, self._entry.sensitive, known.__contains__)
        told = set(telling.names()) if telling else set[str]()
        shown = sorted(told & set(self._entry.sensitive))
        if shown:
            raise self._error(f"what is sensitive may not be told: {', '.join(shown)}")

    def _is_document(self, endpoint: Endpoint) -> bool:
        """What a person opens by a link is a read of theirs, and all of a document."""
        if not self._entry.document:
            return False
        if endpoint.method != "GET" or self._entry.kind == "open":
            raise self._error("a document is read, by somebody who has signed in")
        if set(self._entry.fields) != DOCUMENT_FIELDS:
            raise self._error(f"a document's fields are {', '.join(sorted(DOCUMENT_FIELDS))}")
        return True

    def _on_behalf_of(self, endpoint: Endpoint) -> str | None:
        """Who it is done for is a matter of the token: the API has no argument of this name."""
        name = self._entry.on_behalf_of
        if name is None:
            return None
        if name in endpoint.argument_names:
            raise self._error(f"`on_behalf_of` is an argument of the API: {name}")
        if self._entry.kind in ("open", "sensitive") or self._entry.document:
            raise self._error("nobody does for others what is open, sensitive or a document")
        return name

    def _entries(self, endpoint: Endpoint, telling: Telling | None) -> tuple[Entry, ...]:
        """What only the panel brings is approved, sent in the body, and shown nowhere."""
        given = self._entry.panel
        if not given:
            return ()
        if self._entry.confirm is None or self._entry.on_behalf_of is not None:
            raise self._error("`panel` is for what a person approves for themselves")
        if SALT in given:
            raise self._error("`panel` may not ask for the salt: nobody types one")
        names = {*given, SALT}
        self._need_known("`panel` needs in the body:", names, endpoint.body_names.__contains__)
        shown = {*self._entry.fields, *self._entry.sensitive, self._entry.on_trail or ""}
        shown |= set(telling.names() if telling else ())
        if names & shown:
            raise self._error("what is typed in the panel is told to nobody")
        if any(one.shortest > one.longest for one in given.values()):
            raise self._error("`panel`: `shortest` is longer than `longest`")
        return tuple(Entry(name, **dict(form)) for name, form in given.items())

    def _email_code(self) -> bool:
        """A weaker proof will do for some personal things, where nobody's money or health is."""
        if not self._entry.email_code:
            return False
        if self._manifest.api not in EMAIL_CODES:
            raise self._error(f"`email_code` is for {' and '.join(sorted(EMAIL_CODES))} alone")
        if self._entry.kind != "personal" or self._entry.on_behalf_of is not None:
            raise self._error("`email_code` is for what is personal, and one's own")
        if self._entry.assurance is not None:
            raise self._error("`email_code` and `assurance` say two things")
        return True

    def _about(self, endpoint: Endpoint) -> str | None:
        """The trail is told of arguments, and whose data it was: that stands in the answer."""
        named = filter(None, (self._entry.on_trail, self._entry.counterparty))
        self._need_known("for the trail, no argument:", named, endpoint.argument_names.__contains__)
        about = filter(None, (self._entry.about,))
        self._need_known("the API never returns", about, endpoint.has_field)
        return self._entry.about

    def _echoes(self, endpoint: Endpoint) -> frozenset[str]:
        both = set(self._entry.fields) & endpoint.argument_names
        what = "`echoes` names no field that is an argument, too:"
        self._need_known(what, self._entry.echoes, both.__contains__)
        return frozenset(self._entry.echoes)

    def _settle(self, endpoint: Endpoint) -> Settle | None:
        """A write must be repeatable under its key, and its fate must be askable."""
        given = self._entry.settle
        if endpoint.method == "GET":
            if given is not None:
                raise self._error("a read has nothing to settle")
            return None
        asked = self._endpoint(given.endpoint, given.scope) if given else None
        if given is None or asked is None or asked.path_names != ("key",):
            raise self._error("a write needs `settle`, an endpoint that takes its key")
        if not endpoint.takes_key:
            raise self._error(f"{endpoint.path} takes no Idempotency-Key")
        return Settle(asked, given.scope)
