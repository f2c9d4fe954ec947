"""Every target by name."""

from __future__ import annotations

from tests.fuzz.auditing import AUDITS
from tests.fuzz.bills import BILLS
from tests.fuzz.binaries import BINARIES
from tests.fuzz.contents import CONTENTS
from tests.fuzz.documents import DOCUMENTS
from tests.fuzz.languages import LANGUAGES
from tests.fuzz.packagefiles import PACKAGE_FILES
from tests.fuzz.packages import PACKAGES
from tests.fuzz.rpmdatabases import DATABASES
from tests.fuzz.streams import STREAMS
from tests.fuzz.tables import TABLES
from tests.fuzz.target import Target
from tests.fuzz.texts import TEXTS
from tests.fuzz.words import WORDS

_ALL = (
    *(*STREAMS, *TABLES, *DOCUMENTS, *TEXTS),
    *(*DATABASES, *LANGUAGES, *PACKAGES, *PACKAGE_FILES, *BINARIES, *BILLS, *CONTENTS),
    *(*AUDITS, *WORDS),
)
TARGETS: dict[str, Target] = {target.name: target for target in _ALL}
