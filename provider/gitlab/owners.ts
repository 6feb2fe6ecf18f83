import type { GitLabClient, GitLabRequest } from "./client.js";
import { isRecord } from "./error-body.js";
import { followMove } from "./follow-move.js";
import { isNumericId, type Owner, type OwnerKind, ownerPath } from "./owner.js";
import type { Parse } from "./pagination.js";

/** A project or group as GitLab describes it. */
export interface DescribedOwner {
  readonly kind: OwnerKind;
  readonly id: number;
  /** The full path, such as `acme/app`. */
  readonly path: string;
  /** The day on which GitLab deletes it, as `2027-01-31`; undefined where it stays. */
  readonly deletionDate: string | undefined;
  readonly archived: boolean;
  /** A group's parent. */
  readonly parentId: number | undefined;
}

/**
 * A project or group by its id or full path; a project's old path is followed to its numeric id.
 *
 * @see https://docs.gitlab.com/api/projects/#get-a-single-project
 */
export function getOwner(gitlab: GitLabClient, owner: Owner, signal: AbortSignal): Promise<DescribedOwner> {
  return followMove(owner, (at) => readOwner(gitlab, at, signal));
}

/**
 * The owner's numeric id: the one address that no rename, transfer or reuse of a path changes.
 * One GET for an owner written as a path, two for a moved one, none for one written as an id.
 */
export function resolveOwnerId(
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
  onRead: (described: DescribedOwner) => void = () => undefined,
): Promise<string> {
  if (isNumericId(owner.id)) return Promise.resolve(owner.id);
  // A redirect names the numeric id alone. GitLab also renames a project when it marks it for deletion, so the project
  // is read under its id.
  return followMove(owner, async (at) => {
    const described = await readOwner(gitlab, at, signal);
    onRead(described);
    return String(described.id);
  });
}

/** How many groups above a group are looked at. GitLab allows 20 levels. */
const mostLevels = 20;

/** The group, or one above it, that is archived. */
export async function archivedGroup(
  gitlab: GitLabClient,
  group: Owner,
  signal: AbortSignal,
): Promise<DescribedOwner | undefined> {
  let id: string | undefined = group.id;
  for (let level = 0; id !== undefined && level < mostLevels; level++) {
    const described: DescribedOwner = await readOwner(gitlab, { kind: "group", id }, signal);
    if (described.archived) return described;
    id = described.parentId === undefined ? undefined : String(described.parentId);
  }
  return undefined;
}

async function readOwner(gitlab: GitLabClient, owner: Owner, signal: AbortSignal): Promise<DescribedOwner> {
  const request: GitLabRequest = {
    method: "GET",
    path: ownerPath(owner),
    ...(owner.kind === "group" ? { query: { with_projects: false } } : {}),
  };
  const { body, malformed } = await gitlab.request(request, signal);
  return parseOwner(owner.kind)(body, malformed);
}

export function parseOwner(kind: OwnerKind): Parse<DescribedOwner> {
  return (wire, malformed) => {
    const { id, path_with_namespace: project, full_path: group, ...rest } = isRecord(wire) ? wire : {};
    const path = kind === "project" ? project : group;
    if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0 || typeof path !== "string") {
      throw malformed(`it is not a ${kind}`);
    }
    const { archived, parent_id: parentId } = rest;
    // The older name is that of a project in GitLab before 16.
    const deletion = rest["marked_for_deletion_on"] ?? rest["marked_for_deletion_at"];
    return {
      kind,
      id,
      path,
      deletionDate: typeof deletion === "string" ? deletion : undefined,
      archived: archived === true,
      parentId: typeof parentId === "number" ? parentId : undefined,
    };
  };
}
