import type { Context } from "hono";
import { reaches, roleOf, sees } from "./access.js";
import { message } from "./api-error.js";
import { authenticate } from "./authentication.js";
import { activeToken, basicCredentials } from "./basic-credentials.js";
import { type DeployToken, type Group, type Package, type Project, roles, type User } from "./entities.js";
import type { Environment } from "./environment.js";

/** Who asks the package registry: a deploy token, a user, or neither. */
export interface PackageCaller {
  readonly token: DeployToken | undefined;
  readonly user: User | undefined;
}

/**
 * `deploy_token_from_request`: as Basic password with any user name, as `Bearer`, or in `Deploy-Token`. One that does
 * not work is nobody as a password, and a 401 as `Bearer`.
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

/** `read_package`; a user who only sees the project is refused with 403. */
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

/** `read_group`: of a deploy token's groups only its own, none below. */
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

/** A registry's packages: a project's, or those of all projects below a group that the caller reads. */
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
