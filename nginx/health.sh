#!/usr/bin/env bash
# Whether nginx answers; without curl, which the image does not need otherwise.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/8081
printf 'GET /alive HTTP/1.0\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]
