"""Papers on the person's own page, and going on from one operation to the next."""

from __future__ import annotations

from typing import Any, ClassVar

from actions.base import Events, ProtectedAction, Reply, Tracker, making_sense, ticket_of
from actions.hr_words import paper_of
from actions.speech import saying

_OPEN = "hr.open_document"
_MOST_MORE = 3
"""So many more pages are looked through: with list and paper, all that a turn's ticket is for."""


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
        paper = self._meant(result, text)
        for _ in range(_MOST_MORE):
            if paper is not None or "next" not in result:
                break
            page = (ticket_of(tracker), self.operation, {"after": result["next"]}, self.name)
            result = await self._security.invoke(*page)
            paper = self._meant(result, text)
        if paper is None:
            return saying("utter_no_document"), []
        asked = (ticket_of(tracker), _OPEN, {"document": paper["id"]}, self.name)
        await self._security.invoke(*asked)
        return saying("utter_document", title=paper["title"]), _NOTHING

    def _meant(self, result: Any, text: str) -> Any:
        with making_sense(self.name):
            return paper_of(result["documents"], self.kind, text)


_NOTHING: Events = []
