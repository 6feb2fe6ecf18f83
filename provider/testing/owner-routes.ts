import type { Context, Hono } from "hono";
import { message } from "./api-error.js";
import { type Group, type Project, roles } from "./entities.js";
import { callerOf, type Environment, findOwner } from "./environment.js";
import { paginate, readPage } from "./pagination.js";
import { type Parameters, readBoolean, readParameters } from "./parameters.js";
import type { Owner } from "./store.js";

type Kind = "project" | "group";

/**
 * Projects and groups as far as clients of deploy tokens need them: read, list, create, rename, delete.
 *
 * @see https://docs.gitlab.com/api/projects/ and https://docs.gitlab.com/api/groups/
 */
export function ownerRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  for (const kind of ["project", "group"] as const) {
    const owners = (): Owner[] => [...(kind === "project" ? store.projects : store.groups).values()];

    app.get(`/${kind}s`, (context) => answerList(context, environment, owners));

    app.get(`/${kind}s/:id`, async (context) => {
      const { owner } = await find(context, environment, kind);
      return context.json(entity(owner, environment, context));
    });

    app.post(`/${kind}s`, async (context) => {
      const parameters = await readParameters(context.req);
      const { user } = callerOf(context, environment, parameters);
      if (user === undefined) throw message(401, "401 Unauthorized");
      const { path: given, name } = parameters;
      const path = String(given ?? name ?? "");
      if (path === "") throw message(400, "path is missing");
      const parent = String(parameters["namespace_id"] ?? parameters["parent_id"] ?? "");
      const group = parent === "" ? undefined : store.find("group", parent);
      if (parent !== "" && group === undefined) throw message(404, "404 Namespace Not Found");
      const full = `${group ? `${group.path}/` : kind === "project" ? `${user.username}/` : ""}${path}`;
      if (store.find(kind, full) !== undefined) throw message(400, "Path has already been taken");
      const visibility = parameters["visibility"] === "public" ? "public" : "private";
      const seed = { path: full, visibility, members: { [user.username]: "owner" } } as const;
      const owner = kind === "project" ? store.addProject(seed) : store.addGroup(seed);
      return context.json(entity(owner, environment, context), 201);
    });

    app.put(`/${kind}s/:id`, async (context) => {
      const { owner, parameters } = await find(context, environment, kind, roles.owner);
      const { path, name } = parameters;
      if (typeof path === "string")
        store.move(owner, [...owner.path.split("/").slice(0, -1), path].join("/"));
      if (typeof name === "string") owner.name = name;
      return context.json(entity(owner, environment, context));
    });

    app.delete(`/${kind}s/:id`, async (context) => {
      const { owner } = await find(context, environment, kind, roles.owner);
      store.delete(owner, environment.profile.cascades);
      return context.json({ message: "202 Accepted" }, 202);
    });
  }

  app.get("/groups/:id/projects", async (context) => {
    const { owner: group, parameters } = await find(context, environment, "group");
    const deep = readBoolean(parameters, "include_subgroups") === true;
    return answerList(context, environment, () => below([...store.projects.values()], group, deep));
  });

  for (const [route, deep] of [["subgroups", false] as const, ["descendant_groups", true] as const]) {
    app.get(`/groups/:id/${route}`, async (context) => {
      const { owner: group } = await find(context, environment, "group");
      return answerList(context, environment, () => below([...store.groups.values()], group, deep));
    });
  }
}

async function find(context: Context, environment: Environment, kind: Kind, role = 0) {
  const parameters = await readParameters(context.req);
  const caller = callerOf(context, environment, parameters);
  const owner = findOwner(context, environment, kind, context.req.param("id") ?? "", caller);
  if (environment.store.role(caller.user, owner) < role) throw message(403, "403 Forbidden");
  return { owner, parameters };
}

async function answerList(
  context: Context,
  environment: Environment,
  owners: () => Owner[],
): Promise<Response> {
  const query: Parameters = await readParameters(context.req);
  const page = readPage(query);
  const { user } = callerOf(context, environment, query);
  const search = String(query["search"] ?? "").toLowerCase();
  const member = readBoolean(query, "membership") === true || readBoolean(query, "owned") === true;
  const seen = owners().filter(
    (owner) =>
      environment.store.sees(user, owner) &&
      owner.path.toLowerCase().includes(search) &&
      (!member || environment.store.role(user, owner) > 0),
  );
  const items = paginate(context, seen, page, { ...query, ...context.req.param() });
  return context.json(items.map((owner) => entity(owner, environment, context)));
}

function below(owners: readonly Owner[], group: Owner, deep: boolean): Owner[] {
  const prefix = `${group.path}/`;
  return owners.filter(
    ({ path }) => path.startsWith(prefix) && (deep || !path.slice(prefix.length).includes("/")),
  );
}

function entity(owner: Owner, environment: Environment, context: Context): Record<string, unknown> {
  const url = `${new URL(context.req.url).origin}/${owner.kind === "group" ? "groups/" : ""}${owner.path}`;
  return owner.kind === "project" ? project(owner, environment, url) : group(owner, environment, url);
}

function project(owner: Project, { store }: Environment, url: string): Record<string, unknown> {
  const parentPath = owner.path.slice(0, owner.path.lastIndexOf("/"));
  const parent = store.find("group", parentPath);
  return {
    id: owner.id,
    description: null,
    name: owner.name,
    path: owner.path.slice(parentPath.length + 1),
    path_with_namespace: owner.path,
    default_branch: "main",
    visibility: owner.visibility,
    archived: owner.archived,
    web_url: url,
    http_url_to_repo: `${url}.git`,
    namespace: { id: parent?.id ?? 0, kind: parent ? "group" : "user", full_path: parentPath },
  };
}

function group(owner: Group, { store }: Environment, url: string): Record<string, unknown> {
  const parent = store.find("group", owner.path.slice(0, Math.max(0, owner.path.lastIndexOf("/"))));
  return {
    id: owner.id,
    web_url: url,
    name: owner.name,
    path: owner.path.slice(owner.path.lastIndexOf("/") + 1),
    description: "",
    visibility: owner.visibility,
    full_name: owner.path.split("/").join(" / "),
    full_path: owner.path,
    parent_id: parent?.id ?? null,
    archived: owner.archived,
  };
}
