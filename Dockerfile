# One image for every process of the portal and for the simulated bank; docker-compose.yml says who runs what.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 AUTOPAY_VAR=/var/lib/autopay
WORKDIR /app

COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY manage.py pyproject.toml ./
COPY autopay_portal autopay_portal
COPY companies companies
COPY agreements agreements
COPY bank_gateway bank_gateway
COPY erp_gateway erp_gateway
COPY remittance remittance
COPY payments_in payments_in
COPY templates templates
COPY locale locale
RUN python -m autopay_portal.translations compile \
 && useradd --system --uid 10001 --home-dir /var/lib/autopay autopay \
 && install --directory --owner=autopay --group=autopay --mode=0700 /var/lib/autopay

USER autopay
VOLUME /var/lib/autopay
EXPOSE 8000
# On the container's own network; a sandbox (AUTOPAY_MODE=sandbox) refuses this address.
CMD ["python", "-m", "granian", "--interface", "asginl", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--no-ws", "--workers-kill-timeout", "3", "--backpressure", "4000", "autopay_portal.asgi:application"]
