import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { TokenQuery } from "./token-query.js";
import type { GetDeployTokensArgs, GetDeployTokensResult, OutputArgs } from "./types.js";

const all = new TokenQuery<GetDeployTokensArgs, GetDeployTokensResult>(
  "getInstanceDeployTokens",
  ["active"],
  ["tokens"],
  async (which, gitlab, signal) =>
    (await import("./deploy-tokens.js")).getAll(undefined, which, gitlab, signal),
);

/**
 * Lists all deploy tokens of the GitLab instance by ascending id, without their values. GitLab does not report their
 * projects and groups here. It also runs in previews. Only administrators of a self-managed or dedicated GitLab can use it.
 * On GitLab.com, list the tokens of each group, or run `pulumi-gitlab-deploy-tokens audit --group acme --recursive`.
 *
 * @param args `active` limits the list to tokens that work (`true`) or do not work (`false`).
 * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `forbidden` for users who are not administrators. It never returns a partial list.
 * @example
 * ```ts
 * const { tokens } = await getInstanceDeployTokens({ active: false });
 * export const dead = tokens.length;
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#list-all-deploy-tokens
 */
export function getInstanceDeployTokens(
  args: GetDeployTokensArgs = {},
  opts?: InvokeOptions,
): Promise<GetDeployTokensResult> {
  return all.promise(args, opts);
}

/** `getInstanceDeployTokens` with outputs of other resources as arguments. The result is unknown while they are. */
export function getInstanceDeployTokensOutput(
  args: OutputArgs<GetDeployTokensArgs> = {},
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
