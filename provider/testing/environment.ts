import type { Context } from "hono";
import { ApiError, message, notFound } from "./api-error.js";
import { authenticate, type Caller, credentialOf } from "./authentication.js";
import type { Clock } from "./clock.js";
import { roles } from "./entities.js";
import type { Parameters } from "./parameters.js";
import type { Profile } from "./profiles.js";
import type { Owner, Store } from "./store.js";

/** What the routes work on. */
export interface Environment {
  readonly store: Store;
  readonly clock: Clock;
  readonly profile: Profile;
  /** Whether administrators need the scope `admin_mode`. */
  readonly adminMode: boolean;
  /** 12.9's feature flag `deploy_tokens_api`. */
  readonly deployTokensApi: boolean;
}

export function callerOf(context: Context, { store }: Environment, parameters: Parameters): Caller {
  return authenticate(store, credentialOf(context.req, parameters), context.req.method);
}

export function isAdmin({ user, token }: Caller, { adminMode }: Environment): boolean {
  return user?.admin === true && (!adminMode || token?.scopes.includes("admin_mode") === true);
}

/** `find_project!` and `find_group!`: 404 for what one cannot see, 301 or 405 at a project's old path. */
export function findOwner(
  context: Context,
  environment: Environment,
  kind: "project" | "group",
  id: string,
  caller: Caller,
): Owner {
  const { store, profile } = environment;
  const owner = store.find(kind, id);
  if (owner !== undefined && store.sees(caller.user, owner)) return owner;
  const moved = kind === "project" && profile.redirectsMoved ? store.findMoved(id) : undefined;
  if (moved === undefined || owner !== undefined || !store.sees(caller.user, moved)) throw notFound[kind]();
  throw movedProject(context, id, moved.id);
}

function movedProject(context: Context, path: string, id: number): ApiError {
  if (context.req.method !== "GET" && context.req.method !== "HEAD") {
    return message(405, "Non GET methods are not allowed for moved projects");
  }
  const url = new URL(context.req.url);
  const rest = url.pathname.slice(`/api/v4/projects/${encodeURIComponent(path)}`.length);
  const location = `${url.origin}/api/v4/projects/${id}${rest}${url.search}`;
  return new ApiError(301, `This resource has been moved permanently to ${location}`, { location });
}

/** 403 where the role is too low; an archived group's tokens can be read, not written. */
export function authorize(
  owner: Owner,
  caller: Caller,
  writes: boolean,
  { store, profile }: Environment,
): void {
  const groupWrite = owner.kind === "group" && writes && !profile.maintainersWriteGroups;
  const needed = groupWrite ? roles.owner : roles.maintainer;
  const closed = owner.kind === "group" && owner.archived && writes;
  if (closed || store.role(caller.user, owner) < needed) throw message(403, "403 Forbidden");
}
