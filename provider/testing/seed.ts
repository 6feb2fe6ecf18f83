import type { AccessTokenState, Role, Visibility } from "./entities.js";

/** An access token to begin with. */
export interface AccessTokenSeed {
  readonly value: string;
  /** @default ["api"] */
  readonly scopes?: readonly string[];
  /** @default "active" */
  readonly state?: AccessTokenState;
  /** An OAuth token, which is taken as `Bearer` and `access_token` only. @default false */
  readonly oauth?: boolean;
}

/** A user to begin with. */
export interface UserSeed {
  /** As in a personal namespace's path. */
  readonly username: string;
  /** @default false */
  readonly admin?: boolean;
  /** The reason that GitLab gives, such as "Your account has been blocked." */
  readonly blocked?: string;
  /** Personal access tokens. */
  readonly tokens?: readonly AccessTokenSeed[];
}

/** A project or group access token: GitLab makes a bot user for it, a member of that project or group. */
export interface OwnerAccessTokenSeed extends AccessTokenSeed {
  /** @default "maintainer" */
  readonly role?: Role;
}

/** A group or project to begin with. */
export interface OwnerSeed {
  /** Full path; a project's first part is a group or a user. Parents come before their children. */
  readonly path: string;
  /** @default "private" */
  readonly visibility?: Visibility;
  /** User name to role. A group's members have at least that role in everything below. */
  readonly members?: Readonly<Record<string, Role>>;
  /** Project or group access tokens. */
  readonly tokens?: readonly OwnerAccessTokenSeed[];
  /** Read-only. @default false */
  readonly archived?: boolean;
  /** Closed to this address: 404. */
  readonly restricted?: boolean;
  /** Over its limit of storage or users, so read-only (EE). */
  readonly overLimit?: boolean;
}

/** A package as its client uploads it. */
export interface PackageSeed {
  readonly type: "npm" | "pypi";
  /** As in its manifest; an npm package's with its scope, as in `@acme/ui`. */
  readonly name: string;
  /** As in its manifest, such as `1.0.0`. */
  readonly version: string;
  /** The npm tarball or the wheel, in Base64. */
  readonly content: string;
}

/** A project to begin with, and what it holds for those whom its deploy tokens let in. */
export interface ProjectSeed extends OwnerSeed {
  /** What its repository's branch `main` holds: path to text. @default no repository */
  readonly files?: Readonly<Record<string, string>>;
  readonly packages?: readonly PackageSeed[];
  /** Tags of its container image. @default no image */
  readonly imageTags?: readonly string[];
}

/** A deploy token by hand, as the web interface makes one. */
export interface DeployTokenByHand {
  /** Id or full path; this or `group`. */
  readonly project?: string;
  readonly group?: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** @default GitLab's own, gitlab+deploy-token-<id> */
  readonly username?: string;
  /** @default never */
  readonly expiresAt?: Date | string;
}

/** What the emulator holds at its start. Ids count from 1, in order, for users, groups and projects each. */
export interface Seed {
  readonly users?: readonly UserSeed[];
  readonly groups?: readonly OwnerSeed[];
  readonly projects?: readonly ProjectSeed[];
  readonly deployTokens?: readonly DeployTokenByHand[];
}

/** A company with a project of each kind, and an access token for each role. */
export const defaultSeed = {
  users: [
    { username: "root", admin: true, tokens: [{ value: "glpat-administrator-0001" }] },
    {
      username: "olivia",
      tokens: [
        { value: "glpat-owner-0000000001" },
        { value: "glpat-owner-read-api-01", scopes: ["read_api"] },
        { value: "glpat-owner-read-user-1", scopes: ["read_user"] },
        { value: "glpat-owner-expired-001", state: "expired" },
        { value: "glpat-owner-revoked-001", state: "revoked" },
      ],
    },
    { username: "mia", tokens: [{ value: "glpat-maintainer-00001" }] },
    { username: "dev", tokens: [{ value: "glpat-developer-000001" }] },
    { username: "otto", tokens: [{ value: "glpat-outsider-0000001" }] },
    {
      username: "bob",
      blocked: "Your account has been blocked.",
      tokens: [{ value: "glpat-blocked-00000001" }],
    },
  ],
  groups: [
    { path: "acme", members: { olivia: "owner", mia: "maintainer", dev: "developer", bob: "owner" } },
    { path: "acme/platform" },
    { path: "open", visibility: "public", members: { olivia: "owner" } },
    { path: "closed", members: { root: "owner" } },
  ],
  projects: [
    { path: "acme/app", files: { "README.md": "# app\n" } },
    { path: "acme/tools" },
    { path: "acme/platform/images" },
    { path: "open/docs", visibility: "public" },
    { path: "olivia/notes" },
    { path: "closed/vault" },
  ],
} as const satisfies Seed;
