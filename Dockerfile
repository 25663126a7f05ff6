# The base is an argument, so that any image with Node 24 (or 20.19 and later) and npm serves: --build-arg NODE_IMAGE=…
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# A mirror of npm's registry, where that cannot be reached: --build-arg NPM_REGISTRY=…
ARG NPM_REGISTRY=https://registry.npmjs.org/
RUN npm ci --ignore-scripts --no-audit --no-fund --registry="${NPM_REGISTRY}"
COPY tsconfig.json ./
COPY scripts/build.mjs scripts/no-body-parser.cjs scripts/sbom.mjs scripts/
COPY src src
ARG REVISION=unknown
RUN REVISION="${REVISION}" node scripts/build.mjs && node scripts/sbom.mjs > sbom.cdx.json

FROM ${NODE_IMAGE}
# As in package.json: a test holds them together.
ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="clouddb-encryption-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the encryption posture of cloud databases" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/clouddb-encryption-exporter/clouddb-encryption-exporter" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
# The libraries are in dist, with their licenses.
COPY --from=build /build/package.json /build/sbom.cdx.json /app/
COPY --from=build /build/dist /app/dist
# The configuration is mounted here: config.yaml is found without a flag, and relative secret paths begin here.
WORKDIR /etc/clouddb-encryption-exporter
USER 65532:65532
EXPOSE 10043
# Only Node is needed. Where the exporter listens elsewhere, set HEALTHCHECK_URL. An answer of 401 is one of a living
# exporter, too: basic authentication covers every path. It listens once it has read its configuration: with 20,000
# instances and little CPU that takes a minute. The start period delays no success, only the counting of failures.
ENV HEALTHCHECK_URL=http://127.0.0.1:10043/-/healthy
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
  CMD ["node", "-e", "fetch(process.env.HEALTHCHECK_URL).then((answer) => process.exit(answer.status < 500 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
