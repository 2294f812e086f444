"""Whatever happens in whatever order: who left is never brought back by anybody else."""

import io
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from newsletter.store.engine import writing
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence, history
from subscribers.csvfile import look_at
from subscribers.csvio import import_csv
from subscribers.csvrows import TopicNames
from subscribers.eligibility import may_be_mailed
from subscribers.intake import Entry
from subscribers.suppression import Reason, lift, suppress
from subscribers.tables import subscriber
from tests.support.database import in_memory

_EMAILS = st.sampled_from(["ann@example.org", "bob@example.org", "ÇA@exämple.org"])
_SPELLINGS = st.sampled_from([str, str.upper, str.title])
_NO_TOPICS = TopicNames(lambda text: None, lambda text: None)


class Readers(RuleBasedStateMachine):
    """Drives the list, and a model of it: who may be mailed, by address."""

    @initialize()
    def open(self) -> None:
        self.engine = in_memory()
        self.now = datetime.fromisoformat("2021-02-01T09:00:00+00:00")
        self.mailed: set[str] = set()
        self.left: set[str] = set()
        self.stopped: dict[str, Reason] = {}

    def teardown(self) -> None:
        self.engine.dispose()

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    @rule(email=_EMAILS, spelling=_SPELLINGS)
    def import_file(self, email: str, spelling: object) -> None:
        written = spelling(email)  # type: ignore[operator]
        file = io.BytesIO(f"email,name\n{written},X\n".encode())
        with writing(self.engine) as connection:
            shape, source = look_at(file), Evidence("import x.csv")
            report = import_csv(connection, file, shape, _NO_TOPICS, source, self._tick())
        key = parse(email).key
        if key in self.left or key in self.stopped:
            assert (report.added, report.updated, report.suppressed) == (0, 0, 1)
        else:
            self.mailed.add(key)

    @rule(email=_EMAILS)
    def come_back(self, email: str) -> None:
        with writing(self.engine) as connection:
            entry, form = Entry(parse(email)), Evidence("web form")
            store.add(connection, entry, form, self._tick(), again=True)
        key = parse(email).key
        if key not in self.stopped:
            self.left.discard(key)
            self.mailed.add(key)

    @rule(email=_EMAILS)
    def unsubscribe(self, email: str) -> None:
        key = parse(email).key
        with writing(self.engine) as connection:
            reader = store.find(connection, email)
            if reader is not None:
                changed = store.unsubscribe(connection, reader.id, Evidence("link"), self._tick())
                assert changed == (key not in self.left)
                self.left.add(key)

    @rule(email=_EMAILS, reason=st.sampled_from([Reason.BOUNCE, Reason.COMPLAINT]))
    def suppress(self, email: str, reason: Reason) -> None:
        address = parse(email)
        with writing(self.engine) as connection:
            if suppress(connection, address.hash, reason, self._tick()):
                self.stopped[address.key] = reason

    @rule(email=_EMAILS)
    def lift(self, email: str) -> None:
        address = parse(email)
        with writing(self.engine) as connection:
            assert lift(connection, address.hash) == (address.key in self.stopped)
        self.stopped.pop(address.key, None)

    @rule(email=_EMAILS)
    def erase(self, email: str) -> None:
        key = parse(email).key
        with writing(self.engine) as connection:
            if store.find(connection, email) is not None:
                store.erase(connection, email, self._tick())
                self.stopped[key] = Reason.ERASED
                self.mailed.discard(key)
                self.left.discard(key)

    @invariant()
    def only_those_who_may_are_mailed(self) -> None:
        if not hasattr(self, "engine"):
            return
        with writing(self.engine) as connection:
            query = select(subscriber.c.address_key).where(may_be_mailed(self.now))
            found = set(connection.execute(query).scalars())
        assert found == self.mailed - self.left - self.stopped.keys()

    @invariant()
    def consent_tells_the_state(self) -> None:
        if not hasattr(self, "engine"):
            return
        with writing(self.engine) as connection:
            for reader in store.stream(connection):
                last = history(connection, reader.id)[-1]
                assert (last.kind == "granted") == (reader.state == "active")


Readers.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestReaders = Readers.TestCase
