import type { Hono } from "hono";
import { callerOf, type Environment, requireAdmin, signedIn } from "./environment.js";
import { readParameters } from "./parameters.js";

/** The routes that return a client's user and GitLab's version. */
export function metaRoutes(app: Hono, environment: Environment): void {
  app.get("/user", async (context) => {
    const caller = callerOf(context, environment, await readParameters(context.req), {
      scopes: ["read_user"],
    });
    const { id, username } = signedIn(caller);
    // `is_admin` describes the user, so GitLab returns it without the scope of Admin Mode too.
    const admin = caller.token?.user.admin === true ? { is_admin: true } : {};
    const web_url = `${environment.externalUrl()}/${username}`;
    return context.json({ id, username, name: username, state: "active", web_url, ...admin });
  });

  app.get("/version", async (context) => {
    signedIn(callerOf(context, environment, await readParameters(context.req), { scopes: ["read_user"] }));
    return context.json({ version: environment.profile.version, revision: "0123456789a" });
  });

  app.get("/license", async (context) => {
    requireAdmin(callerOf(context, environment, await readParameters(context.req)));
    return context.json({ id: 1, plan: "free", expired: false });
  });
}
