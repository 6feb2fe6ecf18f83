import { isRecord } from "./answer.js";
import type { GitLabAnswer, GitLabClient, GitLabRequest } from "./client.js";
import { hasCode } from "./errors.js";
import { invalidResponse } from "./failure.js";
import { isNumericId, type Owner, type OwnerKind, ownerPath } from "./owner.js";

/** A project or group as GitLab describes it. */
export interface DescribedOwner {
  readonly kind: OwnerKind;
  readonly id: number;
  /** The full path, such as `acme/app`. */
  readonly path: string;
}

/**
 * A project or group by its id or full path; a project's old path is followed to its numeric id.
 *
 * @see https://docs.gitlab.com/api/projects/#get-a-single-project
 */
export async function getOwner(
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<DescribedOwner> {
  try {
    return await readOwner(gitlab, owner, signal);
  } catch (error) {
    if (!hasCode(error, "moved") || error.movedTo === undefined) throw error;
    return readOwner(gitlab, { kind: owner.kind, id: error.movedTo }, signal);
  }
}

/**
 * The owner's numeric id: the one address that no rename, transfer or reuse of a path changes.
 * One GET for an owner written as a path, none for one written as an id.
 */
export async function resolveOwnerId(
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> {
  if (isNumericId(owner.id)) return owner.id;
  try {
    return String((await readOwner(gitlab, owner, signal)).id);
  } catch (error) {
    if (hasCode(error, "moved") && error.movedTo !== undefined) return error.movedTo;
    throw error;
  }
}

async function readOwner(gitlab: GitLabClient, owner: Owner, signal: AbortSignal): Promise<DescribedOwner> {
  const request: GitLabRequest = {
    method: "GET",
    path: ownerPath(owner),
    ...(owner.kind === "group" ? { query: { with_projects: false } } : {}),
  };
  const answer = await gitlab.request(request, signal);
  return parseOwner(owner.kind)(gitlab, request, answer, answer.body);
}

export function parseOwner(kind: OwnerKind) {
  return (
    gitlab: GitLabClient,
    request: GitLabRequest,
    answer: GitLabAnswer,
    wire: unknown,
  ): DescribedOwner => {
    const { id, path_with_namespace: project, full_path: group } = isRecord(wire) ? wire : {};
    const path = kind === "project" ? project : group;
    if (typeof id === "number" && Number.isSafeInteger(id) && id > 0 && typeof path === "string") {
      return { kind, id, path };
    }
    throw invalidResponse(request, gitlab.connection, answer.status, `it is not a ${kind}`);
  };
}
