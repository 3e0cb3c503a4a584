"""history, restore."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from crmdesk.actions import restore as bringing_back
from crmdesk.actions.refusal import Refusal
from crmdesk.actions.restore import Undone
from crmdesk.cli.records import push
from crmdesk.cli.words import Command, ReferenceType, answer, in_lines, open_session, written
from crmdesk.model.record import Reference
from crmdesk.session.session import Session
from crmdesk.store import history as store_history
from crmdesk.store import receipts, runs
from crmdesk.store.history import Kept
from crmdesk.store.receipts import Receipt
from crmdesk.store.runs import PastRun
from crmdesk.store.store import Reader


@click.command(cls=Command)
@click.option("--record", "target", type=ReferenceType(), help="Of one record only.")
@click.option("--run", help="What one synchronisation sent, received, overwrote and erased.")
@click.option("--runs", "past", is_flag=True, help="The past synchronisations, newest first.")
@click.option("--undo-run", "undone", help="Bring back what one synchronisation overwrote and erased.")
def history(target: Reference | None, run: str | None, past: bool, undone: str | None) -> None:
    """The values that were overwritten or erased, newest first."""
    if sum((target is not None, run is not None, past, undone is not None)) > 1:
        raise click.UsageError("Say one of --record, --run, --runs and --undo-run.")
    with open_session() as session:
        if undone is not None:
            _undo(session, undone)
            return
        with session.store.read() as reader:
            if run is not None:
                _tell_of_run(reader, run)
            elif past:
                _tell_of_runs(runs.newest(reader, 1000))
            else:
                _tell_of_lines(store_history.lines(reader, target))


@click.command(cls=Command)
@click.argument("key", metavar="HISTORY-ID", required=False)
@click.option("--record", "target", type=ReferenceType(), help="All that one record lost last, or the record itself.")
def restore(key: str | None, target: Reference | None) -> None:
    """Bring a lost value, or an erased record, back."""
    if (key is None) == (target is None):
        raise click.UsageError("Say either HISTORY-ID or --record ENTITY:ID.")
    with open_session() as session:
        if target is not None:
            about = target
            made = session.do(lambda tx: bringing_back.restore_record(tx, about))
            push(session)
            _tell_undone(session, made.result)
            return
        line_key = str(key)
        session.do(lambda tx: bringing_back.restore(tx, line_key))
        push(session)
        with session.store.read() as reader:
            line = store_history.line(reader, line_key)
        document = written(session, line.reference) if line else {}
    answer(document, lambda: in_lines(document))


def _undo(session: Session, run: str) -> None:
    with session.store.read() as reader:
        _known(reader, run)
    made = session.do(lambda tx: bringing_back.undo_run(tx, run))
    push(session)
    _tell_undone(session, made.result)


def _known(reader: Reader, run: str) -> PastRun:
    found = runs.run(reader, run)
    if found is None:
        raise Refusal(f"There is no run {run}. crmdesk history --runs lists them.")
    return found


def _tell_undone(session: Session, result: object) -> None:
    assert isinstance(result, Undone)
    document = {
        "run": result.run,
        "restored": result.brought_back,
        "left": [{**_document(each.line), "why": each.why} for each in result.left],
    }
    lines = [f"Brought back: {result.brought_back}. To take this back: crmdesk history --undo-run {result.run}"]
    lines += [f"Left as it is: {_said(each.line)}. {each.why}" for each in result.left]
    answer(document, "\n".join(lines))


def _tell_of_run(reader: Reader, key: str) -> None:
    run = _known(reader, key)
    sent, lost = receipts.of_run(reader, key), store_history.lines(reader, run=key, limit=None)
    document = {
        **_run_document(run),
        "sent": [{**asdict(each), "record": str(each.reference)} for each in sent],
        "lost": [_document(each) for each in lost],
    }
    counts = {name: run.report.get(name, 0) for name in _COUNTS}
    lines = [
        f"{run.kind}, {run.started}, {run.outcome or 'ended early'}",
        ", ".join(f"{name} {count}" for name, count in counts.items()),
        *(f"sent     {_sent(each)}" for each in sent),
        *(f"lost     {each.id}  {_said(each)}" for each in lost),
    ]
    answer(document, "\n".join(lines))


_COUNTS = ("delivered", "pulled", "merged", "erased", "refused", "waiting", "requests", "bytes", "seconds")


def _run_document(run: PastRun) -> dict[str, Any]:
    counts = {name: run.report.get(name, 0) for name in _COUNTS}
    return {
        "run": run.id,
        "kind": run.kind,
        "started": run.started,
        "ended": run.ended,
        "outcome": run.outcome,
        **counts,
    }


def _tell_of_runs(found: list[PastRun]) -> None:
    documents = [_run_document(each) for each in found]
    lines = [
        f"{each.id}  {each.started}  {each.kind}, {each.outcome or 'ended early'}: "
        f"{each.report.get('delivered', 0)} sent, {each.report.get('pulled', 0)} received, "
        f"{len(each.report.get('overwritten', ()))} overwritten"
        for each in found
    ]
    answer(documents, "\n".join(lines) or None)


def _tell_of_lines(found: list[Kept]) -> None:
    documents = [_document(each) for each in found]
    answer(documents, "\n".join(f"{each.id}  {each.at}  {_said(each)}" for each in found) or None)


def _document(line: Kept) -> dict[str, Any]:
    return {**asdict(line), "record": str(line.reference)}


def _said(line: Kept) -> str:
    return f"{line.name}: {_what_was_lost(line)} ({line.reason})"


def _what_was_lost(line: Kept) -> str:
    if line.field is not None:
        return f"{line.field} was {line.lost!r}"
    return "it was not there" if line.lost is None else "the whole record"


def _sent(line: Receipt) -> str:
    became = "deleted" if line.version is None else f"became {line.version}"
    fields = f" ({', '.join(line.fields)})" if line.fields else ""
    return f"{line.verb} {line.reference}  {line.name}{fields}: {became}"


COMMANDS = (history, restore)
