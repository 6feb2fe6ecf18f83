import type { Input, Output } from "@pulumi/pulumi";
import type { DeployTokenScope } from "../gitlab/scopes.js";

/** The arguments that project and group deploy tokens share. */
export interface DeployTokenArgs {
  /**
   * The name that GitLab shows: 1 to 255 characters, not all blank. GitLab gives the name `gitlab-deploy-token` a
   * meaning: pipelines get such a token as `CI_DEPLOY_USER` and `CI_DEPLOY_PASSWORD`.
   *
   * @default the resource's own name at creation; from then on whatever it was
   * @see https://docs.gitlab.com/user/project/deploy_tokens/#gitlab-deploy-token
   */
  name?: Input<string | undefined>;

  /**
   * What the token may do: at least one scope. A set: order and repeats mean nothing. A scope that this package
   * does not know draws a warning and is sent as it is.
   *
   * @example ["read_repository", "read_registry"]
   * @see https://docs.gitlab.com/user/project/deploy_tokens/#scope
   */
  scopes: Input<Input<DeployTokenScope>[]>;

  /**
   * The user name that goes with the token's value: 1 to 255 letters, digits and `. + _ -`.
   *
   * @default `gitlab+deploy-token-<id>`, chosen by GitLab (GitLab 12.9 always chooses it)
   */
  username?: Input<string | undefined>;

  /**
   * When the token stops working: a date (`2027-01-31`, 00:00 UTC at its start) or an RFC 3339 date-time with a zone
   * (`2027-01-31T12:00:00+01:00`). Two spellings of one instant are equal; `3000-01-01` is GitLab's "never". A
   * past one is refused at preview when a token would be made with it (see `validatePastExpirationDate`).
   *
   * @default never
   */
  expiresAt?: Input<string | undefined>;

  /**
   * Whether a past `expiresAt` is refused when a token would be made with it. Not part of the token: changing it
   * replaces nothing.
   *
   * @default true (the official provider's is false)
   */
  validatePastExpirationDate?: Input<boolean | undefined>;

  /**
   * Takes over a token that exists instead of making one; see {@link AdoptArgs}. For one `pulumi up`: after it,
   * remove it. Not part of the token: changing it replaces nothing.
   */
  adopt?: AdoptArgs;
}

/**
 * The token to take over. It is refused, with a list of the differences, where its name, scopes, username or expiry are
 * not as the program says.
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
  /** GitLab's id of the token, as its page or the API shows it. */
  deployTokenId: Input<number>;
  /**
   * The token's value, kept as a secret. GitLab does not give it: left out, the output `token` is absent, until a later
   * `pulumi up` gives it here.
   */
  token?: Input<string | undefined>;
}

/** The outputs that project and group deploy tokens share. */
export interface DeployTokenOutputs {
  /** The name that GitLab shows. */
  readonly name: Output<string>;
  /** In GitLab's order. */
  readonly scopes: Output<DeployTokenScope[]>;
  /** The user name that goes with the token's value. */
  readonly username: Output<string>;
  /** Always written as `2027-01-31T00:00:00.000Z`; undefined: never. */
  readonly expiresAt: Output<string | undefined>;
  /** Whether the token was revoked in GitLab's web interface, as last read. The next `pulumi up` replaces it. */
  readonly revoked: Output<boolean>;
  /** The token's value, a secret. Undefined for a token that was only read, or adopted without it. */
  readonly token: Output<string>;
  /** GitLab's id of the token, unique in the instance. */
  readonly deployTokenId: Output<number>;
  /** The project's or group's numeric id. */
  readonly ownerId: Output<string>;
  /** The GitLab that has the token, as in `https://gitlab.com`. */
  readonly baseUrl: Output<string>;
}
