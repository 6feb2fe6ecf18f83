import type { GitLabClient } from "./client.js";
import { hasCode } from "./errors.js";
import type { OwnerKind } from "./owner.js";
import { type DescribedOwner, parseOwner } from "./owners.js";
import { getPage, listPages, perPage, type SortedList } from "./pagination.js";

// By id: a list that is sorted by name changes between two requests if something is renamed.
const byId = { order_by: "id", sort: "asc" } as const;

function ownerList(kind: OwnerKind, path: string, query: SortedList<unknown>["query"]) {
  const idOf = ({ id }: DescribedOwner) => id;
  return { path, query: { ...byId, ...query }, parse: parseOwner(kind), idOf, isAppendOnly: false };
}

/**
 * Every project below a group at any depth, without those that are only shared with it.
 *
 * @see https://docs.gitlab.com/api/groups/#list-projects
 */
export function listGroupProjects(
  gitlab: GitLabClient,
  groupId: number,
  signal: AbortSignal,
): Promise<DescribedOwner[]> {
  const query = { include_subgroups: true, with_shared: false, simple: true };
  return listPages(gitlab, ownerList("project", `/groups/${groupId}/projects`, query), signal);
}

/**
 * Every project of a user's own namespace that the access token's user sees.
 *
 * @see https://docs.gitlab.com/api/projects/#list-a-users-projects
 */
export function listUserProjects(
  gitlab: GitLabClient,
  name: string,
  signal: AbortSignal,
): Promise<DescribedOwner[]> {
  const path = `/users/${encodeURIComponent(name)}/projects`;
  return listPages(gitlab, ownerList("project", path, { simple: true }), signal);
}

/**
 * Every group below a group at any depth. Before GitLab 13.5 each level is a request of its own.
 *
 * @see https://docs.gitlab.com/api/groups/#list-descendant-groups
 */
export async function listDescendantGroups(
  gitlab: GitLabClient,
  groupId: number,
  signal: AbortSignal,
): Promise<DescribedOwner[]> {
  const list = (id: number, relation: string) =>
    listPages(gitlab, ownerList("group", `/groups/${id}/${relation}`, { all_available: true }), signal);
  try {
    return await list(groupId, "descendant_groups");
  } catch (error) {
    if (!hasCode(error, "route_not_found")) throw error;
  }
  const found: DescribedOwner[] = [];
  for (let level = [groupId]; level.length > 0; ) {
    const children: DescribedOwner[] = [];
    for (const id of level) children.push(...(await list(id, "subgroups")));
    found.push(...children);
    level = children.map(({ id }) => id);
  }
  return found;
}

/** Every group that the access token's user sees; an administrator sees all. https://docs.gitlab.com/api/groups/#list-groups */
export function listGroups(gitlab: GitLabClient, signal: AbortSignal): Promise<DescribedOwner[]> {
  return listPages(gitlab, ownerList("group", "/groups", { all_available: true }), signal);
}

/**
 * Every project that the access token's user sees, one page at a time; an administrator sees all. Pages by `id_after`,
 * because GitLab refuses page numbers beyond 50,000 projects.
 *
 * @see https://docs.gitlab.com/api/projects/#list-all-projects
 */
export async function* projectPages(
  gitlab: GitLabClient,
  signal: AbortSignal,
): AsyncGenerator<readonly DescribedOwner[]> {
  for (let after = 0; ; ) {
    const list = ownerList("project", "/projects", { simple: true, id_after: after });
    const { items } = await getPage(gitlab, list, 1, signal);
    if (items.length > 0) yield items;
    if (items.length < perPage) return;
    after = Math.max(...items.map(({ id }) => id));
  }
}
