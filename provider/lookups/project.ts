import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { Lookup } from "./lookup.js";
import type {
  GetDeployTokenArgs,
  GetDeployTokenResult,
  GetDeployTokensArgs,
  GetDeployTokensResult,
  OutputArgs,
} from "./types.js";

/** Which token `getProjectDeployToken` reads. */
export interface GetProjectDeployTokenArgs extends GetDeployTokenArgs {
  /** The project: its numeric id or its full path, as in `acme/app`. */
  project: string | number;
}

/** Whose tokens `getProjectDeployTokens` lists. */
export interface GetProjectDeployTokensArgs extends GetDeployTokensArgs {
  /** The project: its numeric id or its full path, as in `acme/app`. */
  project: string | number;
}

// Loaded when it is first called: most programs look nothing up, and every command loads this file.
const deployTokens = () => import("./deploy-tokens.js");

const one = new Lookup<GetProjectDeployTokenArgs, GetDeployTokenResult>(
  "getProjectDeployToken",
  async ({ project, ...which }, gitlab, signal) =>
    (await deployTokens()).getOne("project", project, which, gitlab, signal),
);
const all = new Lookup<GetProjectDeployTokensArgs, GetDeployTokensResult>(
  "getProjectDeployTokens",
  async ({ project, ...which }, gitlab, signal) => {
    const { getAll, ownerOf } = await deployTokens();
    return getAll(ownerOf("project", project), which, gitlab, signal);
  },
);

/**
 * Reads one deploy token of a project, also one that no stack manages; never its value. Runs in previews too. Needs the
 * role Maintainer in the project, and an access token with the scope `read_api` or `api`.
 *
 * @param args The project, and the token's id or its name.
 * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `deploy_token_not_found` where there is none, with a list of what there is;
 *   `invalid_argument` where several have the name; `owner_not_found`, `forbidden`, `unauthorized`, … as GitLab says.
 * @example
 * ```ts
 * const legacy = await getProjectDeployToken({ project: "acme/app", name: "cluster pull" });
 * if (legacy.expired) throw new Error(`deploy token ${legacy.deployTokenId} has expired`);
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#retrieve-a-project-deploy-token
 */
export function getProjectDeployToken(
  args: GetProjectDeployTokenArgs,
  opts?: InvokeOptions,
): Promise<GetDeployTokenResult> {
  return one.promise(args, opts);
}

/** `getProjectDeployToken` for arguments that are outputs of other resources; unknown in a preview where they are. */
export function getProjectDeployTokenOutput(
  args: OutputArgs<GetProjectDeployTokenArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokenResult> {
  return one.output(args, opts);
}

/**
 * Lists a project's deploy tokens by ascending id, all pages of them; never their values. Runs in previews too. Needs
 * the role Maintainer in the project, and an access token with the scope `read_api` or `api`.
 *
 * @param args The project, and whether only those that work (`active: true`) or only those that do not.
 * @param opts Pulumi's options; `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `owner_not_found`, `forbidden`, `unauthorized`, `unavailable`, … as GitLab says; never half
 *   a list.
 * @example
 * ```ts
 * const { tokens } = await getProjectDeployTokens({ project: "acme/app", active: true });
 * export const names = tokens.map((token) => token.name);
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/#list-project-deploy-tokens
 */
export function getProjectDeployTokens(
  args: GetProjectDeployTokensArgs,
  opts?: InvokeOptions,
): Promise<GetDeployTokensResult> {
  return all.promise(args, opts);
}

/** `getProjectDeployTokens` for arguments that are outputs of other resources; unknown in a preview where they are. */
export function getProjectDeployTokensOutput(
  args: OutputArgs<GetProjectDeployTokensArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
