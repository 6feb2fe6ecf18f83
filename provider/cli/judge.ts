import { isPast } from "../gitlab/dates.js";
import type { AuditedToken, Finding } from "./audit-report.js";
import { type ManagedToken, rotationOf, type StackExport } from "./stack-exports.js";
import type { FoundToken, Walk } from "./walk.js";

const day = 86_400_000;

/** What an audit says of each token that GitLab or a stack has. Pure. */
export function judge(
  walk: Walk,
  exports: readonly StackExport[],
  baseUrl: string,
  now: Date,
  withinDays: number,
): AuditedToken[] {
  const managed = exports.flatMap(({ tokens }) => tokens);
  const byId = new Map<number, ManagedToken[]>();
  for (const row of managed) {
    // An unsettled row has no token that is known.
    if (row.deployTokenId === undefined) continue;
    byId.set(row.deployTokenId, [...(byId.get(row.deployTokenId) ?? []), row]);
  }
  const isSucceeded = successions(managed, walk);
  const present = walk.tokens.map((token) => {
    const rows = (byId.get(token.deployTokenId) ?? []).filter((row) => isOf(token, row, baseUrl));
    const endsWell = rows.length > 0 && rows.every(isSucceeded);
    return judged(token, rows, endsWell, exports.length > 0, now, withinDays);
  });
  const ids = new Set(walk.tokens.map(({ deployTokenId }) => deployTokenId));
  const gone = [...byId].flatMap(([id, all]) => {
    const rows = all.filter((row) => isOn(row, baseUrl));
    return ids.has(id) || !rows.some((row) => covers(walk, row)) ? [] : [goneOf(id, rows, walk)];
  });
  return [...present, ...gone];
}

/** Rows of the given stacks that this audit cannot say anything of. */
export function outsideOf(walk: Walk, exports: readonly StackExport[], baseUrl: string): ManagedToken[] {
  const found = new Map(walk.tokens.map((token) => [token.deployTokenId, token]));
  return exports.flatMap(({ tokens }) =>
    tokens.filter((row) => {
      if (row.deployTokenId === undefined) return false;
      const token = found.get(row.deployTokenId);
      return !(token === undefined ? isOn(row, baseUrl) && covers(walk, row) : isOf(token, row, baseUrl));
    }),
  );
}

function judged(
  token: FoundToken,
  managed: readonly ManagedToken[],
  endsWell: boolean,
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
    if (expiresAt === undefined) findings.push("never-expires");
    else if (!endsWell && Date.parse(expiresAt) - now.getTime() <= withinDays * day)
      findings.push("expiring");
    if (scopes.some((scope) => scope.startsWith("write_"))) findings.push("may-write");
  }
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
    findings,
  };
}

/** Tells a rotation's tokens that have a younger one beside them: that they end is as it should be. */
function successions(managed: readonly ManagedToken[], walk: Walk): (row: ManagedToken) => boolean {
  const component = ({ stack, parent }: ManagedToken) => `${stack} ${parent}`;
  const alive = new Set(
    walk.tokens.filter(({ revoked }) => revoked !== true).map((each) => each.deployTokenId),
  );
  const last = new Map<string, string>();
  for (const row of managed) {
    if (rotationOf(row) === undefined || !alive.has(row.deployTokenId ?? 0)) continue;
    const { expiresAt = "" } = row;
    if (expiresAt > (last.get(component(row)) ?? "")) last.set(component(row), expiresAt);
  }
  return (row) => rotationOf(row) !== undefined && (row.expiresAt ?? "") < (last.get(component(row)) ?? "");
}

function goneOf(deployTokenId: number, rows: readonly ManagedToken[], walk: Walk): AuditedToken {
  const [row] = rows as [ManagedToken];
  return {
    deployTokenId,
    name: row.name,
    username: row.username,
    scopes: row.scopes,
    expiresAt: row.expiresAt,
    status: "gone",
    owner: walk.owners.find((owner) => isOwnerOf(owner, row)),
    managedBy: rows.map(({ stack, urn }) => ({ stack, urn })),
    findings: ["gone-in-stack"],
  };
}

/** Whether the token would have been seen if it were there. */
function covers(walk: Walk, row: ManagedToken): boolean {
  return walk.isWholeInstance || walk.owners.some((owner) => isOwnerOf(owner, row));
}

function isOwnerOf(owner: Walk["owners"][number], row: ManagedToken): boolean {
  if (owner.kind !== row.kind) return false;
  if (row.ownerId === undefined) return owner.path.toLowerCase() === row.owner.toLowerCase();
  return String(owner.id) === row.ownerId;
}

/** Whether a row of this id has the token. One that names another GitLab may: this one under another address. */
function isOf({ name, owner }: FoundToken, row: ManagedToken, baseUrl: string): boolean {
  if (isOn(row, baseUrl)) return true;
  if (row.kind !== owner?.kind || row.name !== name) return false;
  return row.ownerId === undefined || row.ownerId === String(owner.id);
}

/** A row that does not tell its GitLab is taken to be on this one. */
function isOn(row: ManagedToken, baseUrl: string): boolean {
  return row.baseUrl === undefined || row.baseUrl === baseUrl;
}
