/** https://docs.gitlab.com/api/access_requests/#valid-access-levels */
export const roles = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;

/** A member's role. */
export type Role = keyof typeof roles;

/** Who sees a project or group. */
export type Visibility = "public" | "internal" | "private";

/** Someone who signs in, or the bot of a project or group access token. */
export interface User {
  readonly id: number;
  readonly username: string;
  /** Whether an administrator. */
  readonly admin: boolean;
  /** The reason in `403 Forbidden - <reason>`, for a blocked user. */
  readonly blocked: string | undefined;
}

/** "impersonation": one of an instance that has impersonation tokens turned off. */
export type AccessTokenState = "active" | "expired" | "revoked" | "impersonation";

/** A personal, project or group access token, or an OAuth token. */
export interface AccessToken {
  readonly value: string;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly state: AccessTokenState;
  /** OAuth tokens are no `PRIVATE-TOKEN`. Left out: a personal, project or group access token. */
  readonly oauth?: boolean;
}

export interface Namespace {
  readonly id: number;
  path: string;
  name: string;
  visibility: Visibility;
  archived: boolean;
  /** Only reachable from other addresses: every answer is a 404. */
  restricted: boolean;
  /** Over its limit of storage or users, so read-only (EE): a group makes no deploy tokens. */
  overLimit: boolean;
  readonly members: Map<number, Role>;
}

/** A group as the emulator holds it. */
export interface Group extends Namespace {
  readonly kind: "group";
}

/** A project as the emulator holds it. */
export interface Project extends Namespace {
  readonly kind: "project";
  pendingDelete: boolean;
  /** Its repository: path to text. Undefined: it has none yet. */
  files: Readonly<Record<string, string>> | undefined;
  /** In the order of their publication. */
  readonly packages: Package[];
  imageTags: readonly string[];
}

/** What deploy tokens belong to. */
export type Owner = Group | Project;

/** A file of the package registry. */
export interface Package {
  readonly type: "npm" | "pypi";
  readonly name: string;
  readonly version: string;
  readonly fileName: string;
  /** The file as it was uploaded. */
  readonly content: Buffer;
}

/** A deploy token as the emulator holds it, with its value. */
export interface DeployToken {
  readonly id: number;
  readonly kind: "project" | "group";
  readonly ownerId: number;
  readonly name: string;
  /** Null: the default, which GitLab does not store. */
  readonly username: string | null;
  /** Null: never. */
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  /** A revoked one stays, and opens nothing. */
  revoked: boolean;
  /** The value. */
  readonly token: string;
}

/** A project's CI/CD variable. */
export interface Variable {
  readonly projectId: number;
  readonly key: string;
  value: string;
  variableType: "env_var" | "file";
  protected: boolean;
  masked: boolean;
  readonly hidden: boolean;
  raw: boolean;
  environmentScope: string;
  description: string | null;
}
