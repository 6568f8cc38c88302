"""Two PostgreSQL nodes with Patroni, etcd and HAProxy on this machine, and a primary that is killed under load."""
