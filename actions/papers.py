"""Papers on the person's own page, and going on from one operation to the next."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Events, ProtectedAction, Reply, Tracker, making_sense, ticket_of
from actions.hr_words import paper_of
from actions.speech import saying

_OPEN = "hr.open_document"


class PaperAction(ProtectedAction):
    """Finds a paper and has security put a link to it on the page; nothing of it comes here."""

    operation = "hr.list_documents"
    kind: ClassVar[str]

    @property
    def operations(self) -> frozenset[str]:
        """The list, and the paper."""
        return frozenset({self.operation, _OPEN})

    async def went_on(self, operation: str, result: Any, tracker: Tracker) -> Reply:
        """Choose from the list; the link appears by itself."""
        if operation == _OPEN:
            return saying("utter_document_ready"), []
        text = str(tracker.latest_message.get("text") or "")
        with making_sense(self.name):
            paper = paper_of(result["documents"], self.kind, text)
        if paper is None:
            return saying("utter_no_document"), []
        asked = (ticket_of(tracker), _OPEN, {"document": paper["id"]}, self.name)
        await self._security.invoke(*asked)
        return saying("utter_document", title=paper["title"]), _NOTHING


_NOTHING: Events = []
