import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { Lookup } from "./lookup.js";
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

/** Whose tokens `getGroupDeployTokens` lists. */
export interface GetGroupDeployTokensArgs extends GetDeployTokensArgs {
  /** The group: its numeric id or its full path, as in `acme/platform`. */
  group: string | number;
}

// Loaded when it is first called: most programs look nothing up, and every command loads this file.
const deployTokens = () => import("./deploy-tokens.js");

const one = new Lookup<GetGroupDeployTokenArgs, GetDeployTokenResult>(
  "getGroupDeployToken",
  async ({ group, ...which }, gitlab, signal) =>
    (await deployTokens()).getOne("group", group, which, gitlab, signal),
);
const all = new Lookup<GetGroupDeployTokensArgs, GetDeployTokensResult>(
  "getGroupDeployTokens",
  async ({ group, ...which }, gitlab, signal) => {
    const { getAll, ownerOf } = await deployTokens();
    return getAll(ownerOf("group", group), which, gitlab, signal);
  },
);

/**
 * Reads one deploy token of a group, also one that no stack manages; never its value. Runs in previews too. Needs the
 * role Maintainer in the group, and an access token with the scope `read_api` or `api`.
 *
 * @param args The group, and the token's id or its name.
 * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `deploy_token_not_found` where there is none, with a list of what there is;
 *   `invalid_argument` where several have the name; `owner_not_found`, `forbidden`, `unauthorized`, … as GitLab says.
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

/** `getGroupDeployToken` for arguments that are outputs of other resources; unknown in a preview where they are. */
export function getGroupDeployTokenOutput(
  args: OutputArgs<GetGroupDeployTokenArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokenResult> {
  return one.output(args, opts);
}

/**
 * Lists a group's deploy tokens by ascending id, all pages of them; never their values. Runs in previews too. Needs
 * the role Maintainer in the group, and an access token with the scope `read_api` or `api`.
 *
 * @param args The group, and whether only those that work (`active: true`) or only those that do not.
 * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `owner_not_found`, `forbidden`, `unauthorized`, `unavailable`, … as GitLab says; never half
 *   a list.
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

/** `getGroupDeployTokens` for arguments that are outputs of other resources; unknown in a preview where they are. */
export function getGroupDeployTokensOutput(
  args: OutputArgs<GetGroupDeployTokensArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
