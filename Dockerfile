# An image that holds muster and nothing else (and the certificates that https probes are checked against).
#
#   docker build -t muster .
#   COPY --from=muster /muster /muster        # in the Dockerfile of your own image
#   ENTRYPOINT ["/muster", "--"]

FROM debian:trixie-slim AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*

# The libraries take minutes and change rarely: a layer of their own.
COPY deps.mk ./
COPY build-aux build-aux
RUN make -j"$(nproc)" -f build-aux/third-party.mk third-party

COPY Makefile ./
COPY tests/lint/lint.mk tests/lint/lint.mk
COPY init init
COPY probes probes
RUN make

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/build/sbom.spdx.json /usr/share/muster/sbom.spdx.json
COPY --from=build /src/build/muster /muster
ENTRYPOINT ["/muster"]
