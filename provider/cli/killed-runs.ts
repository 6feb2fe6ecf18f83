import { counted } from "../counted.js";
import { normalizeInstant } from "../gitlab/dates.js";
import { defaultUsername } from "../gitlab/default-username.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import type { AuditedToken } from "./audit-report.js";
import { isOn, isOwnedBy, type ManagedToken, type PendingCreate } from "./managed-token.js";
import { shellCommand } from "./shell-command.js";
import type { StackExport } from "./stack-exports.js";

/** A token that no given stack has, and that equals an interrupted create in the state of a stack. */
export interface Leftover {
  readonly token: AuditedToken;
  readonly stack: StackExport;
  /** Why another run or person may have created the token; undefined if the state rules that out. */
  readonly doubt: string | undefined;
}

/** The tokens that killed runs left, by ascending id. */
export function leftByKilledRuns(
  tokens: readonly AuditedToken[],
  exports: readonly StackExport[],
  baseUrl: string,
): Leftover[] {
  const unmanaged = tokens.filter(({ managedBy, status }) => managedBy.length === 0 && status === "active");
  const isHere = (resource: Pick<ManagedToken, "baseUrl">) => isOn(resource, baseUrl);
  const found = new Map<number, Leftover>();
  for (const stack of exports) {
    const newest = Math.max(0, ...stack.tokens.filter(isHere).map(({ deployTokenId = 0 }) => deployTokenId));
    for (const create of stack.pendingCreates.filter(isHere)) {
      const equal = unmanaged.filter((token) => isEqual(token, create));
      for (const token of equal) {
        if (found.has(token.deployTokenId)) continue;
        found.set(token.deployTokenId, { token, stack, doubt: doubtOf(token, equal, newest, stack) });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.token.deployTokenId - b.token.deployTokenId);
}

/** Notes about the leftovers of each stack, with the commands that remove them. */
export function killedRunWarnings(
  leftovers: readonly Leftover[],
  exports: readonly StackExport[],
  connection: readonly string[],
): string[] {
  return exports.flatMap((stack) => {
    const { length } = stack.pendingCreates;
    if (length === 0) return [];
    const left = leftovers.filter((each) => each.stack === stack).map(({ token }) => token);
    const ids = left.map(({ deployTokenId }) => deployTokenId).join(", ");
    const found = `: a killed run left the deploy ${left.length === 1 ? "token" : "tokens"} ${ids}`;
    const cut = `${interrupted(stack)}${left.length === 0 ? "" : found}`;
    // Without its pending create, a token that cannot be recognized yet would be forgotten.
    if (hasEncryptedCreate(stack)) return [`${cut}; ${encryptedArguments}`];
    const flags = ["--stack", stack.selector];
    const clear = shellCommand("pulumi", "refresh", "--clear-pending-creates", ...flags);
    if (left.length === 0)
      return [`${cut}; ${length === 1 ? "it" : "they"} left no token. If no run is active: ${clear}`];
    const targets = [...new Set(left.map(({ owner }) => `--${owner?.kind} ${owner?.id}`))];
    const prune = shellCommand(
      ...["npx", "pulumi-gitlab-deploy-tokens", "prune", "--left-by-killed-run"],
      ...[...flags, ...connection, ...targets.flatMap((target) => target.split(" "))],
    );
    return [`${cut}. If no run is active: ${prune}; then: ${clear}`];
  });
}

/** Warnings about the stacks of which a prune may not recognize every leftover. */
export function encryptedCreateWarnings(exports: readonly StackExport[]): string[] {
  return exports.filter(hasEncryptedCreate).map((stack) => `${interrupted(stack)}; ${encryptedArguments}`);
}

const encryptedArguments =
  "arguments are encrypted, so a token that was left cannot be recognized. Wanted: --state with pulumi stack export --show-secrets";

function hasEncryptedCreate({ pendingCreates }: StackExport): boolean {
  return pendingCreates.some(({ isEncrypted }) => isEncrypted);
}

function interrupted({ pendingCreates, stack }: StackExport): string {
  return `${counted(pendingCreates.length, "create")} of the stack ${stack} had not ended when its state was saved`;
}

function isEqual({ owner, deployTokenId, ...token }: AuditedToken, create: PendingCreate): boolean {
  return (
    isOwnedBy(create, owner) &&
    token.name === create.name &&
    token.username === (create.username ?? defaultUsername(deployTokenId)) &&
    token.expiresAt === (create.expiresAt === undefined ? undefined : normalizeInstant(create.expiresAt)) &&
    normalizeScopes(token.scopes).join() === normalizeScopes(create.scopes).join()
  );
}

function doubtOf(
  { deployTokenId }: AuditedToken,
  equal: readonly AuditedToken[],
  newest: number,
  { stack }: StackExport,
): string | undefined {
  if (equal.length > 1)
    return `${equal.map((each) => each.deployTokenId).join(", ")} are equal, and it is unknown which one the killed run created`;
  // A token that is older than those of the stack does not belong to the stack.
  if (newest === 0) return `the stack ${stack} has no token to compare its age with`;
  if (deployTokenId < newest) return `the stack ${stack} has a newer token (${newest})`;
  return undefined;
}
