import type { Context, Hono } from "hono";
import { roleOf, sees } from "./access.js";
import { ApiError, grapeError, message } from "./api-error.js";
import type { Caller, RouteAccess } from "./authentication.js";
import { today } from "./by-hand.js";
import { type Group, type Owner, roles, type User, type Visibility } from "./entities.js";
import { callerOf, type Environment, findOwner, signedIn } from "./environment.js";
import { ownerEntity } from "./owner-entities.js";
import { ownerListRoutes } from "./owner-lists.js";
import { type Parameters, readParameters } from "./parameters.js";
import { requirePermission } from "./permissions.js";

type Kind = "project" | "group";

/**
 * The routes of projects and groups that clients of deploy tokens need: read, list, create, rename and delete.
 *
 * @see https://docs.gitlab.com/api/projects/ and https://docs.gitlab.com/api/groups/
 */
export function ownerRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  ownerListRoutes(app, environment);
  for (const kind of ["project", "group"] as const) {
    app.get(`/${kind}s/:id`, async (context) => {
      const { owner, caller } = await find(context, environment, kind, 0, { fineGrained: true });
      requirePermission(store, caller, `read_${kind}`, owner);
      return context.json(ownerEntity(owner, environment));
    });

    app.post(`/${kind}s`, async (context) => {
      const parameters = await readParameters(context.req);
      const { name, path, visibility } = readNew(kind, parameters);
      const caller = callerOf(context, environment, parameters);
      const user = signedIn(caller);
      const parent = parentOf(kind, parameters, caller, environment);
      // A project without a group belongs to its user; a group without a parent is at the top.
      const above = parent?.path ?? (kind === "project" ? user.username : undefined);
      const full = above === undefined ? path : `${above}/${path}`;
      if (isTaken(full, environment)) throw taken(kind);
      const owner = create(kind, full, visibility, user, parent, environment);
      owner.name = name;
      return context.json(ownerEntity(owner, environment), 201);
    });

    app.put(`/${kind}s/:id`, async (context) => {
      const { owner, parameters } = await find(context, environment, kind, roles.maintainer);
      const { path, name } = parameters;
      if (typeof path === "string") {
        if (roleOf(store, callerOf(context, environment, parameters).user, owner) < roles.owner) {
          throw message(403, "403 Forbidden");
        }
        const full = [...owner.path.split("/").slice(0, -1), path].join("/");
        if (isTaken(full, environment) && full.toLowerCase() !== owner.path.toLowerCase()) throw taken(kind);
        const before = owner.name;
        store.move(owner, full);
        owner.name = before;
      }
      if (typeof name === "string") owner.name = name;
      return context.json(ownerEntity(owner, environment));
    });

    app.delete(`/${kind}s/:id`, async (context) => {
      const { owner, parameters } = await find(context, environment, kind, roles.owner);
      const { delayedDeletion, profile, clock } = environment;
      const atOnce = parameters["permanently_remove"] === true || parameters["permanently_remove"] === "true";
      if (!delayedDeletion || (owner.markedForDeletionOn !== null && atOnce)) {
        store.delete(owner, profile.cascades);
      } else if (owner.markedForDeletionOn === null) {
        store.scheduleDeletion(owner, today(clock.now()));
      } else {
        const marked = kind === "project" ? "Project" : "Group";
        throw message(400, `${marked} has already been marked for deletion`);
      }
      return context.json({ message: "202 Accepted" }, 202);
    });
  }
}

async function find(
  context: Context,
  environment: Environment,
  kind: Kind,
  role: number,
  access?: RouteAccess,
) {
  const parameters = await readParameters(context.req);
  const caller = callerOf(context, environment, parameters, access);
  const owner = findOwner(context, environment, kind, context.req.param("id") ?? "", caller);
  if (roleOf(environment.store, caller.user, owner) < role) throw message(403, "403 Forbidden");
  return { owner, parameters, caller };
}

function readNew(kind: Kind, parameters: Parameters): { name: string; path: string; visibility: Visibility } {
  const { name, path, visibility = "private" } = parameters;
  const missing = [name, path].every((each) => each === undefined);
  if (kind === "project" && missing) {
    throw grapeError(400, "name, path are missing, at least one parameter must be provided");
  }
  const needed = kind === "group" ? Object.entries({ name, path }) : [];
  const absent = needed.filter(([, value]) => value === undefined).map(([key]) => `${key} is missing`);
  if (absent.length > 0) throw grapeError(400, absent.join(", "));
  if (!(["public", "internal", "private"] as unknown[]).includes(visibility)) {
    throw grapeError(400, "visibility does not have a valid value");
  }
  const slug = String(path ?? name)
    .toLowerCase()
    .replaceAll(" ", "-");
  const chosenPath = path === undefined ? slug : String(path);
  return { name: String(name ?? path), path: chosenPath, visibility: visibility as Visibility };
}

function parentOf(
  kind: Kind,
  parameters: Parameters,
  { user }: Caller,
  { store }: Environment,
): Group | undefined {
  const id = parameters[kind === "project" ? "namespace_id" : "parent_id"];
  if (id === undefined || id === null || id === "") return undefined;
  const parent = store.find("group", String(id));
  if (parent === undefined || !sees(store, user, parent)) {
    throw message(404, kind === "project" ? "404 Namespace Not Found" : "404 Group Not Found");
  }
  // GitLab's defaults: a Developer creates projects, a Maintainer creates subgroups.
  const needed = kind === "project" ? roles.developer : roles.maintainer;
  if (roleOf(store, user, parent) < needed) throw message(403, "403 Forbidden");
  return parent;
}

function create(
  kind: Kind,
  path: string,
  visibility: Visibility,
  user: User,
  parent: Group | undefined,
  { store }: Environment,
): Owner {
  // The creator of a group becomes its owner. The creator of a project in a group keeps the role of the group.
  const members = kind === "group" || parent === undefined ? { [user.username]: "owner" as const } : {};
  const seed = { path, visibility, members };
  return kind === "project" ? store.addProject(seed) : store.addGroup(seed);
}

/** Projects, groups and users share one namespace of paths. */
function isTaken(path: string, { store }: Environment): boolean {
  return (
    store.find("project", path) !== undefined ||
    (!/^\d+$/.test(path) && store.find("group", path) !== undefined) ||
    store.users.some(({ username }) => username.toLowerCase() === path.toLowerCase())
  );
}

function taken(kind: Kind): ApiError {
  return kind === "project"
    ? new ApiError(400, { message: { name: ["has already been taken"], path: ["has already been taken"] } })
    : message(400, 'Failed to save group {:path=>["has already been taken"]}');
}
