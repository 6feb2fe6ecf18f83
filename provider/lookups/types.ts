import type { Input } from "@pulumi/pulumi";

/** A deploy token as GitLab describes it; never its value, which GitLab shows only when a token is made. */
export interface GetDeployTokenResult {
  /** Unique in the instance. */
  readonly deployTokenId: number;
  /** Not unique. */
  readonly name: string;
  /** The user name that goes with the token's value. */
  readonly username: string;
  /** In GitLab's order. */
  readonly scopes: string[];
  /** `2027-01-31T00:00:00.000Z`; undefined: never. */
  readonly expiresAt: string | undefined;
  /** Whether `expiresAt` has passed, to the instant: GitLab's own flag is only true from the next day. */
  readonly expired: boolean;
  /** Always false where GitLab is older than 13.12, which does not say. */
  readonly revoked: boolean;
  /** Neither expired nor revoked: whether it works. */
  readonly active: boolean;
}

/** Several deploy tokens, by ascending id. */
export interface GetDeployTokensResult {
  /** Empty where there is none. */
  readonly tokens: GetDeployTokenResult[];
}

/** One token of an owner: by its id, or by a name that only it has. */
export interface GetDeployTokenArgs {
  /** The token's id. Either this or `name`. */
  deployTokenId?: number | undefined;
  /** The token's name, exactly as GitLab shows it. GitLab lets several tokens have one name: that is an error here. */
  name?: string | undefined;
}

/** Which tokens a list holds. */
export interface GetDeployTokensArgs {
  /** Only tokens that work (true), or only expired and revoked ones (false). @default all */
  active?: boolean | undefined;
}

/** The same arguments, each of which may be another resource's output. */
export type OutputArgs<A> = { [K in keyof A]: Input<A[K]> };
