"""Every target by name."""

from __future__ import annotations

from tests.fuzz.documents import DOCUMENTS
from tests.fuzz.languages import LANGUAGES
from tests.fuzz.rpmdatabases import DATABASES
from tests.fuzz.streams import STREAMS
from tests.fuzz.tables import TABLES
from tests.fuzz.target import Target
from tests.fuzz.texts import TEXTS

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (*STREAMS, *TABLES, *DOCUMENTS, *TEXTS, *DATABASES, *LANGUAGES)
}
