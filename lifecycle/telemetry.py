"""Traces and figures for whoever watches a service: OpenTelemetry spans and Prometheus metrics, where asked for.

Knows their names and labels: triggers, states, roles, guards, notices, outcomes. Never an account's id, a fact or a
code. Neither library is needed or even looked for until a `Telemetry` is made that uses it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from lifecycle.errors import BadRequest
from lifecycle.model import ACCOUNT, Account, Decision, Event
from lifecycle.store.delivery import Backlog

SPAN = "lifecycle.transition"
HOURS = (60, 600, 3600, 6 * 3600, 86400, 3 * 86400, 7 * 86400, 30 * 86400, 180 * 86400, 365 * 86400)
"""The bounds of the histogram of time in a state, in seconds: from a minute to a year."""


class Telemetry:
    """Spans and metrics of one service. Hand it to `Lifecycle.open`; a worker of that service uses it as well.

    Args:
        metrics: True for the usual registry of ``prometheus-client``, or a registry of your own.
        tracing: True for the usual tracer of ``opentelemetry-api``, or a tracer of your own.

    Raises:
        BadRequest: the library asked for is not installed; the sentence says which extra brings it.
    """

    def __init__(self, *, metrics: Any = False, tracing: Any = False) -> None:
        self._meters = None if metrics is False else _meters(metrics)
        self._tracer = None if tracing is False else _tracer(tracing)

    def traced(self, trigger: str, role: str, decide: Callable[[], Decision]) -> Decision:
        """Run *decide* inside a span. What it raises passes."""
        if self._tracer is None:
            return decide()
        with self._tracer.start_as_current_span(SPAN, record_exception=False, set_status_on_exception=False) as span:
            span.set_attribute("lifecycle.trigger", trigger)
            span.set_attribute("lifecycle.actor", role)
            try:
                decision = decide()
            except Exception as error:
                # its words may repeat what somebody typed, so the span names the kind only
                span.set_attribute("lifecycle.outcome", "error")
                span.set_attribute("error.type", type(error).__name__)
                raise
            source, dest = _ends(decision)
            span.set_attribute("lifecycle.from", source)
            span.set_attribute("lifecycle.to", dest)
            span.set_attribute("lifecycle.outcome", _outcome(decision))
        return decision

    def stored(self, before: Account, decision: Decision) -> None:
        """Count a decision that was stored; *before* is the account as it was."""
        if self._meters is None:
            return
        self.settled(before, decision.settled + decision.events)
        if not decision.allowed:
            source, dest = _ends(decision)
            labels = decision.command.trigger, source, dest, decision.command.by.role.value, "refused"
            self._meters.transitions.labels(*labels).inc()
            for refusal in decision.refusals:
                self._meters.refusals.labels(refusal.code).inc()

    def settled(self, before: Account, events: Iterable[Event]) -> None:
        """Count events that were stored, and measure how long the account had been in each state they end."""
        if self._meters is None:
            return
        since = before.since
        for event in events:
            source = "none" if event.source is None else event.source.value
            self._meters.transitions.labels(event.trigger, source, event.dest.value, event.by.role.value, "taken").inc()
            if event.machine == ACCOUNT and event.source is not event.dest:
                if since is not None and event.source is not None:
                    seconds = max(0.0, (event.at - since).total_seconds())
                    self._meters.time_in_state.labels(source).observe(seconds)
                since = event.at

    def delivered(self, notice: str, outcome: str) -> None:
        """Count one try to deliver a notice."""
        if self._meters is not None:
            self._meters.deliveries.labels(notice, outcome).inc()

    def backlog(self, left: Backlog, now: dt.datetime) -> None:
        """Show how much is left to do."""
        if self._meters is None:
            return
        self._meters.due.set(left.due)
        self._meters.lag.set(_age(left.due_since, now))
        self._meters.waiting.set(left.waiting)
        self._meters.oldest.set(_age(left.waiting_since, now))
        self._meters.dead.set(left.dead)

    def overdue(self, number: int) -> None:
        """Show how many appeals have waited too long."""
        if self._meters is not None:
            self._meters.overdue.set(number)


def add_trace(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the ids of the present trace and span into a log line: a structlog processor for the host's set-up."""
    from opentelemetry import trace  # noqa: PLC0415 - optional

    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        line["trace_id"], line["span_id"] = f"{context.trace_id:032x}", f"{context.span_id:016x}"
    return line


def serve_metrics(port: int, host: str = "127.0.0.1") -> Any:
    """Show the metrics of the usual registry to whoever asks at *port*: for a process that has no other door.

    Returns the server and its thread.

    Raises:
        BadRequest: ``prometheus-client`` is not installed.
        OSError: the port cannot be had.
    """
    return _library("prometheus_client", "metrics", "prometheus").start_http_server(port, addr=host)


def _ends(decision: Decision) -> tuple[str, str]:
    if decision.events:
        source = decision.events[0].source
        return ("none" if source is None else source.value), decision.events[-1].dest.value
    return decision.account.state.value, decision.account.state.value


def _outcome(decision: Decision) -> str:
    outcome = "taken" if decision.allowed else "refused"
    return f"{outcome}_dry_run" if decision.dry_run else outcome


def _age(since: dt.datetime | None, now: dt.datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


class _Meters:
    """The metrics in one registry."""

    def __init__(self, prometheus: Any, registry: Any) -> None:
        def counter(name: str, says: str, *labels: str) -> Any:
            return prometheus.Counter(name, says, labels, registry=registry)

        def gauge(name: str, says: str) -> Any:
            return prometheus.Gauge(name, says, registry=registry)

        ends = ("trigger", "source", "dest", "actor", "outcome")
        self.transitions = counter("lifecycle_transitions_total", "Decisions that were stored.", *ends)
        self.refusals = counter("lifecycle_guard_refusals_total", "Refusals, by the guard that was not met.", "guard")
        self.time_in_state = prometheus.Histogram(
            "lifecycle_time_in_state_seconds",
            "How long an account had been in a state when it left it.",
            ("state",),
            buckets=HOURS,
            registry=registry,
        )
        self.overdue = gauge("lifecycle_appeals_overdue", "Open appeals that have waited too long for an answer.")
        self.due = gauge("lifecycle_timers_due", "Timers that are due and not settled.")
        self.lag = gauge("lifecycle_timers_lag_seconds", "How long the oldest due timer has been due.")
        self.waiting = gauge("lifecycle_outbox_waiting", "Notices that wait to be sent.")
        self.oldest = gauge("lifecycle_outbox_oldest_seconds", "How long the oldest waiting notice has waited.")
        self.dead = gauge("lifecycle_outbox_dead", "Notices that were tried in vain and wait for a person.")
        self.deliveries = counter("lifecycle_deliveries_total", "Tries to deliver a notice.", "notice", "outcome")


_MADE: WeakKeyDictionary[Any, _Meters] = WeakKeyDictionary()
"""A registry takes a name only once, so services that share a registry share their metrics."""


def _meters(registry: Any) -> _Meters:
    prometheus = _library("prometheus_client", "metrics", "prometheus")
    registry = prometheus.REGISTRY if registry is True else registry
    if registry not in _MADE:
        _MADE[registry] = _Meters(prometheus, registry)
    return _MADE[registry]


def _tracer(tracer: Any) -> Any:
    if tracer is not True:
        return tracer
    return _library("opentelemetry.trace", "tracing", "otel").get_tracer("lifecycle")


def _library(module: str, what: str, extra: str) -> Any:
    import importlib  # noqa: PLC0415 - only where telemetry is asked for

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise BadRequest(f"{what} need a library that is missing: pip install 'account-lifecycle[{extra}]'") from None
