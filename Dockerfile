# The app in a container: docs/deployment.md says how to run it.
# The version of Python that the tests run with.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS packages
# requirements-postgresql.txt: one server, or several; requirements-cluster.txt: with Ray
ARG REQUIREMENTS=requirements-postgresql.txt
COPY requirements*.txt /tmp/
# Without a GPU, tensorflow-cpu is the same in two thirds of the size; there is one for x86-64.
# Nobody compiles against TensorFlow here: its headers are 290 MB.
RUN if [ "$(uname -m)" = x86_64 ]; then \
        sed -i 's/^tensorflow~/tensorflow-cpu~/' /tmp/requirements.txt; \
    fi \
    && python -m venv /opt/packages \
    && /opt/packages/bin/pip install --no-cache-dir -r /tmp/requirements.txt -r "/tmp/${REQUIREMENTS}" \
    && rm -rf /opt/packages/lib/python*/site-packages/tensorflow/include

FROM python:${PYTHON}
RUN useradd --uid 1000 --user-group --no-create-home --home-dir /tmp app \
    && install -d -o app -g app /data
COPY --from=packages /opt/packages /opt/packages
WORKDIR /app
COPY LICENSE NOTICE streamlit_app.py train.py ./
COPY .streamlit/config.toml .streamlit/
COPY deploy/entrypoint.sh deploy/
COPY pages pages
COPY recognizer recognizer
COPY models models
# All that is written is in /data, and what is temporary in /tmp: the rest may be read-only.
# Each visitor's thread would else keep memory of its own.
ENV PATH=/opt/packages/bin:$PATH \
    MALLOC_ARENA_MAX=2 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MODELS_DIR=/data/models \
    DRAWINGS_URL=sqlite:////data/drawings.sqlite3 \
    KERAS_HOME=/data/keras \
    UNIPEN_DIR=/data/unipen \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501
USER 1000:1000
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['STREAMLIT_SERVER_PORT'] + '/_stcore/health', timeout=4)"]
ENTRYPOINT ["/app/deploy/entrypoint.sh"]
CMD ["streamlit", "run", "streamlit_app.py"]
