import { never, normalizeInstant } from "../gitlab/dates.js";
import { normalizeScopes } from "../gitlab/scopes.js";

/**
 * A date as the state has it. Pulumi compares the program's text with the state before it asks this package, and shows
 * a difference. GitLab's own "never" is undefined. What is not a date stays, for the message that refuses it.
 */
export function dateInState(expiresAt: unknown): unknown {
  const instant = typeof expiresAt === "string" ? normalizeInstant(expiresAt) : undefined;
  return instant === never ? undefined : (instant ?? expiresAt);
}

/** The same for scopes. */
export function scopesInState(scopes: unknown): unknown {
  const isPlain = Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string");
  return isPlain ? normalizeScopes(scopes) : scopes;
}
