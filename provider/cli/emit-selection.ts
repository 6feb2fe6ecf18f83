import { normalizeInstant } from "../gitlab/dates.js";
import { isNumericId } from "../gitlab/owner.js";
import type { AuditedOwner, AuditedToken, AuditReport } from "./audit-report.js";
import { uniqueNames } from "./program-names.js";

export interface AdoptableToken {
  readonly token: AuditedToken;
  readonly owner: AuditedOwner;
  readonly className: "ProjectDeployToken" | "GroupDeployToken";
  /** The name of the resource, unique in the selection. */
  readonly name: string;
  /** The owner as an argument takes it: its path, or its id where the path is digits and would be taken for an id. */
  readonly written: string | number;
}

interface Selection {
  readonly tokens: readonly AdoptableToken[];
  /** The ids of tokens with a name or expiry that an argument cannot express. */
  readonly leftOut: readonly number[];
}

/** The active tokens with a known owner that no given stack has. */
export async function adoptableTokens(report: AuditReport): Promise<Selection> {
  const lost = report.tokens.flatMap((token) =>
    token.status === "active" && token.owner !== undefined && token.managedBy.length === 0
      ? [{ token, owner: token.owner }]
      : [],
  );
  const named = lost.filter(({ token }) => isNameable(token));
  const names = await uniqueNames(named);
  return {
    tokens: named.map(({ token, owner }, index) => ({
      token,
      owner,
      className: owner.kind === "group" ? "GroupDeployToken" : "ProjectDeployToken",
      name: String(names[index]),
      written: isNumericId(owner.path) ? owner.id : owner.path,
    })),
    leftOut: lost.filter(({ token }) => !isNameable(token)).map(({ token }) => token.deployTokenId),
  };
}

/** The reason for `leftOut`. */
export const leftOutReason =
  "a program cannot say their names (blank, longer than 255 characters) or expiries (beyond the years 1 to 9999)";

/** GitLab lets names be blank, and before 18 longer than it takes today. */
function isNameable({ name, expiresAt }: AuditedToken): boolean {
  const { length } = [...name.trim()];
  if (expiresAt !== undefined && normalizeInstant(expiresAt) === undefined) return false;
  return length >= 1 && length <= 255;
}
