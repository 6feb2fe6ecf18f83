import { randomUUID } from "node:crypto";
import { type Context, Hono } from "hono";
import { ApiError, message, notFound } from "./api-error.js";
import { deployTokenRoutes } from "./deploy-token-routes.js";
import type { Environment } from "./environment.js";
import { gitDoor } from "./git-door.js";
import { metaRoutes } from "./meta-routes.js";
import { npmDoor } from "./npm-door.js";
import { ownerRoutes } from "./owner-routes.js";
import { pypiDoor } from "./pypi-door.js";
import { registryDoor } from "./registry-door.js";
import { variableRoutes } from "./variable-routes.js";

/** States of the whole instance, off until they are set. */
export interface Modes {
  /** Writes answer 503. https://docs.gitlab.com/administration/maintenance_mode/ */
  maintenance: boolean;
  /** Writes answer 403, or a redirect where their content type is not JSON. */
  readOnly: boolean;
}

/** GitLab's API as one function from request to response; what is before it (rate limit, faults) is in start.ts. */
export function application(environment: Environment, modes: Modes): Hono {
  const site = new Hono({ strict: false });
  gitDoor(site, environment);
  registryDoor(site, environment);
  const app = site.basePath("/api/v4");

  app.use("*", async (context, next) => {
    const { method } = context.req;
    const writes = !["GET", "HEAD", "OPTIONS"].includes(method);
    if (writes && modes.maintenance) {
      throw unwritable(context, message(503, "GitLab Maintenance: system is in maintenance mode"));
    }
    if (writes && modes.readOnly) {
      throw unwritable(context, message(403, "You cannot perform write operations on a read-only instance"));
    }
    await next();
  });

  deployTokenRoutes(app, environment);
  ownerRoutes(app, environment);
  variableRoutes(app, environment);
  metaRoutes(app, environment);
  npmDoor(app, environment);
  pypiDoor(app, environment);

  const options = (path: string, ...verbs: string[]) =>
    app.options(path, (context) => context.body(null, 204, { Allow: ["OPTIONS", ...verbs].join(", ") }));
  options("/deploy_tokens", "GET", "HEAD");
  const item = environment.profile.getsOne ? ["GET", "HEAD", "DELETE"] : ["DELETE"];
  for (const kind of ["projects", "groups"]) {
    options(`/${kind}/:id/deploy_tokens`, "GET", "HEAD", "POST");
    options(`/${kind}/:id/deploy_tokens/:token_id`, ...item);
  }

  app.notFound(() => answer(notFound.route()));
  app.onError((error) => answer(error instanceof ApiError ? error : internal(error)));
  return app;
}

/** What is on every answer of the API. */
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

function answer({ body, status, headers }: ApiError): Response {
  const json = typeof body !== "string";
  // Bytes: a string would bring a content type along, which GitLab's plain answers have not.
  return new Response(new TextEncoder().encode(json ? JSON.stringify(body) : body), {
    status,
    headers: { ...(json ? { "content-type": "application/json" } : {}), ...headers },
  });
}

/** As GitLab answers its own exceptions; the emulator's are told on stderr, where they are found. */
function internal(error: unknown): ApiError {
  process.stderr.write(`GitLab's stand-in failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  return message(500, "500 Internal Server Error");
}

/** To JSON a refusal; to everything else a redirect to where a browser would have come from. */
function unwritable(context: Context, refusal: ApiError): ApiError {
  if (context.req.header("content-type")?.split(";")[0]?.trim() === "application/json") return refusal;
  const location = context.req.header("referer") ?? `${new URL(context.req.url).origin}/`;
  return new ApiError(301, "", { location });
}
