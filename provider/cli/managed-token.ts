import type { OwnerKind } from "../gitlab/owner.js";
import type { AuditedOwner } from "./audit-report.js";

/** A resource of a stack that manages a deploy token, this package's or the official provider's. */
export interface ManagedToken {
  /** `project/stack`. */
  readonly stack: string;
  readonly urn: string;
  /** The URN of the component above it. */
  readonly parent: string | undefined;
  readonly kind: OwnerKind;
  /** Undefined in a resource that is not settled yet. */
  readonly deployTokenId: number | undefined;
  /** Id or full path as the program wrote it. */
  readonly owner: string;
  /** Defined if this package recorded it. */
  readonly ownerId: string | undefined;
  /** Undefined if the state does not contain the address of GitLab. */
  readonly baseUrl: string | undefined;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  /** Whether it was adopted. The program may still contain `adopt`. */
  readonly isAdopted: boolean;
  /** Whether a request whose response was lost is still open: GitLab may have created a token that no stack has. */
  readonly hasOpenRequest: boolean;
  /** In an export with --show-secrets, and in a Terraform state. */
  readonly token: string | undefined;
  /** The tool that wrote the state. OpenTofu's is Terraform's. */
  readonly tool: "pulumi" | "terraform";
}

/** An interrupted create: the state does not show whether GitLab created the token. */
export interface PendingCreate
  extends Pick<
    ManagedToken,
    "urn" | "kind" | "owner" | "ownerId" | "baseUrl" | "name" | "scopes" | "expiresAt"
  > {
  /** Undefined for the default of GitLab. */
  readonly username: string | undefined;
  /** Whether an argument is a secret of an export without --show-secrets: the create equals no token. */
  readonly isEncrypted: boolean;
}

/** The name of the rotating component that a token belongs to. */
export function rotationOf({ parent = "" }: ManagedToken): string | undefined {
  return /:Rotating(?:Project|Group)DeployToken::(.+)$/.exec(parent)?.[1];
}

/** Whether the resource's token is a token of this owner. */
export function isOwnedBy(
  { kind, owner, ownerId }: Pick<ManagedToken, "kind" | "owner" | "ownerId">,
  found: AuditedOwner | undefined,
): boolean {
  if (found?.kind !== kind) return false;
  return ownerId === undefined
    ? found.path.toLowerCase() === owner.toLowerCase()
    : String(found.id) === ownerId;
}

/** Whether the resource is on this GitLab. One that does not tell its GitLab is taken to be on this one. */
export function isOn({ baseUrl }: Pick<ManagedToken, "baseUrl">, here: string): boolean {
  return baseUrl === undefined || baseUrl === here;
}
