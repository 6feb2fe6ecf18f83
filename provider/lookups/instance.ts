import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { Lookup } from "./lookup.js";
import type { GetDeployTokensArgs, GetDeployTokensResult, OutputArgs } from "./types.js";

const all = new Lookup<GetDeployTokensArgs, GetDeployTokensResult>(
  "getInstanceDeployTokens",
  async (which, gitlab, signal) =>
    (await import("./deploy-tokens.js")).getAll(undefined, which, gitlab, signal),
);

/**
 * Lists the deploy tokens of the whole GitLab instance by ascending id, all pages of them; never their values. GitLab
 * does not say whose they are. Runs in previews too. Only for administrators of a self-managed or dedicated GitLab;
 * elsewhere list them group by group, or run `pulumi-gitlab-deploy-tokens audit --group acme --recursive`.
 *
 * @param args Whether only those that work (`active: true`) or only those that do not.
 * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `forbidden` for all but administrators; never half a list.
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

/** `getInstanceDeployTokens` for arguments that are outputs of other resources; unknown in a preview where they are. */
export function getInstanceDeployTokensOutput(
  args: OutputArgs<GetDeployTokensArgs> = {},
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
