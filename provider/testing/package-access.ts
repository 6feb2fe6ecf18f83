import type { Context } from "hono";
import { reaches, roleOf, sees } from "./access.js";
import { message } from "./api-error.js";
import { authenticate } from "./authentication.js";
import { activeToken, basicCredentials } from "./basic-credentials.js";
import { type DeployToken, type Group, type Package, type Project, roles, type User } from "./entities.js";
import type { Environment } from "./environment.js";

/** The caller of a package registry: a deploy token, a user, or neither. */
interface PackageCaller {
  readonly token: DeployToken | undefined;
  readonly user: User | undefined;
}

/**
 * `deploy_token_from_request`: reads a deploy token from a Basic password with any user name, from `Bearer` or from
 * `Deploy-Token`. With an unknown password the caller is anonymous. An unknown `Bearer` answers 401.
 */
export function packageCaller(context: Context, environment: Environment): PackageCaller {
  const { req } = context;
  const authorization = req.header("authorization");
  const basic = basicCredentials(authorization);
  const [, bearer] = /^Bearer\s+(.+)$/i.exec(authorization ?? "") ?? [];
  const token = activeToken(environment, basic?.password ?? req.header("deploy-token") ?? bearer);
  const user = token === undefined ? authenticate(environment.store, req, req.query()).user : undefined;
  return { token, user };
}

const packageScopes = new Set(["read_package_registry", "write_package_registry"]);

function isForPackages(token: DeployToken): boolean {
  return token.scopes.some((scope) => packageScopes.has(scope));
}

/** `read_package`: answers 403 to a user who sees the project and has no role in it. */
export function readsPackages(
  { store }: Environment,
  { token, user }: PackageCaller,
  project: Project | undefined,
): project is Project {
  if (project === undefined) return false;
  if (token !== undefined && isForPackages(token) && reaches(store, token, project)) return true;
  if (!sees(store, user, project)) return false;
  const member = roleOf(store, user, project);
  if (project.visibility !== "private" || member >= roles.reporter) return true;
  throw message(403, "403 Forbidden");
}

/** `read_group`: a deploy token reads its own group, and no group below. */
export function readsGroup(
  { store }: Environment,
  { token, user }: PackageCaller,
  group: Group | undefined,
): group is Group {
  if (group === undefined) return false;
  const own = token?.kind === "group" && token.ownerId === group.id && isForPackages(token);
  return own || sees(store, user, group);
}

export interface PublishedPackage extends Package {
  readonly project: Project;
}

/** The packages of a project, or of all projects below a group that the caller reads. */
export function packagesOf(
  environment: Environment,
  caller: PackageCaller,
  type: Package["type"],
  owner: Project | Group,
): PublishedPackage[] {
  const projects =
    owner.kind === "project"
      ? [owner]
      : [...environment.store.projects.values()].filter(
          (each) => each.path.startsWith(`${owner.path}/`) && readsPackages(environment, caller, each),
        );
  return projects.flatMap((project) =>
    project.packages.filter((each) => each.type === type).map((each) => ({ ...each, project })),
  );
}

export function isAnonymous({ token, user }: PackageCaller): boolean {
  return token === undefined && user === undefined;
}

export function download(content: Buffer, fileName: string): Response {
  return new Response(content, {
    headers: {
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${fileName}"`,
    },
  });
}
