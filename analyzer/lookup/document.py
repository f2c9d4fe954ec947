"""The JSON form of a lookup, published as `analyzer/schema/lookup-1.0.json`."""

from __future__ import annotations

from analyzer.explain.kinds import explanation
from analyzer.lookup.model import Advice, Answer, Link, Place, Result, Searched
from analyzer.paths import printable
from analyzer.report import Document, Tool

SCHEMA = "ociscope-lookup-1.0"
"""Names the schema that `to_document` follows."""


def to_document(result: Result, tool: Tool) -> Document:
    """The JSON form of `result`."""
    question = result.question
    return {
        "schema": SCHEMA,
        "tool": {"name": tool.name, "version": tool.version},
        "question": {
            "algorithm": question.algorithm or None,
            "digits": question.digits,
            "whole": question.whole,
        },
        "found": bool(result.answers),
        "inputs": [_input(item) for item in result.inputs],
        "answers": [_answer(answer) for answer in result.answers],
        "advice": None if result.advice is None else _advice(result.advice),
    }


def _input(item: Searched) -> Document:
    report = item.report
    return {
        "path": printable(item.label),
        "kind": report.source.kind if report is not None else None,
        "own": item.own,
        "images": len(report.images) if report is not None else None,
        "unread": item.unread,
        "files_searched": item.with_files,
        "failure": printable(item.failure) or None,
    }


def _answer(answer: Answer) -> Document:
    words = explanation(answer.kind)
    return {
        "kind": answer.kind,
        "digest": answer.digest,
        "name": words.name,
        "hashed": words.hashed,
        "printed_by": words.printed_by,
        "use": words.use,
        "topic": words.topic or None,
        "places": [_place(place) for place in answer.places],
    }


def _place(place: Place) -> Document:
    return {
        "input": printable(place.source),
        "names": [printable(name) for name in place.names],
        "platform": printable(place.platform) or None,
        "layers": list(place.layers),
        "path": printable(place.path) or None,
        "recomputed": place.recomputed,
        "note": printable(place.note) or None,
        "chain": [_link(link) for link in place.chain],
    }


def _link(link: Link) -> Document:
    return {
        "kind": link.kind,
        "digest": link.digest,
        "layers": list(link.layers),
        "document": printable(link.name) or None,
        "recomputed": link.recomputed,
    }


def _advice(advice: Advice) -> Document:
    return {
        "could_be": list(advice.could_be),
        "undecided": [
            {
                "input": printable(item.source),
                "reasons": [printable(reason) for reason in item.reasons],
                "mentions": [printable(mention) for mention in item.mentions],
            }
            for item in advice.undecided
        ],
        "bring": [
            {"what": item.what, "commands": [printable(line) for line in item.commands]}
            for item in advice.bring
        ],
    }
