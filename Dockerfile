# The server, run from its checkout by the same command as everywhere: .venv/bin/python -m threadline serve
# The media engine's compiled half; the image that runs has no compiler.
FROM python:3.11-bookworm AS compiler
COPY telephony telephony
RUN python3 -m telephony.media.native.build --into /compiled

FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --create-home --home-dir /srv/threadline threadline
WORKDIR /srv/threadline/app

COPY --chown=threadline scripts/setup.py scripts/setup.py
COPY --chown=threadline requirements.lock requirements.lock
RUN chown threadline . && install -d -o threadline /srv/threadline/data
USER threadline
RUN python3 scripts/setup.py

COPY --chown=threadline . .
COPY --chown=threadline --from=compiler /compiled .venv/lib/threadline
# Each new container would compile every module again, and take twice as long to start.
RUN .venv/bin/python -m compileall -q threadline telephony ivr_flows omnichannel recordings web

ENV PYTHONUNBUFFERED=1 \
    THREADLINE_DATA_DIR=/srv/threadline/data \
    THREADLINE_HTTP=0.0.0.0:8080 \
    THREADLINE_SIP=0.0.0.0:5060 \
    THREADLINE_LOG_FORMAT=json
VOLUME /srv/threadline/data
EXPOSE 8080/tcp 5060/udp 5060/tcp 10000-10199/udp 20000/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "-m", "threadline.health"]
CMD [".venv/bin/python", "-m", "threadline", "serve"]
