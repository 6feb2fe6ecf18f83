import type { Hono } from "hono";
import { message } from "./api-error.js";
import { callerOf, type Environment, isAdmin } from "./environment.js";
import { readParameters } from "./parameters.js";

/** What API clients ask around their work: who am I, which GitLab is this. */
export function metaRoutes(app: Hono, environment: Environment): void {
  app.get("/user", async (context) => {
    const { user } = callerOf(context, environment, await readParameters(context.req));
    if (user === undefined) throw message(401, "401 Unauthorized");
    const { id, username, admin } = user;
    return context.json({
      id,
      username,
      name: username,
      state: "active",
      ...(admin ? { is_admin: true } : {}),
    });
  });

  app.get("/version", async (context) => {
    const { user } = callerOf(context, environment, await readParameters(context.req));
    if (user === undefined) throw message(401, "401 Unauthorized");
    return context.json({ version: environment.profile.version, revision: "0123456789a" });
  });

  app.get("/license", async (context) => {
    const caller = callerOf(context, environment, await readParameters(context.req));
    if (caller.user === undefined) throw message(401, "401 Unauthorized");
    if (!isAdmin(caller, environment)) throw message(403, "403 Forbidden");
    return context.json({ id: 1, plan: "free", expired: false });
  });
}
