import type { GitLabClient } from "../gitlab/client.js";
import type { Owner } from "../gitlab/owner.js";
import { resolveOwnerId } from "../gitlab/owners.js";
import type { Session } from "./session.js";

/** The owner by its numeric id, which GitLab is asked for once in a run. */
export function numericOwner(
  owner: Owner,
  gitlab: GitLabClient,
  session: Session,
  signal: AbortSignal,
): Promise<Owner> {
  return session.ledger.resolve(owner, (written) => resolveOwnerId(gitlab, written, signal));
}
