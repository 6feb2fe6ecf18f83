import type { InvokeOptions, Output } from "@pulumi/pulumi";
import { TokenQuery } from "./token-query.js";
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

/** The arguments of `getProjectDeployTokens`. */
export interface GetProjectDeployTokensArgs extends GetDeployTokensArgs {
  /** The project: its numeric id or its full path, as in `acme/app`. */
  project: string | number;
}

// Loaded at the first call: every command loads this file, but most programs do not use look-ups.
const deployTokens = () => import("./deploy-tokens.js");

const one = new TokenQuery<GetProjectDeployTokenArgs, GetDeployTokenResult>(
  "getProjectDeployToken",
  ["project", "deployTokenId", "name", "newest"],
  ["deployTokenId", "name", "username", "scopes", "expiresAt", "expired", "revoked", "active"],
  async ({ project, ...which }, gitlab, signal) =>
    (await deployTokens()).getOne("project", project, which, gitlab, signal),
);
const all = new TokenQuery<GetProjectDeployTokensArgs, GetDeployTokensResult>(
  "getProjectDeployTokens",
  ["project", "active"],
  ["tokens"],
  async ({ project, ...which }, gitlab, signal) => {
    const { getAll, ownerOf } = await deployTokens();
    return getAll(ownerOf("project", project), which, gitlab, signal);
  },
);

/**
 * Reads one deploy token of a project without its value, also one that no stack manages. It also runs in previews. The
 * access token needs the scope `read_api` or `api`, and its user the role Maintainer in the project.
 *
 * @param args The project, and the id or the name of the token.
 * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `deploy_token_not_found` if no token matches, with a list of the existing ones;
 *   `invalid_argument` if several tokens have the name; `owner_not_found`, `forbidden`, `unauthorized` and others.
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

/** `getProjectDeployToken` with outputs of other resources as arguments. The result is unknown while they are. */
export function getProjectDeployTokenOutput(
  args: OutputArgs<GetProjectDeployTokenArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokenResult> {
  return one.output(args, opts);
}

/**
 * Lists all deploy tokens of a project by ascending id, without their values. It also runs in previews. The access token
 * needs the scope `read_api` or `api`, and its user the role Maintainer in the project.
 *
 * @param args The project. `active` limits the list to tokens that work (`true`) or do not work (`false`).
 * @param opts Pulumi's options. `provider` takes a `Provider` of this package, for another GitLab.
 * @throws DeployTokenError `owner_not_found`, `forbidden`, `unauthorized`, `unavailable` and others. It never returns a
 *   partial list.
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

/** `getProjectDeployTokens` with outputs of other resources as arguments. The result is unknown while they are. */
export function getProjectDeployTokensOutput(
  args: OutputArgs<GetProjectDeployTokensArgs>,
  opts?: InvokeOptions,
): Output<GetDeployTokensResult> {
  return all.output(args, opts);
}
