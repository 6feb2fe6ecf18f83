import type { Context } from "hono";
import { isArchived, roleOf, sees } from "./access.js";
import { ApiError, message, notFound } from "./api-error.js";
import { authenticate, type Caller, type RouteAccess } from "./authentication.js";
import type { Clock } from "./clock.js";
import { type Owner, roles } from "./entities.js";
import type { Parameters } from "./parameters.js";
import { requirePermission } from "./permissions.js";
import type { Profile } from "./profiles.js";
import type { Repositories } from "./repositories.js";
import type { Store } from "./store.js";

/** The data and settings that all routes share. */
export interface Environment {
  readonly store: Store;
  readonly clock: Clock;
  readonly profile: Profile;
  /** GitLab's configured address (`external_url`), independent of the Host header. */
  readonly externalUrl: () => string;
  /** The prefix of a deploy token's value. */
  readonly tokenPrefix: string;
  /** Whether administrators need the scope `admin_mode`. */
  readonly adminMode: boolean;
  /** Whether a DELETE of a project or group marks it for deletion first. */
  readonly delayedDeletion: boolean;
  readonly repositories: Repositories;
  /** 12.9's feature flag `deploy_tokens_api`. */
  readonly deployTokensApi: boolean;
}

/** The caller. In Admin Mode, an administrator without its scope is a user like any other. */
export function callerOf(
  context: Context,
  { store, adminMode }: Environment,
  parameters: Parameters,
  access?: RouteAccess,
): Caller {
  const caller = authenticate(store, context.req, parameters, access);
  if (!adminMode || caller.user === undefined || caller.token?.scopes.includes("admin_mode")) return caller;
  return { ...caller, user: { ...caller.user, admin: false } };
}

/** The caller of a route that refuses anonymous requests. */
export function signedIn(caller: Caller): NonNullable<Caller["user"]> {
  if (caller.user === undefined) throw message(401, "401 Unauthorized");
  return caller.user;
}

/** `authenticated_as_admin!` */
export function requireAdmin(caller: Caller): void {
  if (!signedIn(caller).admin) throw message(403, "403 Forbidden");
}

/** `find_project!` and `find_group!`: 404 for an invisible owner, 301 or 405 at a project's old path. */
export function findOwner(
  context: Context,
  environment: Environment,
  kind: "project" | "group",
  id: string,
  caller: Caller,
): Owner {
  const { store, profile } = environment;
  const owner = store.find(kind, id);
  if (owner !== undefined && sees(store, caller.user, owner)) return owner;
  const moved = kind === "project" && profile.redirectsMoved ? store.findMoved(id) : undefined;
  if (moved === undefined || owner !== undefined || !sees(store, caller.user, moved)) throw notFound[kind]();
  throw movedProject(context, moved.id);
}

function movedProject(context: Context, id: number): ApiError {
  // Like GitLab's `request.get?`, this leaves HEAD out.
  if (context.req.method !== "GET") {
    return message(405, "Non GET methods are not allowed for moved projects");
  }
  const url = new URL(context.req.url);
  const rest = url.pathname.replace(/^\/api\/v4\/projects\/[^/]+/, "");
  const location = `${url.origin}/api/v4/projects/${id}${rest}${url.search}`;
  return new ApiError(301, `This resource has been moved permanently to ${location}`, { location });
}

export type Ability = "read" | "create" | "destroy";

const permissions = {
  read: "read_deploy_token",
  create: "create_deploy_token",
  destroy: "delete_deploy_token",
} as const;

/** 403 for a missing permission, then for a low role. The tokens of archived groups can be read, not written. */
export function authorize(
  owner: Owner,
  caller: Caller,
  ability: Ability,
  { store, profile }: Environment,
): void {
  requirePermission(store, caller, permissions[ability], owner);
  const groupWrite = owner.kind === "group" && ability !== "read";
  const needed = groupWrite && !profile.maintainersWriteGroups ? roles.owner : roles.maintainer;
  const closed = groupWrite && (isArchived(store, owner) || (owner.overLimit && ability === "create"));
  if (closed || roleOf(store, caller.user, owner) < needed) throw message(403, "403 Forbidden");
}
