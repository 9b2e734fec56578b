# A release for ops/tests/deploy.sh: the server's image, and beside it the headless recorder. Until the server has a
# subcommand `probe`, medrecord-server here is a script that lets the recorder make the round trip, for real.
ARG SERVER_IMAGE=medrecord-server:compose-test
FROM ${SERVER_IMAGE}
USER 0
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libasound2 libssl3 && rm -rf /var/lib/apt/lists/* \
    && mv /usr/local/bin/medrecord-server /usr/local/bin/medrecord-server.real
COPY medrecord-recorder medrecord-server /usr/local/bin/
COPY note.flac /usr/share/medrecord/
USER 10001:10001
