"""What a service tells of itself: log lines, spans, metrics and its health; and that none of them tells too much."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import attrs
import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest
from shop import SECRET

from lifecycle import Actor, Lifecycle, log
from lifecycle.errors import BadRequest, MissingFacts
from lifecycle.health import health
from lifecycle.store.delivery import Outcome
from lifecycle.telemetry import SPAN, Telemetry, add_trace, serve_metrics
from lifecycle.worker import Undeliverable, Worker

ANN = Actor.holder("ann")
VERIFIED = {"registration_fields": 4, "verified_by": "link"}


@pytest.fixture
def spans():
    """What was traced, and the tracer."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    kept.tracer = provider.get_tracer("test")
    return kept


@pytest.fixture
def registry():
    """A registry of metrics of the test's own."""
    return CollectorRegistry()


@pytest.fixture
def watched(shop, spans, registry):
    """A service with spans and metrics, and a registered account."""
    telemetry = Telemetry(metrics=registry, tracing=spans.tracer)
    with Lifecycle.open(
        "memory:", secret=SECRET, gather=shop.gather, clock=shop.clock, telemetry=telemetry
    ) as accounts:
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=VERIFIED)
        yield accounts


@pytest.fixture
def lines():
    """The lines of a host that has configured structlog."""
    old = structlog.get_config()
    structlog.configure()
    with structlog.testing.capture_logs() as kept:
        yield kept
    structlog.configure(**old)
    structlog.reset_defaults()


# --- log lines -----------------------------------------------------------------------------------------------------------


def test_one_line_for_each_stored_decision(shop, lines):
    """A decision, a refusal, due timers: one line each; a repeated request, a dry run and a stranger have none."""
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=VERIFIED, key="r")
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=VERIFIED, key="r")
        accounts.submit("request_closure", account="ann", by=ANN, dry_run=True)
        accounts.submit("request_closure", account="ann", by=Actor.holder("eve"))
        accounts.submit("reactivate", account="ann", by=ANN)
        accounts.submit("request_closure", account="ann", by=ANN)
        shop.passes(days=4)
        accounts.settle("ann")
    assert [line["event"] for line in lines] == [log.TAKEN, log.REFUSED, log.TAKEN, log.SETTLED]
    assert lines[1]["refusals"] == ["not_from_this_state"]
    assert lines[3] | {"settled": ["closure_lapses"]} == lines[3]


def test_a_worker_tells_what_it_does(shop, lines):
    """Start, each try by its outcome, an account it could not settle, and its end; all names are known ones."""
    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        for name in ("ann", "bob", "cat"):
            accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
        lines.clear()

        def send(delivery):
            if delivery.account == "ann":
                raise ConnectionError("ann@example.org")
            if delivery.account == "bob":
                raise Undeliverable("address_unknown")
            made.stop()

        made = Worker(accounts, send, threads=1)
        made.run()
        shop.passes(days=4)
    told = {line["event"]: line for line in lines}
    assert set(told) == {"worker_started", "notice_failed", "notice_dead", "notice_sent", "worker_stopped"}
    assert set(told) <= log.NAMES
    failed = told["notice_failed"]
    assert (failed["account"], failed["id"], failed["attempt"], failed["why"]) == (
        "ann",
        "ann:1:1",
        1,
        "ConnectionError",
    )
    assert failed["log_level"] == "warning"
    assert told["notice_dead"]["log_level"] == "error"
    assert told["notice_dead"]["why"] == "address_unknown"
    assert told["worker_stopped"]["sent"] == 1


def test_an_account_that_cannot_be_settled_has_a_line(shop, lines):
    """It names the account and the kind of the error, never its words."""

    def gather(account, names):
        raise RuntimeError("planted: ann@example.org")

    with Lifecycle.open("memory:", secret=SECRET, gather=shop.gather, clock=shop.clock) as accounts:
        accounts.register("ann", identifiers={"email": "ann@example.org"}, facts=VERIFIED)
        accounts.submit("request_closure", account="ann", by=ANN)
        accounts.submit("confirm_closure", account="ann", by=ANN, code=accounts.code_for("ann", "closure_link"))
        shop.passes(days=5)
        accounts._gather = gather
        lines.clear()
        Worker(accounts, None).run_once()
    assert [(line["event"], line["account"], line["error"]) for line in lines] == [
        ("timers_not_settled", "ann", "GatherFailed")
    ]
    assert "example.org" not in str(lines)


def test_names_of_lines_stay():
    """Dashboards and alarms rest on these names; changing one is a breaking change."""
    outcomes = {f"notice_{outcome}" for outcome in ("sent", "failed", "dead", "void", "dropped", "retried")}
    assert outcomes == set(log.NOTICES.values())
    assert log.NAMES - outcomes == {
        "transition_taken",
        "transition_refused",
        "timers_settled",
        "conflict_retried",
        "worker_started",
        "worker_stopped",
        "worker_waits_for_the_database",
        "text_read",
        "worker_stuck",
        "timers_not_settled",
        "http_fault",
    }
    assert set(log.NOTICES) == set(Outcome)


def test_the_logger_is_bound_once(lines):
    """Lines of one process go through one logger, made when the library is read."""
    assert log.logger() is log.logger()


# --- spans ---------------------------------------------------------------------------------------------------------------


def test_a_decision_is_a_span(watched, spans):
    """Trigger, from, to, who and what came of it; the account and the facts are not in it."""
    spans.clear()
    watched.submit("deactivate", account="ann", by=ANN)
    watched.submit("deactivate", account="ann", by=ANN)
    taken, refused = spans.get_finished_spans()
    assert taken.name == refused.name == SPAN
    assert dict(taken.attributes) == {
        "lifecycle.trigger": "deactivate",
        "lifecycle.from": "active",
        "lifecycle.to": "deactivated",
        "lifecycle.actor": "holder",
        "lifecycle.outcome": "taken",
    }
    assert refused.attributes["lifecycle.outcome"] == "refused"
    assert refused.attributes["lifecycle.from"] == refused.attributes["lifecycle.to"] == "deactivated"


def test_registering_is_a_span_too(watched, spans):
    """An account comes from nothing."""
    (span,) = spans.get_finished_spans()
    assert (span.attributes["lifecycle.trigger"], span.attributes["lifecycle.from"]) == ("register", "none")


def test_an_error_is_told_by_its_kind(watched, spans):
    """What was typed stands in the error's words, so a span has its kind only."""
    spans.clear()
    with pytest.raises(MissingFacts):
        watched.submit("lock", account="ann", by=Actor.agent("a"), gather=lambda account, names: {})
    (span,) = spans.get_finished_spans()
    assert span.attributes["lifecycle.outcome"] == "error"
    assert span.attributes["error.type"] == "MissingFacts"
    assert not span.events
    assert span.status.description is None


def test_a_dry_run_says_so(watched, spans):
    """A span of something that was only asked for cannot be taken for one that happened."""
    spans.clear()
    watched.submit("deactivate", account="ann", by=ANN, dry_run=True)
    (span,) = spans.get_finished_spans()
    assert span.attributes["lifecycle.outcome"] == "taken_dry_run"


def test_lines_name_the_trace(spans):
    """The processor puts the ids of the present span into a line, and leaves a line outside of one alone."""
    with spans.tracer.start_as_current_span("request") as span:
        line = add_trace(None, "info", {"event": "x"})
    assert line == {
        "event": "x",
        "trace_id": f"{span.get_span_context().trace_id:032x}",
        "span_id": f"{span.get_span_context().span_id:016x}",
    }
    assert add_trace(None, "info", {"event": "x"}) == {"event": "x"}


# --- metrics -------------------------------------------------------------------------------------------------------------


def value(registry, name, **labels):
    """One figure."""
    return registry.get_sample_value(name, labels)


def test_decisions_are_counted(watched, registry, shop):
    """Stored decisions by trigger, ends, role and outcome; refusals by guard; the time spent in a state."""
    shop.passes(hours=2)
    watched.submit("deactivate", account="ann", by=ANN)
    watched.submit("deactivate", account="ann", by=ANN)
    watched.submit("reactivate", account="ann", by=ANN, dry_run=True)
    watched.submit("reactivate", account="ann", by=ANN, gather=lambda account, names: {"signed_in": False})
    moved = {"trigger": "deactivate", "source": "active", "dest": "deactivated", "actor": "holder", "outcome": "taken"}
    assert value(registry, "lifecycle_transitions_total", **moved) == 1
    stays = moved | {"source": "deactivated", "outcome": "refused"}
    assert value(registry, "lifecycle_transitions_total", **stays) == 1
    assert value(registry, "lifecycle_guard_refusals_total", guard="not_from_this_state") == 1
    assert value(registry, "lifecycle_guard_refusals_total", guard="signed_in") == 1
    assert value(registry, "lifecycle_time_in_state_seconds_sum", state="active") == 7200
    assert value(registry, "lifecycle_time_in_state_seconds_count", state="deactivated") is None


def test_timers_count_as_the_systems(watched, registry, shop):
    """A due timer is a transition of the system's, whoever settles it, and counted once."""
    watched.submit("request_closure", account="ann", by=ANN)
    shop.passes(days=4)
    Worker(watched, None).run_once()
    lapsed = {"trigger": "closure_lapses", "source": "pending_deletion", "dest": "active", "actor": "system"}
    assert value(registry, "lifecycle_transitions_total", **lapsed, outcome="taken") == 1


def test_deliveries_and_the_backlog_are_shown(watched, registry, shop):
    """Tries by notice and outcome, and what is left to do, with its age."""
    watched.submit("request_closure", account="ann", by=ANN)
    shop.passes(minutes=10)

    def send(delivery):
        if delivery.notice == "closure_link":
            raise Undeliverable("address_unknown")

    Worker(watched, send).run_once()
    assert value(registry, "lifecycle_deliveries_total", notice="welcome", outcome="sent") == 1
    assert value(registry, "lifecycle_deliveries_total", notice="closure_link", outcome="dead") == 1
    assert value(registry, "lifecycle_outbox_dead") == 1
    assert value(registry, "lifecycle_outbox_waiting") == 0
    shop.passes(days=4)
    health(watched)
    assert value(registry, "lifecycle_appeals_overdue") == 0
    assert value(registry, "lifecycle_timers_due") == 1
    assert value(registry, "lifecycle_timers_lag_seconds") > 3600


def test_no_label_names_an_account(watched, registry, shop):
    """Figures are about rows, states, roles, guards and notices, never about a person."""
    watched.submit("request_closure", account="ann", by=ANN)
    watched.submit("request_closure", account="ann", by=Actor.holder("eve"))
    Worker(watched, lambda delivery: None).run_once()
    assert b'"ann' not in generate_latest(registry)
    assert b'"eve' not in generate_latest(registry)


def test_services_share_a_registry(shop, registry):
    """Two services with one registry count together; a registry takes a name only once."""
    for name in ("ann", "bob"):
        with Lifecycle.open("memory:", clock=shop.clock, telemetry=Telemetry(metrics=registry)) as accounts:
            accounts.register(name, facts={**VERIFIED, "contacts": ["email"]})
    labels = {"trigger": "register", "source": "none", "dest": "active", "actor": "holder", "outcome": "taken"}
    assert value(registry, "lifecycle_transitions_total", **labels) == 2


@pytest.mark.parametrize("asked", [{"tracing": True}, {"metrics": True}, {}])
def test_one_without_the_other(shop, asked):
    """Spans without metrics, metrics without spans, and the usual tracer and registry all serve a whole service."""
    with Lifecycle.open("memory:", secret=SECRET, clock=shop.clock, telemetry=Telemetry(**asked)) as accounts:
        accounts.register("ann", facts={**VERIFIED, "contacts": ["email"]})
        accounts.submit("reactivate", account="ann", by=ANN)
        done = Worker(accounts, lambda delivery: None).run_once()
        assert done.outcomes() == {"sent": 1}
        assert health(accounts).problems == ()


def test_a_worker_measures_now_and_then(watched, registry, shop):
    """A busy worker looks at the backlog each time some seconds have passed, not at every turn."""
    worker = Worker(watched, None)
    worker._turn()
    watched.submit("request_closure", account="ann", by=ANN)
    worker._turn()
    assert value(registry, "lifecycle_outbox_waiting") == 1
    shop.passes(seconds=15)
    worker._turn()
    assert value(registry, "lifecycle_outbox_waiting") == 2


def test_metrics_have_a_door_of_their_own():
    """A process without a web server shows the usual registry at a port, to this machine only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server, thread = serve_metrics(port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            assert b"python_info" in answer.read()
        assert server.server_address[0] == "127.0.0.1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def test_forbidden_words_are_taken_out_of_any_line():
    """A host's own line that carries a code or an address loses it on the way."""
    line = {"event": "x", "code": "123456", "email": "ann@example.org", "account": "ann"}
    assert log.scrub(None, "info", line) == {"event": "x", "account": "ann"}


@pytest.mark.parametrize(
    ("module", "asked", "extra"), [("prometheus_client", "metrics", "prometheus"), ("opentelemetry", "tracing", "otel")]
)
def test_a_missing_library_is_named_with_its_extra(monkeypatch, module, asked, extra):
    """Whoever asks for what is not installed is told which extra brings it."""
    for name in [name for name in sys.modules if name.split(".")[0] == module] or [module]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(BadRequest, match=rf"account-lifecycle\[{extra}\]"):
        Telemetry(**{asked: True})


def test_nothing_is_read_that_nobody_asked_for():
    """A service without telemetry reads neither library."""
    program = (
        "import sys; from lifecycle import Lifecycle; from lifecycle.worker import Worker;"
        "a = Lifecycle.open('memory:'); Worker(a, None).run_once();"
        "sys.exit(any(m.split('.')[0] in ('prometheus_client', 'opentelemetry') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# --- health --------------------------------------------------------------------------------------------------------------


def test_health_of_a_service(accounts, ann, shop):
    """A service is well while nothing is late; what is late is measured and named."""
    found = health(accounts)
    assert (found.problems, found.left.waiting) == ((), 1)
    accounts.submit("request_closure", account=ann, by=ANN)
    shop.passes(days=4)
    found = health(accounts)
    assert found.lag == dt.timedelta(days=1)
    assert found.waited == dt.timedelta(days=4)
    assert len(found.problems) == 2
    Worker(accounts, lambda delivery: None).run_once()
    assert health(accounts).problems == ()


def test_appeals_are_overdue_by_working_days(accounts, shop):
    """An appeal is overdue once the time has passed after which a reviewer is reminded, weekends left out."""
    given = {"ground": "platform_rules", "author": "reviewer:r9", "contacts": ["email"]}
    accounts.import_account("eve", state="under_appeal", given=given)
    assert health(accounts).overdue_appeals == 0
    shop.passes(days=8)
    assert health(accounts).overdue_appeals == 0
    shop.passes(days=1)
    assert health(accounts).overdue_appeals == 1


def test_a_policy_without_review_times_has_no_overdue_appeals(accounts, shop):
    """A policy that names no time for an answer is not judged by the guides' one."""
    given = {"ground": "platform_rules", "author": "reviewer:r9", "contacts": ["email"]}
    accounts.import_account("eve", state="under_appeal", given=given)
    shop.passes(days=30)
    assert health(accounts).overdue_appeals == 1
    accounts.policy = attrs.evolve(accounts.policy, overdue_after=None)
    assert health(accounts).overdue_appeals == 0


# --- the watch over the suite -----------------------------------------------------------------------------------------

LEAKING = """
import logging
import sys

from lifecycle import Lifecycle
from shop import SECRET

def open_account(account):
    with Lifecycle.open("memory:", secret=SECRET) as accounts:
        accounts.register(account, facts={"registration_fields": 4, "verified_by": "link", "contacts": ["email"]})
        accounts.submit("lock", account=account, by=__import__("lifecycle").Actor.agent("a"),
                        facts={"ground": "new_device"})
        accounts.submit("send_unlock_code", account=account, by=__import__("lifecycle").Actor.holder(account))
        return accounts.code_for(account, "unlock_code")
"""

KINDS = {
    "a_line": "open_account('planted-account')",
    "the_output": "print('to ann@example.org')",
    "the_error_output": "print(SECRET.decode(), file=sys.stderr)",
    "another_logger": "logging.getLogger('host').warning('+49 30 1234')",
    "a_code": "print('the code is', open_account('ann'))",
    "what_is_handed_in": "__import__('leaks').note('ann@example.org')",
}


def watched_run(folder, bodies, *words):
    """Run tests of these bodies, by name, under the watch."""
    tests = "".join(f"def test_{name}():\n    {body}\n" for name, body in bodies.items())
    (folder / "conftest.py").write_text('pytest_plugins = ["leaks"]\n', encoding="utf-8")
    (folder / "test_leaking.py").write_text(LEAKING + tests, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:lifecycle", "-p", "no:cacheprovider"]
    # No plugin that happens to be installed has a part in it, and importing them all takes longer than the run; nor has
    # any option that the outer run was given.
    settings = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    settings.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [*command, *words, str(folder)], env=settings, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("processes", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "two"])
def test_the_watch_finds_what_leaks(tmp_path, processes):
    """A run in which planted values or codes are logged or written fails, and tells of each where, without the value."""
    ran = watched_run(tmp_path, KINDS, *processes)
    assert f"{len(KINDS)} passed" in ran.stdout, ran.stdout + ran.stderr
    assert ran.returncode == 1
    _, told = ran.stdout.split("secrets or personal data in what was written")
    for name in KINDS:
        (line,) = [line for line in told.splitlines() if f"test_leaking.py::test_{name} " in line][:1]
        assert "***" in line
    for value in ("ann@example.org", "planted", SECRET.decode(), "+49 30"):
        assert value not in told


def test_the_watch_lets_a_clean_run_pass(tmp_path):
    """Decisions, codes and lines without anything planted are no finding."""
    ran = watched_run(tmp_path, {"clean": "open_account('ann')"})
    assert ran.returncode == 0, ran.stdout


def test_the_standard_logger_stays_silent(caplog):
    """Where nobody configures anything, the library's lines reach no output of the host."""
    with Lifecycle.open("memory:") as accounts:
        accounts.register("quiet", facts={**VERIFIED, "contacts": ["email"]})
    assert not [record for record in caplog.records if record.name == "lifecycle"]
    assert logging.getLogger("lifecycle").handlers == []
