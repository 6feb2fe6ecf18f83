import { insufficientPermission } from "./api-error.js";
import type { Caller } from "./authentication.js";
import type { Owner } from "./entities.js";
import type { Store } from "./store.js";

/** The permissions that the emulated routes require of fine-grained access tokens. */
type Permission =
  | "read_deploy_token"
  | "create_deploy_token"
  | "delete_deploy_token"
  | "read_project"
  | "read_group";

/**
 * Refuses a fine-grained access token without the permission at the project or group, or above it; and a classic one
 * where the top-level group enforces fine-grained ones.
 *
 * @see https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/
 */
export function requirePermission(
  store: Store,
  { token }: Caller,
  permission: Permission,
  owner: Owner,
): void {
  if (token === undefined) return;
  const isGranted =
    token.grants === undefined
      ? !rootEnforces(store, owner)
      : token.grants.some(
          ({ permissions, at }) => permissions.includes(permission) && covers(store, at, owner),
        );
  if (!isGranted) throw insufficientPermission({ permission, boundary: owner.kind });
}

/** A boundary covers itself and everything below it. Without a boundary, everything is covered. */
function covers(store: Store, at: string | undefined, owner: Owner): boolean {
  if (at === undefined) return true;
  const boundary =
    store.find("group", at) ?? (owner.kind === "project" ? store.find("project", at) : undefined);
  if (boundary === undefined) return false;
  return boundary === owner || (boundary.kind === "group" && owner.path.startsWith(`${boundary.path}/`));
}

function rootEnforces(store: Store, { path }: Owner): boolean {
  return store.find("group", path.split("/")[0] ?? "")?.enforcesFineGrainedTokens === true;
}
