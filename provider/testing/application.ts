import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { ApiError, grapeError, message, notFound } from "./api-error.js";
import { containerRegistryRoutes } from "./container-registry-routes.js";
import { deployTokenRoutes } from "./deploy-token-routes.js";
import type { Environment } from "./environment.js";
import { gitHttpRoutes } from "./git-http-routes.js";
import { metaRoutes } from "./meta-routes.js";
import { npmRegistryRoutes } from "./npm-registry-routes.js";
import { ownerRoutes } from "./owner-routes.js";
import { pypiRegistryRoutes } from "./pypi-registry-routes.js";
import { variableRoutes } from "./variable-routes.js";

/** GitLab as one function from request to response. gateway.ts runs middlewares, the rate limit and faults first. */
export function application(environment: Environment): Hono {
  const site = new Hono({ strict: false });
  gitHttpRoutes(site, environment);
  containerRegistryRoutes(site, environment);
  const app = site.basePath("/api/v4");

  site.all("/api/v3/*", () => answer(grapeError(410, "API V3 is no longer supported. Use API V4 instead.")));

  deployTokenRoutes(app, environment);
  ownerRoutes(app, environment);
  variableRoutes(app, environment);
  metaRoutes(app, environment);
  npmRegistryRoutes(app, environment);
  pypiRegistryRoutes(app, environment);

  app.notFound(() => answer(notFound.route()));
  app.onError((error) => answer(error instanceof ApiError ? error : internal(error)));
  return app;
}

/** The headers of every response. */
export function commonHeaders(): Record<string, string> {
  const id = randomUUID().replaceAll("-", "");
  return {
    vary: "Origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "x-gitlab-meta": JSON.stringify({ correlation_id: id, version: "1" }),
    "x-request-id": id,
    "x-runtime": "0.010000",
  };
}

export function answer({ body, status, headers }: ApiError): Response {
  const json = typeof body !== "string";
  // `Response` adds a content type to a string, and GitLab's plain answers have none. Bytes prevent that.
  return new Response(new TextEncoder().encode(json ? JSON.stringify(body) : body), {
    status,
    headers: { ...(json ? { "content-type": "application/json" } : {}), ...headers },
  });
}

/** GitLab's answer to an exception. The emulator writes its own exceptions to stderr. */
function internal(error: unknown): ApiError {
  process.stderr.write(
    `The GitLab emulator failed: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return message(500, "500 Internal Server Error");
}
