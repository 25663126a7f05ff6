# The base is an argument, so that any image with Node 24 (or 20.19 and later) serves: --build-arg NODE_IMAGE=…
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/
COPY src src
ARG REVISION=unknown
RUN REVISION="${REVISION}" node scripts/build.mjs

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="clouddb-encryption-exporter" \
      org.opencontainers.image.description="Prometheus exporter for the encryption posture of cloud databases" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
COPY --from=dependencies /build/package.json /app/package.json
COPY --from=dependencies /build/node_modules /app/node_modules
COPY --from=build /build/dist /app/dist
# The configuration is mounted here: config.yaml is found without a flag, and relative secret paths begin here.
WORKDIR /etc/clouddb-encryption-exporter
USER 65532:65532
EXPOSE 10043
# Only Node is needed. Where the exporter listens elsewhere, set HEALTHCHECK_URL.
ENV HEALTHCHECK_URL=http://127.0.0.1:10043/-/healthy
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(process.env.HEALTHCHECK_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
