# Stands in for node:20-bookworm-slim: the Node of this machine.
FROM docker.io/library/debian:bookworm-slim
# hadolint ignore=DL3022
COPY --from=node bin/node /usr/local/bin/
# hadolint ignore=DL3022
COPY --from=node lib/node_modules/npm /usr/local/lib/node_modules/npm
# hadolint ignore=DL3022
COPY --from=certificates ca-certificates.crt /etc/ssl/certs/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
