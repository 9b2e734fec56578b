# Stands in for rust:1.95-bookworm: this machine's toolchain, Debian's compiler. Context: `rustc --print sysroot`.
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends build-essential pkg-config libssl-dev git \
    && rm -rf /var/lib/apt/lists/*
COPY bin /usr/local/bin
COPY lib /usr/local/lib
# hadolint ignore=DL3022
COPY --from=certificates ca-certificates.crt /etc/ssl/certs/
ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
CMD ["bash"]
