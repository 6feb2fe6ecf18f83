import type { Input, Output } from "@pulumi/pulumi";
import type { DeployTokenScope } from "../gitlab/scopes.js";

/** The arguments that project and group deploy tokens share. */
export interface DeployTokenArgs {
  /**
   * The name in GitLab: 1 to 255 characters, not all blank. The name `gitlab-deploy-token` is special: GitLab passes such
   * a token to pipelines as `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`.
   *
   * @default the name of the resource at its creation; a later rename of the resource does not change it
   * @see https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token
   */
  name?: Input<string | undefined>;

  /**
   * The scopes of the token, at least one. Order and repetition do not matter. Write a scope that this package does not
   * know as `"read_something_new" as DeployTokenScope`: it causes a warning and is sent unchanged.
   *
   * @example ["read_repository", "read_registry"]
   * @see https://docs.gitlab.com/user/project/deploy_tokens/#scope
   */
  scopes: Input<readonly Input<DeployTokenScope>[]>;

  /**
   * The user name for the token: 1 to 255 letters, digits and `. + _ -`.
   *
   * @default `gitlab+deploy-token-<id>`, chosen by GitLab (GitLab 12.9 always chooses it)
   */
  username?: Input<string | undefined>;

  /**
   * When the token stops working: a date (`2027-01-31`, 00:00 UTC at its start) or an RFC 3339 date-time with a zone
   * (`2027-01-31T12:00:00+01:00`). Different spellings of the same time are equal. `3000-01-01` means never in GitLab. A
   * preview refuses a time in the past for a new token (see `validatePastExpirationDate`).
   *
   * @default never
   */
  expiresAt?: Input<string | undefined>;

  /**
   * Whether a preview refuses an `expiresAt` in the past for a new token. This is not part of the token: a change of it
   * replaces nothing.
   *
   * @default true (the official provider's is false)
   */
  validatePastExpirationDate?: Input<boolean | undefined>;

  /**
   * Takes over an existing token instead of creating one; see {@link AdoptArgs}. It is needed for one `pulumi up`: remove it
   * after that. This is not part of the token: a change of it replaces nothing.
   */
  adopt?: AdoptArgs;
}

/**
 * The existing token to take over. If its name, scopes, username or expiry differ from the program, `adopt` fails with a
 * list of the differences.
 *
 * @example
 * ```ts
 * new ProjectDeployToken("pull", {
 *   project: "acme/app",
 *   name: "cluster pull",
 *   scopes: ["read_registry"],
 *   adopt: { deployTokenId: 42, token: config.requireSecret("pullToken") },
 * });
 * ```
 */
export interface AdoptArgs {
  /** The id of the token in GitLab. */
  deployTokenId: Input<number>;
  /**
   * The token's value, which is stored as a secret. GitLab does not return it. Without it, the output `token` is absent
   * until a `pulumi up` with it.
   */
  token?: Input<string | undefined>;
}

/** The outputs that project and group deploy tokens share. */
export interface DeployTokenOutputs {
  /** The name in GitLab. */
  readonly name: Output<string>;
  /** In GitLab's order. */
  readonly scopes: Output<DeployTokenScope[]>;
  /** The user name for the token. */
  readonly username: Output<string>;
  /** The expiry in the form `2027-01-31T00:00:00.000Z`; undefined means never. */
  readonly expiresAt: Output<string | undefined>;
  /** Whether the token was revoked in GitLab at the last refresh. The next `pulumi up` replaces a revoked token. */
  readonly revoked: Output<boolean>;
  /** The token's value, a secret. Undefined for a token that was only read, or adopted without its value. */
  readonly token: Output<string>;
  /** The id of the token, unique in the GitLab instance. */
  readonly deployTokenId: Output<number>;
  /** The numeric id of the project or group. */
  readonly ownerId: Output<string>;
  /** The address of the GitLab that has the token, such as `https://gitlab.com`. */
  readonly baseUrl: Output<string>;
}
