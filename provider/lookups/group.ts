import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { TokenQuery } from "./token-query.js";
import type {
  GetDeployTokenArgs,
  GetDeployTokenResult,
  GetDeployTokensArgs,
  GetDeployTokensResult,
  OutputArgs,
} from "./types.js";

/** Which token `getGroupDeployToken` reads. */
export interface GetGroupDeployTokenArgs extends GetDeployTokenArgs {
  /** The group: its numeric id or its full path, as in `acme/platform`. */
  group: string | number;
}

/** The arguments of `getGroupDeployTokens`. */
export interface GetGroupDeployTokensArgs extends GetDeployTokensArgs {
  /** The group: its numeric id or its full path, as in `acme/platform`. */
  group: string | number;
}

// Loaded at the first call: every command loads this file, but most programs do not use look-ups.
const deployTokens = () => import("./deploy-tokens.js");

const one = new TokenQuery<GetGroupDeployTokenArgs, GetDeployTokenResult>(
  "getGroupDeployToken",
  ["group", "deployTokenId", "name", "newest"],
  ["deployTokenId", "name", "username", "scopes", "expiresAt", "expired", "revoked", "active"],
  async ({ group, ...which }, gitlab, signal) =>
    (await deployTokens()).getOne("group", group, which, gitlab, signal),
);
const all = new TokenQuery<GetGroupDeployTokensArgs, GetDeployTokensResult>(
  "getGroupDeployTokens",
  ["group", "active"],
  ["tokens"],
  async ({ group, ...which }, gitlab, signal) => {
    const { getAll, ownerOf } = await deployTokens();
    return getAll(ownerOf("group", group), which, gitlab, signal);
  },
);

/**
 * Reads one deploy token of a group without its value, also one that no stack manages. It also runs in previews. The
 * access token needs the scope `read_api` or `api`, and its user the role Maintainer in the group.
 *
 * @param args The group, and the id or the name of the token.
 * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `deploy_token_not_found` if no token matches, with a list of the existing ones;
 *   `invalid_argument` if several tokens have the name; `owner_not_found`, `forbidden`, `unauthorized` and others.
 * @example
 * ```ts
 * const legacy = await getGroupDeployToken({ group: "acme/platform", name: "cluster pull" });
 * if (legacy.expired) throw new Error(`deploy token ${legacy.deployTokenId} has expired`);
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#retrieve-a-group-deploy-token
 */
export function getGroupDeployToken(
  args: GetGroupDeployTokenArgs,
  opts?: InvokeOptions,
): Promise<GetDeployTokenResult> {
  return one.promise(args, opts);
}

/** `getGroupDeployToken` with outputs of other resources as arguments. The result is unknown while they are. */
export function getGroupDeployTokenOutput(
  args: OutputArgs<GetGroupDeployTokenArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokenResult> {
  return one.output(args, opts);
}

/**
 * Lists all deploy tokens of a group by ascending id, without their values. It also runs in previews. The access token
 * needs the scope `read_api` or `api`, and its user the role Maintainer in the group.
 *
 * @param args The group. `active` limits the list to tokens that work (`true`) or do not work (`false`).
 * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `owner_not_found`, `forbidden`, `unauthorized`, `unavailable` and others. It never returns a
 *   partial list.
 * @example
 * ```ts
 * const { tokens } = await getGroupDeployTokens({ group: "acme/platform", active: true });
 * export const names = tokens.map((token) => token.name);
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#list-group-deploy-tokens
 */
export function getGroupDeployTokens(
  args: GetGroupDeployTokensArgs,
  opts?: InvokeOptions,
): Promise<GetDeployTokensResult> {
  return all.promise(args, opts);
}

/** `getGroupDeployTokens` with outputs of other resources as arguments. The result is unknown while they are. */
export function getGroupDeployTokensOutput(
  args: OutputArgs<GetGroupDeployTokensArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
