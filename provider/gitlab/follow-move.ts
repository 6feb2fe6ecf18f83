import { hasCode } from "./errors.js";
import type { Owner } from "./owner.js";

/** Sends a request for an owner. If GitLab redirects from a project's old path, sends it again with the numeric id. */
export async function followMove<T>(owner: Owner, request: (at: Owner) => Promise<T>): Promise<T> {
  try {
    return await request(owner);
  } catch (error) {
    if (!hasCode(error, "moved") || error.movedTo === undefined) throw error;
    return request({ kind: owner.kind, id: error.movedTo });
  }
}
