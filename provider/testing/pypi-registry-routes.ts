import { createHash } from "node:crypto";
import type { Context, Hono } from "hono";
import { ApiError, message } from "./api-error.js";
import type { Group, Project } from "./entities.js";
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
 * The PyPI registry of a project and of a group, read-only. A missing package answers 404. Requests are not forwarded
 * to the public registry.
 *
 * @see https://docs.gitlab.com/api/packages/pypi/
 */
export function pypiRegistryRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  for (const [kind, path] of [
    ["project", "/projects/:id/packages/pypi"],
    ["group", "/groups/:id/-/packages/pypi"],
  ] as const) {
    app.get(`${path}/:rest{(?:simple|files)(?:/.*)?}`, (context) => {
      const owner = store.find(kind, context.req.param("id"));
      // GitLab looks up the project or group before it identifies the caller.
      if (owner === undefined) throw message(404, "404 Not Found");
      const caller = packageCaller(context, environment);
      const reads =
        owner.kind === "project"
          ? readsPackages(environment, caller, owner)
          : readsGroup(environment, caller, owner);
      if (!reads) throw isAnonymous(caller) ? unauthorized() : message(404, "404 Not Found");
      return answer(context, packagesOf(environment, caller, "pypi", owner), owner, environment);
    });
  }
}

function unauthorized(): ApiError {
  const headers = { "www-authenticate": 'Basic realm="GitLab Packages Registry"' };
  return new ApiError(401, { message: "401 Unauthorized" }, headers);
}

function answer(
  context: Context,
  packages: readonly PublishedPackage[],
  owner: Project | Group,
  { externalUrl }: Environment,
): Response | Promise<Response> {
  const [what, first = "", second] = (context.req.param("rest") ?? "").split("/");
  if (what === "files") {
    const file = packages.find((each) => sha256(each) === first && each.fileName === second);
    if (file === undefined) throw message(404, "404 Package Not Found");
    return download(file.content, file.fileName);
  }
  const base = `${externalUrl()}/api/v4/${owner.kind}s/${owner.id}/${owner.kind === "group" ? "-/" : ""}packages/pypi`;
  const found = packages.filter(({ name }) => first === "" || normalized(name) === normalized(first));
  if (first !== "" && found.length === 0) throw message(404, "404 Package Not Found");
  const links = found.map((each) => {
    const hash = sha256(each);
    const file = `${base}/files/${hash}/${each.fileName}#sha256=${hash}`;
    return first === ""
      ? `<a href="${base}/simple/${normalized(each.name)}">${each.name}</a>`
      : `<a href="${file}">${each.fileName}</a>`;
  });
  const title = `Links for ${found[0]?.name ?? owner.name}`;
  return context.html(
    `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1>${links.join("")}</body></html>`,
  );
}

/** https://peps.python.org/pep-0503/#normalized-names */
function normalized(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

function sha256({ content }: PublishedPackage): string {
  return createHash("sha256").update(content).digest("hex");
}
