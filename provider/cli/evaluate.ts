import { instantOf, isNever, isPast } from "../gitlab/dates.js";
import type { AuditedToken, Finding } from "./audit-report.js";
import type { FoundToken, Inventory } from "./inventory.js";
import { leftByKilledRuns } from "./killed-runs.js";
import { isOn, isOwnedBy, type ManagedToken, rotationOf } from "./managed-token.js";
import type { StackExport } from "./stack-exports.js";

const day = 86_400_000;

/** The findings of an audit for each token in GitLab or in a stack. Pure. */
export function evaluate(
  inventory: Inventory,
  exports: readonly StackExport[],
  baseUrl: string,
  now: Date,
  withinDays: number,
): AuditedToken[] {
  const managed = exports.flatMap(({ tokens }) => tokens);
  const byId = new Map<number, ManagedToken[]>();
  for (const resource of managed) {
    // An unsettled resource has no token that is known.
    if (resource.deployTokenId === undefined) continue;
    byId.set(resource.deployTokenId, [...(byId.get(resource.deployTokenId) ?? []), resource]);
  }
  const isSucceeded = isSuperseded(managed, inventory);
  const present = inventory.tokens.map((token) => {
    const resources = (byId.get(token.deployTokenId) ?? []).filter((resource) =>
      isOf(token, resource, baseUrl),
    );
    const isReplaced = resources.length > 0 && resources.every(isSucceeded);
    return evaluateToken(token, resources, isReplaced, exports.length > 0, now, withinDays);
  });
  const left = new Set(leftByKilledRuns(present, exports, baseUrl).map(({ token }) => token));
  const ids = new Set(inventory.tokens.map(({ deployTokenId }) => deployTokenId));
  const gone = [...byId].flatMap(([id, all]) => {
    const resources = all.filter((resource) => isOn(resource, baseUrl));
    return ids.has(id) || !resources.some((resource) => covers(inventory, resource))
      ? []
      : [goneOf(id, resources, inventory)];
  });
  const marked = present.map((token): AuditedToken => {
    return left.has(token) ? { ...token, findings: [...token.findings, "left-by-killed-run"] } : token;
  });
  return [...marked, ...gone];
}

/** Resources of the given stacks outside the audited projects and groups. */
export function outsideOf(
  inventory: Inventory,
  exports: readonly StackExport[],
  baseUrl: string,
): ManagedToken[] {
  const found = new Map(inventory.tokens.map((token) => [token.deployTokenId, token]));
  return exports.flatMap(({ tokens }) =>
    tokens.filter((resource) => {
      if (resource.deployTokenId === undefined) return false;
      const token = found.get(resource.deployTokenId);
      return !(token === undefined
        ? isOn(resource, baseUrl) && covers(inventory, resource)
        : isOf(token, resource, baseUrl));
    }),
  );
}

/** Resources whose create ended with an open request: no token of theirs is known. */
export function unsettledOf(exports: readonly StackExport[]): ManagedToken[] {
  return exports.flatMap(({ tokens }) => tokens.filter(({ deployTokenId }) => deployTokenId === undefined));
}

function evaluateToken(
  token: FoundToken,
  managed: readonly ManagedToken[],
  isReplaced: boolean,
  hasStacks: boolean,
  now: Date,
  withinDays: number,
): AuditedToken {
  const { deployTokenId, name, username, scopes, expiresAt, owner } = token;
  const status =
    token.revoked === true
      ? "revoked"
      : expiresAt !== undefined && isPast(expiresAt, now)
        ? "expired"
        : "active";
  const findings: Finding[] = [];
  if (status !== "active") findings.push(managed.length > 0 ? `${status}-in-stack` : status);
  else {
    if (isNever(expiresAt)) findings.push("never-expires");
    else if (!isReplaced && instantOf(expiresAt ?? "") - now.getTime() <= withinDays * day)
      findings.push("expiring");
    if (scopes.some((scope) => scope.startsWith("write_"))) findings.push("may-write");
  }
  if (managed.some(({ hasOpenRequest }) => hasOpenRequest)) findings.push("open-request");
  if (hasStacks && managed.length === 0) findings.push("unknown");
  return {
    deployTokenId,
    name,
    username,
    scopes,
    expiresAt,
    status,
    owner,
    managedBy: managed.map(({ stack, urn }) => ({ stack, urn })),
    superseded: isReplaced,
    findings,
  };
}

/** Whether a rotation has a newer token in the same component. Its expiry then needs no attention. */
function isSuperseded(
  managed: readonly ManagedToken[],
  inventory: Inventory,
): (resource: ManagedToken) => boolean {
  const component = ({ stack, parent }: ManagedToken) => `${stack} ${parent}`;
  const alive = new Set(
    inventory.tokens.filter(({ revoked }) => revoked !== true).map((each) => each.deployTokenId),
  );
  const last = new Map<string, string>();
  for (const resource of managed) {
    if (rotationOf(resource) === undefined || !alive.has(resource.deployTokenId ?? 0)) continue;
    const { expiresAt = "" } = resource;
    if (expiresAt > (last.get(component(resource)) ?? "")) last.set(component(resource), expiresAt);
  }
  return (resource) =>
    rotationOf(resource) !== undefined && (resource.expiresAt ?? "") < (last.get(component(resource)) ?? "");
}

function goneOf(
  deployTokenId: number,
  resources: readonly ManagedToken[],
  inventory: Inventory,
): AuditedToken {
  const [resource] = resources as [ManagedToken];
  return {
    deployTokenId,
    name: resource.name,
    username: resource.username,
    scopes: resource.scopes,
    expiresAt: resource.expiresAt,
    status: "gone",
    owner: inventory.owners.find((owner) => isOwnedBy(resource, owner)),
    managedBy: resources.map(({ stack, urn }) => ({ stack, urn })),
    superseded: false,
    findings: ["gone-in-stack"],
  };
}

/** Whether the audit would have found the token if it existed. */
function covers(inventory: Inventory, resource: ManagedToken): boolean {
  return inventory.isWholeInstance || inventory.owners.some((owner) => isOwnedBy(resource, owner));
}

/** Whether a resource of this id has the token. One that names another GitLab may: this one under another address. */
function isOf({ name, owner }: FoundToken, resource: ManagedToken, baseUrl: string): boolean {
  if (isOn(resource, baseUrl)) return true;
  if (resource.kind !== owner?.kind || resource.name !== name) return false;
  return resource.ownerId === undefined || resource.ownerId === String(owner.id);
}
