import type { Hono } from "hono";
import { callerOf, type Environment, requireAdmin, signedIn } from "./environment.js";
import { readParameters } from "./parameters.js";

/** What API clients ask around their work: who am I, which GitLab is this. */
export function metaRoutes(app: Hono, environment: Environment): void {
  app.get("/user", async (context) => {
    const caller = callerOf(context, environment, await readParameters(context.req), ["read_user"]);
    const { id, username } = signedIn(caller);
    // Also without Admin Mode's scope: it is said of the user, not of the request.
    const admin = caller.token?.user.admin === true ? { is_admin: true } : {};
    const web_url = `${environment.externalUrl()}/${username}`;
    return context.json({ id, username, name: username, state: "active", web_url, ...admin });
  });

  app.get("/version", async (context) => {
    signedIn(callerOf(context, environment, await readParameters(context.req), ["read_user"]));
    return context.json({ version: environment.profile.version, revision: "0123456789a" });
  });

  app.get("/license", async (context) => {
    requireAdmin(callerOf(context, environment, await readParameters(context.req)));
    return context.json({ id: 1, plan: "free", expired: false });
  });
}
