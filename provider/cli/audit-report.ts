import { counted } from "../counted.js";

/** The findings of an audit, with their meanings. */
export const findings = {
  expired: "has expired and can be pruned",
  "expired-in-stack": "has expired, and a stack still has it",
  expiring: "expires within the window",
  "never-expires": "never expires",
  revoked: "was revoked and can be pruned",
  "revoked-in-stack": "was revoked, and a stack still has it",
  "gone-in-stack": "no longer exists in GitLab, and a stack still has it",
  "open-request": "has an open request in a stack: GitLab may create, or has created, a second token",
  "may-write": "may write",
  unknown: "is in no given stack",
  "left-by-killed-run": "is in no given stack, and equals a token that a killed run was creating",
} as const;

export type Finding = keyof typeof findings;

export const findingNames = Object.keys(findings) as Finding[];

/** The project or group of a token. */
export interface AuditedOwner {
  readonly kind: "project" | "group";
  readonly id: number;
  /** The full path, such as `acme/app`. */
  readonly path: string;
}

/** A resource that manages the token. */
interface ManagedBy {
  /** `organization/project/stack`, or the file's name if the export does not contain it. */
  readonly stack: string;
  readonly urn: string;
}

/** One token of the report, without its value. */
export interface AuditedToken {
  readonly deployTokenId: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  /** In the form `2027-01-31T00:00:00.000Z`; undefined means never. */
  readonly expiresAt: string | undefined;
  readonly status: "active" | "expired" | "revoked" | "gone";
  /** Undefined if only the instance's list has the token, and no owner that was read. */
  readonly owner: AuditedOwner | undefined;
  readonly managedBy: readonly ManagedBy[];
  /** Whether a rotation's younger token has taken its place: its expiry needs no action. */
  readonly superseded: boolean;
  readonly findings: readonly Finding[];
}

export interface AuditReport {
  /** The time of the report, in the form `2026-11-24T16:00:00.000Z`. */
  readonly at: string;
  /** GitLab's address. */
  readonly baseUrl: string;
  /** Descriptions of the audited owners: `the instance`, `group acme and all below it`. */
  readonly targets: readonly string[];
  /** The window of `expiring`, in days. */
  readonly withinDays: number;
  /** The stacks that were given. */
  readonly stacks: readonly string[];
  readonly tokens: readonly AuditedToken[];
  /** Resources whose create ended with an open request: no token of theirs is known. */
  readonly unsettled: readonly ManagedBy[];
  /** Whether every project and group of the targets could be read. */
  readonly complete: boolean;
  /** Notes on the completeness of the report. */
  readonly notes: readonly string[];
}

/** `project acme/app`; empty if the owner is unknown. */
export function ownerText(owner: Omit<AuditedOwner, "id"> | undefined): string {
  return owner === undefined ? "" : `${owner.kind} ${owner.path}`;
}

export function tokensWith({ tokens }: Pick<AuditReport, "tokens">, finding: Finding): AuditedToken[] {
  return tokens.filter(({ findings: all }) => all.includes(finding));
}

/** What the resources without a token need, as one sentence: they make an audit fail as the finding `open-request` does. */
export function openRequests({ length }: AuditReport["unsettled"]): readonly string[] {
  if (length === 0) return [];
  return [`${counted(length, "resource has", "resources have")} an open request: run pulumi up.`];
}
