# Stands in for nginx:1.30-trixie where no registry is reachable: Debian's own nginx, the official image's user and folders.
FROM docker.io/library/debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends nginx && rm -rf /var/lib/apt/lists/* \
    && userdel nginx 2>/dev/null; groupadd --system --gid 101 nginx && useradd --system --uid 101 --gid 101 --no-create-home nginx \
    && rm -rf /etc/nginx/sites-enabled /etc/nginx/modules-enabled
EXPOSE 80
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
