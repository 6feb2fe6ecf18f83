import type { AccessTokenState, Grant, Role, Visibility } from "./entities.js";

/** An access token of the initial state. */
export interface AccessTokenSeed {
  readonly value: string;
  /** @default ["api"] */
  readonly scopes?: readonly string[];
  /** @default "active" */
  readonly state?: AccessTokenState;
  /** An OAuth token, which GitLab accepts as `Bearer` and `access_token` only. @default false */
  readonly oauth?: boolean;
  /** Makes it a fine-grained access token, which has permissions instead of scopes. @default a classic one */
  readonly grants?: readonly Grant[];
}

/** A user of the initial state. */
export interface UserSeed {
  /** As in a personal namespace's path. */
  readonly username: string;
  /** @default false */
  readonly admin?: boolean;
  /** GitLab's reason why the user may not use the API: one of `userRefusals`, or another text. */
  readonly blocked?: string;
  /** The user's personal access tokens need a DPoP proof with each request. @default false */
  readonly dpop?: boolean;
  /** Personal access tokens. */
  readonly tokens?: readonly AccessTokenSeed[];
}

/** A project or group access token: GitLab creates a bot user for it, a member of that project or group. */
export interface OwnerAccessTokenSeed extends AccessTokenSeed {
  /** @default "maintainer" */
  readonly role?: Role;
}

/** A group or project of the initial state. */
export interface OwnerSeed {
  /** Full path; a project's first part is a group or a user. Parents come before their children. */
  readonly path: string;
  /** @default "private" */
  readonly visibility?: Visibility;
  /** The day of its mark for deletion, as in `2027-01-31`; the path is used as given. @default not marked */
  readonly markedForDeletionOn?: string;
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

/** A group of the initial state. */
export interface GroupSeed extends OwnerSeed {
  /** A top-level group that takes only fine-grained access tokens. @default false */
  readonly enforcesFineGrainedTokens?: boolean;
}

/** A project of the initial state, with the content that its deploy tokens give access to. */
export interface ProjectSeed extends OwnerSeed {
  /** False: its feature "Repository" is off, so no deploy token authenticates for Git. @default true */
  readonly repositoryEnabled?: boolean;
  /** The files of its repository's branch `main`: path to text. @default no repository */
  readonly files?: Readonly<Record<string, string>>;
  readonly packages?: readonly PackageSeed[];
  /** Tags of its container image. @default no image */
  readonly imageTags?: readonly string[];
}

/** A deploy token, as the web interface creates one. */
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

/** The emulator's data at its start. Ids count from 1, in order, for users, groups and projects each. */
export interface Seed {
  readonly users?: readonly UserSeed[];
  readonly groups?: readonly GroupSeed[];
  readonly projects?: readonly ProjectSeed[];
  readonly deployTokens?: readonly DeployTokenByHand[];
}

/**
 * GitLab's reasons to refuse a user, for `blocked`. The answer is `403 Forbidden - <reason>`.
 *
 * @example
 * ```ts
 * import { start, userRefusals } from "pulumi-gitlab-deploy-tokens/testing";
 *
 * const blocked = userRefusals.termsNotAccepted("tess");
 * await start({ seed: { users: [{ username: "tess", blocked, tokens: [{ value: "glpat-tess-0000000001" }] }] } });
 * ```
 */
export const userRefusals = {
  /** An administrator blocked the user. */
  blocked: () => "Your account has been blocked.",
  /** The user was inactive or was deactivated. */
  deactivated: () =>
    "Your account has been deactivated by your administrator. Please log back in from a web browser to reactivate your account.",
  /** The instance enforces terms of service. */
  termsNotAccepted: (username: string) =>
    `You (@${username}) must accept the Terms of Service in order to perform this action. Please access GitLab from a web browser to accept these terms.`,
  /** The instance or group enforces two-factor authentication. The text is not verified against GitLab. */
  twoFactorMissing: () =>
    "Your account must set up two-factor authentication. Please access GitLab from a web browser to set it up.",
} as const;

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
