/** The project or group that a token belongs to; not GitLab's role Owner. */
export interface Owner {
  readonly kind: OwnerKind;
  /** Numeric id in decimal, or full path. */
  readonly id: string;
}

export type OwnerKind = "project" | "group";

export function isNumericId(id: string): boolean {
  return /^\d+$/.test(id);
}

/** `/projects/acme%2Fapp`: the owner's id or full path as one URL segment. */
export function ownerPath(owner: Owner): string {
  return `/${owner.kind}s/${encodeURIComponent(owner.id)}`;
}

/** `project acme/app`, for messages. */
export function describeOwner(owner: Owner): string {
  return `${owner.kind} ${owner.id}`;
}

// "-" comes before a page of GitLab in an address: acme/app/-/settings.
const segment = /^(?!\.+$|-$)[\w.-]+$/;

/** What is wanted instead of an owner that a user wrote; undefined if the owner is valid. */
export function ownerProblem(kind: OwnerKind, value: unknown): string | undefined {
  const example = kind === "project" ? "group/project" : "group/subgroup";
  const wanted = `the ${kind}'s numeric id or its full path, such as "${example}"`;
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? undefined : wanted;
  if (typeof value !== "string") return wanted;
  if (isNumericId(value)) return undefined;
  const segments = value.split("/");
  if (!segments.every((part) => segment.test(part))) {
    return `${wanted}, not URL-encoded, without a host and without a slash at either end`;
  }
  const suffix = /\.(?:git|atom)$/i.exec(value)?.[0];
  if (suffix !== undefined) return `${wanted}; no path in GitLab ends with "${suffix}"`;
  return kind === "project" && segments.length < 2
    ? `${wanted} (a project's full path has at least one slash)`
    : undefined;
}
