import { Hono } from "hono";
import { ApiError, message, notFound } from "./api-error.js";
import { deployTokenRoutes } from "./deploy-token-routes.js";
import type { Environment } from "./environment.js";
import { metaRoutes } from "./meta-routes.js";
import { ownerRoutes } from "./owner-routes.js";

export interface Modes {
  /** Writes answer 503. https://docs.gitlab.com/administration/maintenance_mode/ */
  maintenance: boolean;
  /** Writes answer 403, or a redirect where their content type is not JSON. */
  readOnly: boolean;
}

const verbs: Readonly<Record<string, string>> = {
  "/deploy_tokens": "OPTIONS, GET, HEAD",
  collection: "OPTIONS, GET, HEAD, POST",
  item: "OPTIONS, GET, HEAD, DELETE",
};

/** GitLab's API as one function from request to response; what is before it (rate limit, faults) is in start.ts. */
export function application(environment: Environment, modes: Modes): Hono {
  const app = new Hono({ strict: false }).basePath("/api/v4");

  app.use("*", async (context, next) => {
    const { method } = context.req;
    const writes = !["GET", "HEAD", "OPTIONS"].includes(method);
    if (writes && modes.maintenance) throw message(503, "GitLab Maintenance: system is in maintenance mode");
    if (writes && modes.readOnly) throw readOnly(context.req.header("content-type"), context.req.url);
    await next();
    context.header("X-Frame-Options", "SAMEORIGIN");
    context.header("X-Content-Type-Options", "nosniff");
    if (context.res.headers.get("content-type")?.startsWith("application/json")) {
      context.header("Content-Type", "application/json");
    }
  });

  deployTokenRoutes(app, environment);
  ownerRoutes(app, environment);
  metaRoutes(app, environment);

  app.options("/deploy_tokens", (context) =>
    context.body(null, 204, { Allow: String(verbs["/deploy_tokens"]) }),
  );
  for (const kind of ["projects", "groups"]) {
    app.options(`/${kind}/:id/deploy_tokens`, (context) =>
      context.body(null, 204, { Allow: String(verbs["collection"]) }),
    );
    app.options(`/${kind}/:id/deploy_tokens/:token_id`, (context) =>
      context.body(null, 204, { Allow: String(verbs["item"]) }),
    );
  }
  app.notFound((context) => context.json(notFound.route().body as object, 404));
  app.onError((error) => {
    if (!(error instanceof ApiError)) throw error;
    const json = typeof error.body !== "string";
    // Bytes: a string would bring a content type along, which GitLab's plain answers have not.
    return new Response(new TextEncoder().encode(json ? JSON.stringify(error.body) : String(error.body)), {
      status: error.status,
      headers: { ...(json ? { "content-type": "application/json" } : {}), ...error.headers },
    });
  });
  return app;
}

function readOnly(contentType: string | undefined, url: string): ApiError {
  if (contentType?.startsWith("application/json")) {
    return message(403, "You cannot perform write operations on a read-only instance");
  }
  return new ApiError(301, "", { location: `${new URL(url).origin}/` });
}
