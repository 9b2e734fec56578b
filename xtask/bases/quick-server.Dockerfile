# The server as the dev profile built it on this machine, for `cargo xtask compose-test --quick`.
FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates libstdc++6 && rm -rf /var/lib/apt/lists/*
COPY model /usr/share/medrecord/whisper-tiny.en
COPY medrecord-server /usr/local/bin/
ENV SPEECH_MODEL_DIR=/usr/share/medrecord/whisper-tiny.en REVIEW_DIR=/usr/share/medrecord/review
USER 10001:10001
EXPOSE 3001
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["medrecord-server", "health"]
ENTRYPOINT ["medrecord-server"]
CMD ["serve"]
