import { spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import type { Context, Hono } from "hono";
import { reaches, sees } from "./access.js";
import { ApiError } from "./api-error.js";
import { accessDenied, basicCredentials, gitClient } from "./basic-credentials.js";
import type { DeployToken, Project } from "./entities.js";
import type { Environment } from "./environment.js";
import { gitEnvironment } from "./repositories.js";

const missing =
  "The project you were looking for could not be found or you don't have permission to view it.";

/**
 * Git over HTTP: Git's own `http-backend` answers `git clone` and `git fetch` with a deploy token. The routes refuse
 * pushes, as GitLab does for deploy tokens.
 *
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#clone-a-repository
 */
export function gitHttpRoutes(site: Hono, environment: Environment): void {
  site.on(["GET", "POST"], "/:path{.+\\.git/(?:info/refs|git-(?:upload|receive)-pack)}", (context) => {
    const [, path = "", action = ""] = /^(.+)\.git\/(.+)$/.exec(context.req.param("path")) ?? [];
    const service = action === "info/refs" ? context.req.query("service") : action;
    return serve(context, environment, path, action, service);
  });
}

/** Checks the caller, the token's scopes, the project and its repository, in GitLab's order. */
async function serve(
  context: Context,
  environment: Environment,
  path: string,
  action: string,
  service: string | undefined,
): Promise<Response> {
  const { store, repositories } = environment;
  const project = store.find("project", path) ?? store.findMoved(path);
  const visible = project !== undefined && sees(store, undefined, project);
  const token = callerOf(context, environment, project, visible && service === "git-upload-pack");
  const allowed = token === undefined || token.scopes.includes("read_repository");
  if (service === "git-upload-pack" && !allowed) throw plain(403, "You are not allowed to download code.");
  if (service === "git-receive-pack") throw plain(403, "You are not allowed to upload code.");
  if (service !== "git-upload-pack") {
    throw plain(403, "The command you're trying to execute is not allowed.");
  }
  if (project === undefined) throw plain(404, missing);
  const folder = repositories.folder(project);
  if (folder === undefined) throw plain(404, "A repository for this project does not exist yet.");
  return backend(context, folder, action);
}

/** Answers 401 to every token that does not work for the project, so that no response reveals which projects exist. */
function callerOf(
  context: Context,
  environment: Environment,
  project: Project | undefined,
  open: boolean,
): DeployToken | undefined {
  const given = basicCredentials(context.req.header("authorization"));
  if (given === undefined && open) return undefined;
  const token = given === undefined ? undefined : gitClient(environment, given);
  const isOff = project?.repositoryEnabled === false;
  if (
    token !== undefined &&
    !isOff &&
    (project === undefined || reaches(environment.store, token, project))
  ) {
    return token;
  }
  throw plain(401, accessDenied(environment, "git"), { "www-authenticate": 'Basic realm="GitLab"' });
}

function plain(status: number, text: string, headers: Record<string, string> = {}): ApiError {
  return new ApiError(status, text, { "content-type": "text/plain; charset=utf-8", ...headers });
}

/** https://git-scm.com/docs/git-http-backend */
async function backend(context: Context, folder: string, action: string): Promise<Response> {
  const { req } = context;
  const body = Buffer.from(await req.arrayBuffer());
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...gitEnvironment,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_PROTOCOL: req.header("git-protocol"),
      GIT_PROJECT_ROOT: folder,
      PATH_INFO: `/${action}`,
      REQUEST_METHOD: req.method,
      QUERY_STRING: new URL(req.url).search.slice(1),
      CONTENT_TYPE: req.header("content-type"),
      HTTP_CONTENT_ENCODING: req.header("content-encoding"),
    },
  });
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  child.stdin.on("error", () => undefined).end(body);
  const output = await Promise.race([buffer(child.stdout), failed]);
  const end = output.indexOf("\r\n\r\n");
  const headers = new Headers();
  for (const line of output.toString("latin1", 0, Math.max(0, end)).split("\r\n")) {
    const [name = "", value = ""] = line.split(/: (.*)/s);
    if (name !== "") headers.set(name, value);
  }
  const status = Number.parseInt(headers.get("status") ?? "200", 10);
  headers.delete("status");
  return new Response(output.subarray(end + 4), { status: end < 0 ? 500 : status, headers });
}
