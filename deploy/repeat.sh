#!/bin/sh
# repeat.sh SECONDS|HH:MM COMMAND...: run manage.py commands again and again, for containers, which have no timers.
# A command that fails is reported and does not stop the others.
when=$1
shift
while :; do
    case $when in
    *:*) sleep $((($(date -d "$when" +%s) - $(date +%s) + 86400) % 86400 + 1)) ;;
    esac
    for command; do
        # shellcheck disable=SC2086 - a command may have arguments
        python manage.py $command || echo "manage.py $command failed" >&2
    done
    case $when in
    *:*) ;;
    *) sleep "$when" ;;
    esac
done
