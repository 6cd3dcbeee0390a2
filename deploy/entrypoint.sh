#!/bin/sh
# What a container does before its command: `streamlit run …`, or a node of a Ray cluster.
set -eu

# Secrets come as files: not in the image, the compose file, a command line or `docker inspect`.
if [ -n "${PGPASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PGPASSWORD_FILE")
    export PGPASSWORD
fi
if [ -n "${COOKIE_SECRET_FILE:-}" ]; then
    STREAMLIT_SERVER_COOKIE_SECRET=$(cat "$COOKIE_SECRET_FILE")
    export STREAMLIT_SERVER_COOKIE_SECRET
fi
# Hugging Face has them as variables: SECRETS_TOML is the content of a secrets.toml.
if [ -n "${SECRETS_TOML:-}" ]; then
    (umask 077 && printf '%s\n' "$SECRETS_TOML" >/tmp/secrets.toml)
    export STREAMLIT_SECRETS_FILES=/tmp/secrets.toml
    unset SECRETS_TOML
fi

if [ "$1" = streamlit ]; then
    python -m recognizer.models.shipping
    if [ -n "${RAY_ADDRESS:-}" ]; then
        # Trainings go to the cluster, from a node of it in here that runs none itself.
        while :; do
            ray start --address="$RAY_ADDRESS" --num-cpus=0 --block --disable-usage-stats
            sleep 10 # there is no cluster yet, or it was restarted
        done >/dev/null 2>&1 &
    fi
fi

exec "$@" # so that signals reach it
