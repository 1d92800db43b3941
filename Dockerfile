# syntax=docker/dockerfile:1

# The service runs TypeScript as it is: there is nothing to compile, only packages and the database client.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The package "node" brings Node 24 to machines that have an older one. The image has it already: 120 MB less.
RUN npm ci --omit=dev && rm -rf node_modules/node node_modules/.bin/node
COPY prisma.config.ts ./
COPY prisma ./prisma
RUN node node_modules/prisma/build/index.js generate
COPY src ./src
COPY migrations-backfill ./migrations-backfill
COPY openapi ./openapi

FROM node:24-slim
# MODE: tokens of the operators or of an issuer only. The placeholder token of development opens nothing here.
ENV NODE_ENV=production \
    MODE=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    WORKER_PORT=3001 \
    DATA_DIR=/data
WORKDIR /app
# /data is used by the embedded PostgreSQL only, when DATABASE_URL is not set.
RUN mkdir /data && chown node:node /data
COPY --from=build --chown=root:root /app ./
USER node
VOLUME /data
EXPOSE 3000
# A process with ROLE=worker tells its health on a port of its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "const { ROLE, PORT, WORKER_PORT } = process.env; fetch(`http://127.0.0.1:${ROLE === 'worker' ? WORKER_PORT : PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "src/main/start.ts"]
