"""Settings of gunicorn: gunicorn -c python:clinic.platform.server clinic.wsgi."""

import os
import shutil
import tempfile

# In memory, because a worker must not wait for a slow disk, and dies when it writes its metrics to a full one.
in_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - both create their files there safely
worker_tmp_dir = in_memory
# Workers share their metrics through files, in a folder that must exist before any of them starts.
metrics_folder = tempfile.mkdtemp(prefix="filiform-metrics-", dir=in_memory)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Code is loaded before the workers start: a worker that died is replaced in a fraction of a second.
preload_app = os.environ.get("WEB_PRELOAD", "1") != "0"
# A worker ends after so many requests and another takes its place, so that memory that leaks is given back. 0 is never.
# The jitter keeps all workers from ending at the same time.
max_requests = int(os.environ.get("WEB_MAX_REQUESTS", "10000"))
max_requests_jitter = max_requests // 10
# Nobody uses it, and its folder cannot be written under the hardened service and container.
control_socket_disable = True


def on_exit(server):
    """Delete the folder of the metrics."""
    shutil.rmtree(metrics_folder, ignore_errors=True)


def child_exit(server, worker):
    """Forget the current values of a worker that has ended; what it counted is kept."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
