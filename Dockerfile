# Builds stepward from this checkout; docker-compose.yml shows it at work.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/cli/bin.js ./cli/bin.js
COPY --from=build /app/package.json /app/LICENSE ./
RUN ln -s /app/cli/bin.js /usr/local/bin/stepward && install -d -o node -g node -m 0700 /var/lib/stepward
USER node
VOLUME /var/lib/stepward
EXPOSE 6432 6433
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:6433/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["stepward"]
CMD ["serve", "--config", "/etc/stepward/stepward.yaml"]
