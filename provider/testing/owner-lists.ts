import type { Context, Hono } from "hono";
import { membership, roleOf, sees } from "./access.js";
import { grapeError, notFound } from "./api-error.js";
import { type Owner, roles } from "./entities.js";
import { callerOf, type Environment, findOwner } from "./environment.js";
import { ownerEntity } from "./owner-entities.js";
import { paginate, readPage } from "./pagination.js";
import { type Parameters, readBoolean, readInteger, readParameters } from "./parameters.js";

/** Paginated lists of the projects and groups that the caller sees. */
export function ownerListRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  const projects = () => [...store.projects.values()];
  const groups = () => [...store.groups.values()];

  app.get("/projects", async (context) =>
    list(context, environment, await readParameters(context.req), projects(), "created_at"),
  );
  app.get("/groups", async (context) =>
    list(context, environment, await readParameters(context.req), groups(), "name"),
  );

  app.get("/users/:user/projects", async (context) => {
    const query = await readParameters(context.req);
    callerOf(context, environment, query);
    const owned = projectsOf(environment, context.req.param("user"));
    return list(context, environment, query, owned, "created_at");
  });

  const inGroup = (
    path: string,
    owners: () => Owner[],
    order: Order,
    isDeep: (query: Parameters) => boolean,
  ) =>
    app.get(`/groups/:id/${path}`, async (context) => {
      const query = await readParameters(context.req);
      const deep = isDeep(query);
      const caller = callerOf(context, environment, query);
      const group = findOwner(context, environment, "group", context.req.param("id") ?? "", caller);
      return list(context, environment, query, below(owners(), group, deep), order);
    });
  inGroup("projects", projects, "created_at", (query) => readBoolean(query, "include_subgroups") === true);
  inGroup("subgroups", groups, "name", () => false);
  if (environment.profile.listsDescendants) inGroup("descendant_groups", groups, "name", () => true);
}

type Order = "id" | "name" | "path" | "created_at";

function list(
  context: Context,
  environment: Environment,
  query: Parameters,
  owners: readonly Owner[],
  defaultOrder: Order,
): Response {
  const { store } = environment;
  const page = readPage(query);
  const atLeast = readInteger(query, "min_access_level");
  const after = readInteger(query, "id_after") ?? 0;
  const mine = readBoolean(query, "membership") === true;
  const owned = readBoolean(query, "owned") === true;
  const order = readChoice(query, "order_by", ["id", "name", "path", "created_at"], defaultOrder);
  // Newest first for projects, alphabetical for groups.
  const sort = readChoice(query, "sort", ["asc", "desc"], defaultOrder === "name" ? "asc" : "desc");
  const { user } = callerOf(context, environment, query);
  const search = String(query["search"] ?? "").toLowerCase();
  const needed = Math.max(owned ? roles.owner : 0, mine ? 1 : 0, atLeast ?? 0);
  const seen = owners
    .filter(
      (owner) =>
        sees(store, user, owner) &&
        (owner.kind === "group" || owner.id > after) &&
        owner.path.toLowerCase().includes(search) &&
        (needed === 0 || (mine || owned ? membership : roleOf)(store, user, owner) >= needed),
    )
    .sort((a, b) => compare(a, b, order) * (sort === "asc" ? 1 : -1));
  const parameters = { ...query, ...context.req.param() };
  const items = paginate(context, seen, page, parameters, environment.externalUrl());
  return context.json(items.map((owner) => ownerEntity(owner, environment)));
}

function readChoice<T extends string>(
  query: Parameters,
  name: string,
  choices: readonly T[],
  otherwise: T,
): T {
  const value = query[name];
  if (value === undefined) return otherwise;
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw grapeError(400, `${name} does not have a valid value`);
  return choice;
}

function compare(a: Owner, b: Owner, order: Order): number {
  const byId = a.id - b.id;
  if (order === "id" || order === "created_at") return byId;
  return a[order].localeCompare(b[order], "en") || byId;
}

/** The projects in a user's own namespace. The user is given by name or id. */
function projectsOf({ store }: Environment, given: string): Owner[] {
  const user = /^\d+$/.test(given)
    ? store.users.find(({ id }) => id === Number(given))
    : store.users.find(({ username }) => username.toLowerCase() === given.toLowerCase());
  if (user === undefined) throw notFound.user();
  return [...store.projects.values()].filter(({ path }) => path.startsWith(`${user.username}/`));
}

function below(owners: readonly Owner[], group: Owner, deep: boolean): Owner[] {
  const prefix = `${group.path}/`;
  return owners.filter(
    ({ path }) => path.startsWith(prefix) && (deep || !path.slice(prefix.length).includes("/")),
  );
}
