import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import { message, notFound } from "./api-error.js";
import type { Environment } from "./environment.js";
import {
  download,
  isAnonymous,
  type PublishedPackage,
  packageCaller,
  packagesOf,
  readsGroup,
  readsPackages,
} from "./package-access.js";

/**
 * The npm registry of a project and of a group, read-only. A missing package answers 404. Requests are not forwarded
 * to the public registry.
 *
 * @see https://docs.gitlab.com/api/packages/npm/
 */
export function npmRegistryRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  const param = (context: Context, name: string) => context.req.param(name) ?? "";

  app.get("/projects/:id/packages/npm/:rest{.+}", (context) => {
    const caller = packageCaller(context, environment);
    const project = store.find("project", param(context, "id"));
    const [name = "", fileName] = param(context, "rest").split("/-/");
    if (!readsPackages(environment, caller, project)) {
      // Only the metadata route asks an anonymous client for credentials.
      const asks = fileName === undefined && isAnonymous(caller);
      throw asks ? message(401, "401 Unauthorized") : notFound.project();
    }
    const found = packagesOf(environment, caller, "npm", project).filter((each) => each.name === name);
    if (fileName === undefined) return context.json(metadata(name, found, environment));
    const file = found.find((each) => each.fileName === fileName);
    if (file === undefined) throw message(404, "404 Package Not Found");
    return download(file.content, fileName);
  });

  app.get("/groups/:id/-/packages/npm/:name{.+}", (context) => {
    const caller = packageCaller(context, environment);
    const group = store.find("group", param(context, "id"));
    if (!readsGroup(environment, caller, group)) throw notFound.group();
    const name = param(context, "name");
    const found = packagesOf(environment, caller, "npm", group).filter((each) => each.name === name);
    return context.json(metadata(name, found, environment));
  });
}

function metadata(name: string, found: readonly PublishedPackage[], { externalUrl }: Environment): object {
  const latest = found.at(-1)?.version;
  if (latest === undefined) throw message(404, "404 Packages Not Found");
  const versions = found.map(({ version, project, fileName, content }) => {
    // A group's registry links to the project's address too.
    const tarball = `${externalUrl()}/api/v4/projects/${project.id}/packages/npm/${name}/-/${fileName}`;
    const shasum = createHash("sha1").update(content).digest("hex");
    return [version, { name, version, dist: { shasum, tarball } }];
  });
  return { name, versions: Object.fromEntries(versions), "dist-tags": { latest } };
}
