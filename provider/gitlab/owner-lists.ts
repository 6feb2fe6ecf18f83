import type { GitLabClient } from "./client.js";
import { hasCode } from "./errors.js";
import type { OwnerKind } from "./owner.js";
import { type DescribedOwner, parseOwner } from "./owners.js";
import { getPage, listPages, perPage } from "./pagination.js";

// By id: a list that is sorted by name shifts between two of its pages when something is renamed.
const byId = { order_by: "id", sort: "asc" } as const;
const rows = (kind: OwnerKind) => ({
  parse: parseOwner(kind),
  idOf: ({ id }: DescribedOwner) => id,
  isAppendOnly: false,
});

/**
 * Every project below a group, those of its subgroups too; not those that are only shared with it.
 *
 * @see https://docs.gitlab.com/api/groups/#list-projects
 */
export function listGroupProjects(
  gitlab: GitLabClient,
  groupId: number,
  signal: AbortSignal,
): Promise<DescribedOwner[]> {
  const query = { ...byId, include_subgroups: true, with_shared: false, simple: true };
  return listPages(gitlab, `/groups/${groupId}/projects`, query, rows("project"), signal);
}

/**
 * Every group below a group, at any depth.
 *
 * @see https://docs.gitlab.com/api/groups/#list-descendant-groups (GitLab 13.5 and later; before, level by level)
 */
export async function listDescendantGroups(
  gitlab: GitLabClient,
  groupId: number,
  signal: AbortSignal,
): Promise<DescribedOwner[]> {
  const list = (id: number, what: string) =>
    listPages(gitlab, `/groups/${id}/${what}`, { ...byId, all_available: true }, rows("group"), signal);
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

/** Every group that the access token's user sees; all, for an administrator. https://docs.gitlab.com/api/groups/#list-groups */
export function listGroups(gitlab: GitLabClient, signal: AbortSignal): Promise<DescribedOwner[]> {
  return listPages(gitlab, "/groups", { ...byId, all_available: true }, rows("group"), signal);
}

/**
 * Every project that the access token's user sees, a page at a time; all, for an administrator. By `id_after`: GitLab
 * refuses page numbers beyond 50,000 projects.
 *
 * @see https://docs.gitlab.com/api/projects/#list-all-projects
 */
export async function* projectPages(
  gitlab: GitLabClient,
  signal: AbortSignal,
): AsyncGenerator<readonly DescribedOwner[]> {
  for (let after = 0; ; ) {
    const query = { ...byId, simple: true, id_after: after };
    const { items } = await getPage(gitlab, "/projects", query, 1, parseOwner("project"), signal);
    if (items.length > 0) yield items;
    if (items.length < perPage) return;
    after = Math.max(...items.map(({ id }) => id));
  }
}
