/** What an audit may find of a token, and what each finding says to a person. */
export const findings = {
  expired: "has expired: it can be pruned",
  "expired-in-stack": "has expired, and a stack still has it",
  expiring: "expires within the window",
  "never-expires": "never expires",
  revoked: "was revoked, its row is left: it can be pruned",
  "revoked-in-stack": "was revoked, and a stack still has it",
  "gone-in-stack": "is gone from GitLab, and a stack still has it",
  "may-write": "may write",
  unknown: "is in none of the given stacks",
} as const;

export type Finding = keyof typeof findings;

/** A token's project or group, as the walk through GitLab met it. */
export interface AuditedOwner {
  readonly kind: "project" | "group";
  readonly id: number;
  /** The full path, such as `acme/app`. */
  readonly path: string;
}

/** A resource that manages the token. */
export interface ManagedBy {
  /** `organization/project/stack`, or the file's name where the export does not tell. */
  readonly stack: string;
  readonly urn: string;
}

/** One token of the report; never its value. */
export interface AuditedToken {
  readonly deployTokenId: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  /** `2027-01-31T00:00:00.000Z`; undefined: never. */
  readonly expiresAt: string | undefined;
  readonly status: "active" | "expired" | "revoked" | "gone";
  /** Undefined: GitLab's instance list has the token, and no owner that was walked claims it. */
  readonly owner: AuditedOwner | undefined;
  readonly managedBy: readonly ManagedBy[];
  readonly findings: readonly Finding[];
}

export interface AuditReport {
  /** When it was made: `2026-11-24T16:00:00.000Z`. */
  readonly at: string;
  /** GitLab's address. */
  readonly baseUrl: string;
  /** What was audited, in words: `the instance`, `group acme and all below it`. */
  readonly targets: readonly string[];
  /** The window of `expiring`, in days. */
  readonly withinDays: number;
  /** The stacks that were given. */
  readonly stacks: readonly string[];
  readonly tokens: readonly AuditedToken[];
  /** What a reader should know about the report's completeness. */
  readonly notes: readonly string[];
}
