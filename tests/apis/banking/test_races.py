"""Many at once, and a crash at every step: each request is booked whole and once, or not."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from apis.banking.payment_model import BillOrder, TransferOrder
from apis.banking.writer import Writer
from apis.common.database import database_path
from apis.common.problems import ProblemError
from tests.support.opened import writing

from .books import ALICE, BOB, BOBS, CURRENT, Books, caller, new_key
from .conftest import NOW, RELATIONS

MANY = 50


@pytest.fixture
def books(home: Path) -> Books:
    return Books(database_path(home, "banking"))


async def _all(calls: Any) -> Counter[str]:
    """Run the calls at once; count how they ended."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, ProblemError) for one in ended if isinstance(one, Exception))
    return Counter(
        one.code if isinstance(one, ProblemError) else getattr(one, "state", "done")
        for one in ended
    )


async def test_fifty_equal_requests_at_once_book_once(bank: Any) -> None:
    """ASVS 15.4.2: the same answer for all, one movement."""
    books = Books(database_path(bank.home, "banking"))
    body, key = books.transfer("Bob Lindqvist", "50.00"), new_key()
    replies = await asyncio.gather(*(bank.post("/transfers", body, key) for _ in range(MANY)))
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.content for reply in replies}) == 1
    assert books.count("movements") == 1
    assert books.balance(BOBS) == 57_00
    books.check()


async def test_fifty_copies_of_one_request_with_one_token_book_once(bank: Any) -> None:
    """RFC 9068: one use of a token, the other copies are refused."""
    books = Books(database_path(bank.home, "banking"))
    body, key = books.transfer("Bob Lindqvist", "50.00"), new_key()
    token = bank.write_token("/transfers", body, key)
    calls = (bank.post("/transfers", body, key, token) for _ in range(MANY))
    statuses = Counter(reply.status_code for reply in await asyncio.gather(*calls))
    assert statuses == {200: 1, 401: MANY - 1}
    assert books.count("movements") == 1


async def test_different_payments_at_once_never_overdraw(writer: Writer, books: Books) -> None:
    """ASVS 15.4.2: 50 payments of 100.00 from 1,400.05: fourteen go through."""
    order = TransferOrder(**books.transfer("Anna Berg", "100.00"))
    ended = await _all(writer.transfer(caller(), new_key(), order) for _ in range(MANY))
    assert ended == {"done": 14, "insufficient_funds": MANY - 14}
    assert books.balance(CURRENT) == 80_15
    books.check()


async def test_a_bill_approved_many_times_at_once_is_paid_once(
    writer: Writer, books: Books
) -> None:
    order = BillOrder(**books.bill("Tidewater Energy"))
    ended = await _all(writer.pay_bill(caller(), new_key(), order) for _ in range(MANY))
    assert ended == {"done": 1, "details_changed": MANY - 1}
    books.check()


def test_two_processes_wait_for_each_other_and_book_once(books: Books) -> None:
    """The write lock, not the thread, is what serialises: each thread here has its own file."""
    order, key = TransferOrder(**books.transfer("Anna Berg", "100.00")), new_key()
    start = Barrier(4)

    def one_process(_number: int) -> str:
        writer = Writer(writing(books.path), lambda: NOW, RELATIONS)
        start.wait()

        async def both() -> str:
            answer = await writer.transfer(caller(), key, order)
            await writer.transfer(caller(), new_key(), order)
            return answer.answer.id

        try:
            return asyncio.run(both())
        finally:
            writer.close()

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(one_process, range(4)))
    assert len(ids) == 1
    assert books.count("movements") == 5
    books.check()


def test_a_settle_and_a_late_write_end_in_exactly_one_way(books: Books) -> None:
    """ASVS 15.4.2: done or void, whoever comes first, and for ever."""
    order = TransferOrder(**books.transfer("Anna Berg", "1.00"))
    seen = Counter[str]()

    def write(key: str, start: Barrier) -> str:
        writer = Writer(writing(books.path), lambda: NOW, RELATIONS)
        start.wait()
        try:
            asyncio.run(writer.transfer(caller(), key, order))
            return "done"
        except ProblemError as refused:
            return refused.code.removeprefix("idempotency_key_")
        finally:
            writer.close()

    def settle(key: str, start: Barrier) -> str:
        writer = Writer(writing(books.path), lambda: NOW, RELATIONS)
        start.wait()
        try:
            return asyncio.run(writer.settle(caller(), key)).state
        finally:
            writer.close()

    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            key, start = new_key(), Barrier(2)
            runs = [threads.submit(run, key, start) for run in (write, settle)]
            written, settled = (run.result() for run in runs)
            assert written == settled
            seen[settled] += 1
    assert books.count("movements") == seen["done"]
    books.check()


def _run(writer: Writer, kind: str, books: Books, key: str) -> Any:
    if kind == "transfer":
        order = TransferOrder(**books.transfer("Bob Lindqvist", "50.00"))
        return asyncio.run(writer.transfer(caller(), key, order))
    if kind == "refused transfer":
        order = TransferOrder(**books.transfer("Bob Lindqvist", "1400.06"))
        with pytest.raises(ProblemError):
            asyncio.run(writer.transfer(caller(), key, order))
        return None
    if kind == "bill":
        bill = BillOrder(**books.bill("Tidewater Energy"))
        return asyncio.run(writer.pay_bill(caller(), key, bill))
    return asyncio.run(writer.settle(caller(), key))


KINDS = ["transfer", "refused transfer", "bill", "settle"]


@pytest.mark.sqlite_alone("copies files")
@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_at_any_statement_leaves_all_or_nothing(
    books: Books, tmp_path: Path, kind: str
) -> None:
    """What is on the disk before each statement and after the last is what a crash leaves."""
    engine = writing(books.path)
    writer, copies, key = Writer(engine, lambda: NOW, RELATIONS), [], new_key()

    def crash_here(*_given: Any) -> None:
        crashed = tmp_path / f"crash-{len(copies)}"
        copy = crashed / "db" / "banking"
        copy.mkdir(parents=True)
        for part in books.path.parent.iterdir():
            if not part.name.endswith("-shm"):  # The memory that a dead process leaves behind.
                shutil.copy(part, copy)
        shutil.copytree(books.path.parents[2] / "api-keys", crashed / "api-keys")
        copies.append(copy / books.path.name)

    before = books.dump()
    event.listen(engine, "before_cursor_execute", crash_here)
    event.listen(engine, "commit", crash_here)
    _run(writer, kind, books, key)
    event.remove(engine, "before_cursor_execute", crash_here)
    crash_here()
    writer.close()
    assert len(copies) >= 5
    for copy in copies[:-1]:
        assert Books(copy).dump() == before
    # Durable when it returned: the copy holds it, though the file was never closed.
    assert Books(copies[-1]).dump() == books.dump() != before
    Books(copies[-1]).check()


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_at_any_statement_leaves_nothing_and_can_be_tried_again(
    books: Books, kind: str
) -> None:
    """ASVS 16.5.3: the caller does not know, so the same key must still decide."""
    engine = writing(books.path)
    writer, key, left = Writer(engine, lambda: NOW, RELATIONS), new_key(), [0]

    def fail(*_given: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError("", {}, Exception())

    event.listen(engine, "before_cursor_execute", fail)
    before, step = books.dump(), 0
    while True:
        step += 1
        left[0] = step
        try:
            _run(writer, kind, books, key)
        except OperationalError:
            assert books.dump() == before
        else:
            break
    writer.close()
    assert step >= 5
    assert books.count("idempotency_keys") == 1
    books.check()


async def test_bob_cannot_use_up_alices_key_by_guessing_it(writer: Writer, books: Books) -> None:
    """ASVS 8.2.2."""
    hers = TransferOrder(**books.transfer("Anna Berg", "1.00"))
    his = TransferOrder(**books.transfer("Alice Moreau", "1.00", BOBS))
    key = new_key()
    ended = await _all(
        [writer.transfer(caller(ALICE), key, hers), writer.transfer(caller(BOB), key, his)]
    )
    assert ended == {"done": 2}
    assert books.count("movements") == 2
    books.check()
