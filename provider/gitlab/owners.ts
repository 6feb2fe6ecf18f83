import { isRecord } from "./answer.js";
import type { GitLabClient, GitLabRequest } from "./client.js";
import { hasCode } from "./errors.js";
import { invalidResponse } from "./failure.js";
import { isNumericId, type Owner, ownerPath } from "./owner.js";

/**
 * The owner's numeric id: the one address that no rename, transfer or reuse of a path changes.
 * One GET for an owner written as a path, none for one written as an id.
 *
 * @see https://docs.gitlab.com/api/projects/#get-a-single-project
 */
export async function resolveOwnerId(
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> {
  if (isNumericId(owner.id)) return owner.id;
  const request: GitLabRequest = {
    method: "GET",
    path: ownerPath(owner),
    ...(owner.kind === "group" ? { query: { with_projects: false } } : {}),
  };
  try {
    const answer = await gitlab.request(request, signal);
    const id = isRecord(answer.body) ? answer.body["id"] : undefined;
    if (typeof id === "number" && Number.isSafeInteger(id) && id > 0) return String(id);
    throw invalidResponse(request, gitlab.connection, answer.status, `it is not a ${owner.kind}`);
  } catch (error) {
    if (hasCode(error, "moved") && error.movedTo !== undefined) return error.movedTo;
    throw error;
  }
}
