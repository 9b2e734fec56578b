# A release for ops/tests/deploy.sh: the server's image, with the headless recorder as the load beside it, and a script in
# the server's place that makes a bad release of it.
ARG SERVER_IMAGE=medrecord-server:compose-test
FROM ${SERVER_IMAGE}
USER 0
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libasound2 libssl3 && rm -rf /var/lib/apt/lists/* \
    && mv /usr/local/bin/medrecord-server /usr/local/bin/medrecord-server.real
COPY medrecord-recorder medrecord-server /usr/local/bin/
COPY note.flac /usr/share/medrecord/
USER 10001:10001
