import { normalizeInstant } from "../gitlab/dates.js";
import type { OwnerKind } from "../gitlab/owner.js";
import type { Properties } from "./properties.js";

/** Whether a row was written by another provider: ours always holds the reference to this package. */
export function isForeign(properties: Properties): boolean {
  return Object.keys(properties).length > 0 && properties["__provider"] === undefined;
}

/** `acme/app:4`; the old `DeployToken` wrote `project:acme/app:4`, or the token's id alone. */
const foreignId = /^(?:(?:project|group):)?(?:(.+):)?(\d+)$/;

/**
 * The official provider's row in our words. Its own properties stay, for the way back by the same alias.
 * GitLab is not asked: the numeric id of an owner written as a path is learned by the next read or delete.
 */
export function migrate(kind: OwnerKind, id: string, foreign: Properties): Properties {
  const [, owner, deployTokenId] = foreignId.exec(id) ?? [];
  const expiresAt = foreign["expiresAt"];
  return {
    ...foreign,
    // It writes the instant without milliseconds.
    expiresAt: typeof expiresAt === "string" ? normalizeInstant(expiresAt) : undefined,
    [kind]: owner ?? String(foreign[kind]),
    deployTokenId: deployTokenId === undefined ? undefined : Number(deployTokenId),
  };
}
