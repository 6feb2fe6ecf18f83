import type { Group, Owner, Project } from "./entities.js";
import type { Environment } from "./environment.js";

/** `API::Entities::Project` and `API::Entities::Group`: their main fields. */
export function ownerEntity(owner: Owner, environment: Environment): Record<string, unknown> {
  return owner.kind === "project" ? project(owner, environment) : group(owner, environment);
}

function project(owner: Project, { store, externalUrl }: Environment): Record<string, unknown> {
  const { parentPath, path } = split(owner);
  const parent = store.find("group", parentPath);
  const user = store.users.find(({ username }) => username === parentPath);
  const url = `${externalUrl()}/${owner.path}`;
  return {
    id: owner.id,
    description: null,
    name: owner.name,
    name_with_namespace: [...parentPath.split("/"), owner.name].join(" / "),
    path,
    path_with_namespace: owner.path,
    default_branch: "main",
    web_url: url,
    http_url_to_repo: `${url}.git`,
    visibility: owner.visibility,
    archived: owner.archived,
    marked_for_deletion_at: owner.markedForDeletionOn,
    marked_for_deletion_on: owner.markedForDeletionOn,
    namespace: {
      // Users and groups share a sequence in GitLab. Here the id of a user's namespace is negative.
      id: parent?.id ?? -(user?.id ?? 0),
      kind: parent ? "group" : "user",
      path: parentPath.slice(parentPath.lastIndexOf("/") + 1),
      full_path: parentPath,
    },
  };
}

function group(owner: Group, { store, externalUrl }: Environment): Record<string, unknown> {
  const { parentPath, path } = split(owner);
  return {
    id: owner.id,
    web_url: `${externalUrl()}/groups/${owner.path}`,
    name: owner.name,
    path,
    description: "",
    visibility: owner.visibility,
    full_name: owner.path.split("/").join(" / "),
    full_path: owner.path,
    parent_id: store.find("group", parentPath)?.id ?? null,
    archived: owner.archived,
    marked_for_deletion_on: owner.markedForDeletionOn,
  };
}

function split({ path }: Owner): { parentPath: string; path: string } {
  const slash = path.lastIndexOf("/");
  return { parentPath: path.slice(0, Math.max(0, slash)), path: path.slice(slash + 1) };
}
