"""Prometheus metrics: how long pages take, and the checks of `readiness`. They name views, never people."""

import logging
import os
import shutil
import time

from django.db import DatabaseError, InterfaceError
from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from clinic.registry import registry as of_other_apps

from .readiness import OK, places, readiness

# Asked all the time by machines. They are counted, but a line of the log for each would hide the others.
NOT_LOGGED = {"healthz", "readyz", "metrics"}
REQUESTS = Histogram("filiform_request_seconds", "Time to answer a request", ["view", "method", "status"])
logger = logging.getLogger("filiform.request")


def measure_requests(get_response):
    """Count each request and write one line about it: the name of its view, the method, the status and the time.

    The line has no path, because a path can contain what somebody typed. The audit trail has the record.
    """

    def middleware(request):
        started = time.perf_counter()
        response = get_response(request)
        seconds = time.perf_counter() - started
        match = request.resolver_match
        view = (match and match.view_name) or "unknown"
        REQUESTS.labels(view, request.method, response.status_code).observe(seconds)
        if view not in NOT_LOGGED:
            facts = {"view": view, "method": request.method, "status": response.status_code, "ms": round(seconds * 1e3)}
            logger.info("%(method)s %(view)s %(status)s in %(ms)s ms", facts, extra={"facts": facts})
        return response

    return middleware


def metrics_text():
    """All metrics as bytes in the text format of Prometheus. With several workers, their counts are added up."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(StateOfClinic())
    return generate_latest(registry)


class StateOfClinic:
    """Gauges that are read when somebody asks for them."""

    def describe(self):
        return []

    def collect(self):
        state = readiness()
        checks = GaugeMetricFamily("filiform_check", "1 if the check of /readyz/ passed", labels=["check"])
        for name, result in state.checks.items():
            checks.add_metric([name], result == OK)
        yield checks
        free = GaugeMetricFamily("filiform_disk_free_bytes", "Free space on a disk", labels=["place"])
        for place, folder in places().items():
            free.add_metric([place], shutil.disk_usage(folder).free)
        yield free
        newest = state.backup_state and state.backup_state.newest
        checked = state.backup_state and state.backup_state.last_checked
        yield _age("filiform_backup_age_seconds", "Since the newest backup", newest and newest.made_at)
        yield _age("filiform_restore_check_age_seconds", "Since `restore --check`", checked and checked.checked_at)
        verified = state.checks["migrations"] == OK and _verified_at()
        yield _age("filiform_verification_age_seconds", "Since `verify_records`", verified)


def _verified_at():
    try:
        return of_other_apps.records_verified_at()
    except (DatabaseError, InterfaceError):
        return None


def _age(name, meaning, at):
    """A gauge; without a value if it never happened, so that an alert on its absence is possible."""
    gauge = GaugeMetricFamily(name, meaning, labels=[])
    if at:
        gauge.add_metric([], (timezone.now() - at).total_seconds())
    return gauge
