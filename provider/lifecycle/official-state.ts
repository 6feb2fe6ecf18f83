import { normalizeInstant } from "../gitlab/dates.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { parseResourceId } from "../resource-id.js";
import type { Properties } from "./state.js";

/** Whether another provider wrote the state: this package always records its reference. */
export function isOfficialState(properties: Properties): boolean {
  return properties["__provider"] === undefined && Object.keys(properties).length > 0;
}

/**
 * Translates a state of `@pulumi/gitlab`. Its own properties stay, so that the same alias leads back. Sends no request:
 * the next read or delete resolves an owner that is written as a path.
 */
export function migrate(kind: OwnerKind, id: string, official: Properties): Properties {
  const { owner, deployTokenId } = parseResourceId(id) ?? {};
  const expiresAt = official["expiresAt"];
  return {
    ...official,
    // @pulumi/gitlab writes the time without milliseconds.
    expiresAt: typeof expiresAt === "string" ? normalizeInstant(expiresAt) : undefined,
    [kind]: owner ?? String(official[kind]),
    deployTokenId,
  };
}
