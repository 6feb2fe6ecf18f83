import type { Input } from "@pulumi/pulumi";

/** A deploy token without its value, which GitLab returns only at the creation of a token. */
export interface GetDeployTokenResult {
  /** Unique in the instance. */
  readonly deployTokenId: number;
  /** Not unique. */
  readonly name: string;
  /** The user name for the token. */
  readonly username: string;
  /** In GitLab's order. */
  readonly scopes: string[];
  /** The expiry in the form `2027-01-31T00:00:00.000Z`; undefined means never. Outside the years 1 to 9999, GitLab's own text. */
  readonly expiresAt: string | undefined;
  /** Whether `expiresAt` has passed at this moment. GitLab's own flag is only true from the next day. */
  readonly expired: boolean;
  /** Always false before GitLab 13.12, which does not report it. */
  readonly revoked: boolean;
  /** Whether the token works: it is neither expired nor revoked. */
  readonly active: boolean;
}

/** Several deploy tokens, by ascending id. */
export interface GetDeployTokensResult {
  /** Empty if no token matches. */
  readonly tokens: GetDeployTokenResult[];
}

/** One token of an owner: by its id or by its name. */
export interface GetDeployTokenArgs {
  /** The token's id. Either this or `name`. */
  deployTokenId?: number | undefined;
  /**
   * The exact name of the token in GitLab. Several tokens can have the same name. This is an error unless `newest` is
   * true.
   */
  name?: string | undefined;
  /**
   * Whether to take the newest token that works if several have the name, as during the overlap of a rotation. Expired and
   * revoked tokens then do not count.
   *
   * @default false
   */
  newest?: boolean | undefined;
}

/** The tokens that a list contains. */
export interface GetDeployTokensArgs {
  /** Only tokens that work (true), or only expired and revoked ones (false). @default all */
  active?: boolean | undefined;
}

/** The same arguments, each of which can be an output of a resource. */
export type OutputArgs<A> = { [K in keyof A]: Input<A[K]> };
