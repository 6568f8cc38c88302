# With a digest, the same image at every build: docs/operations.md.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
RUN useradd --system --create-home filiform

# What PDFs and backups need.
RUN apt-get update && apt-get install -y --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core postgresql-client && rm -rf /var/lib/apt/lists/*

# Only files with the hashes that are known, and no source packages, which would run code while they are installed.
COPY deploy/requirements.lock .
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

COPY manage.py deploy/repeat.sh ./
COPY clinic clinic
COPY patients patients
COPY treatments treatments
COPY templates templates
COPY static static
# The key is for this one command; the running container is given its own.
RUN SECRET_KEY=only-for-building python manage.py collectstatic --noinput --verbosity 0

USER filiform
EXPOSE 8000
ENV BIND=0.0.0.0:8000
# Only whether the process runs: a restart does not help a database that is away.
HEALTHCHECK --interval=30s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz/')"]
CMD ["gunicorn", "-c", "python:clinic.platform.server", "clinic.wsgi"]
