/**
 * GitLab's default roles. A Security Manager has the abilities of a Reporter and more for security. Neither role has an
 * ability for deploy tokens.
 *
 * @see https://docs.gitlab.com/api/access_requests/#valid-access-levels
 */
export const roles = {
  guest: 10,
  planner: 15,
  reporter: 20,
  security_manager: 25,
  developer: 30,
  maintainer: 40,
  owner: 50,
} as const;

/** A member's role. */
export type Role = keyof typeof roles;

/** The visibility of a project or group. */
export type Visibility = "public" | "internal" | "private";

/** A person, or the bot of a project or group access token. */
export interface User {
  readonly id: number;
  readonly username: string;
  /** Whether the user is an administrator. */
  readonly admin: boolean;
  /** The reason in `403 Forbidden - <reason>`, for a user who may not use the API. */
  readonly blocked: string | undefined;
  /** The user's personal access tokens need a proof of possession. */
  readonly dpop: boolean;
}

/** "impersonation": a token on an instance that has impersonation tokens turned off. */
export type AccessTokenState = "active" | "expired" | "revoked" | "impersonation";

/** A personal, project or group access token, or an OAuth token. */
export interface AccessToken {
  readonly value: string;
  readonly user: User;
  readonly scopes: readonly string[];
  readonly state: AccessTokenState;
  /** OAuth tokens are not accepted as `PRIVATE-TOKEN`. Left out: a personal, project or group access token. */
  readonly oauth?: boolean;
  /** The permissions of a fine-grained access token. Undefined: a classic one, with scopes. */
  readonly grants?: readonly Grant[] | undefined;
}

/** Permissions of a fine-grained access token. */
export interface Grant {
  /** Such as `read_deploy_token`, `create_deploy_token`, `delete_deploy_token`, `read_project`, `read_group`. */
  readonly permissions: readonly string[];
  /** Full path of the project or group where they apply, and below it. @default everywhere */
  readonly at?: string;
}

export interface Namespace {
  readonly id: number;
  path: string;
  name: string;
  visibility: Visibility;
  archived: boolean;
  /** Only reachable from other addresses: every response is a 404. */
  restricted: boolean;
  /** Over its limit of storage or users, so read-only (EE): a group creates no deploy tokens. */
  overLimit: boolean;
  /** The day of its mark for deletion, as in `2027-01-31`. Null: not marked. */
  markedForDeletionOn: string | null;
  readonly members: Map<number, Role>;
}

/** A group as the emulator stores it. */
export interface Group extends Namespace {
  readonly kind: "group";
  /** Whether a top-level group and everything below it refuse classic access tokens. */
  enforcesFineGrainedTokens: boolean;
}

/** A project as the emulator stores it. */
export interface Project extends Namespace {
  readonly kind: "project";
  /** Whether its deletion is running: every response is a 404. */
  pendingDelete: boolean;
  /** Whether its feature "Repository" is on; otherwise no deploy token authenticates for Git. */
  repositoryEnabled: boolean;
  /** The files of its repository: path to text. Undefined: it has no repository yet. */
  files: Readonly<Record<string, string>> | undefined;
  /** In the order of their publication. */
  readonly packages: Package[];
  imageTags: readonly string[];
}

/** The owner of a deploy token. */
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

/** A deploy token as the emulator stores it, with its value. */
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
  /** A revoked token stays in the lists and gives no access. */
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
