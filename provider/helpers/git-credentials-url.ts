import type * as pulumi from "@pulumi/pulumi";
import {
  badArgument,
  baseUrlOf,
  type Credentials,
  credentialsOf,
  type DeployTokenSource,
  secretText,
  tokenOf,
  whenKnown,
  withCredentials,
} from "./source.js";

/** What the credentials open: a whole host, or one project. */
export interface GitCredentialsUrlOptions {
  /**
   * The full path of a project to clone, as in `acme/platform/app`; Git knows no ids.
   *
   * @default none: the URL is that of the host, as in a line of `.git-credentials`
   */
  readonly project?: pulumi.Input<string | undefined>;
}

const helper = "gitCredentialsUrl";

/**
 * A URL with a deploy token's user name and value in it: without `project` the line for Git's credential store, which
 * serves every repository on that host, with `project` what `git clone` takes. The token needs the scope
 * `read_repository`.
 *
 * Git writes the URL that it clones into `.git/config`: prefer the credential store.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: `project` is no full path, or the token's value is
 *   not known.
 * @example
 * ```ts
 * const read = new ProjectDeployToken("read", { project: "acme/app", scopes: ["read_repository"] });
 *
 * export const line = gitCredentialsUrl(read); // https://gitlab%2Bdeploy-token-1:gldt-…@gitlab.com
 * export const remote = gitCredentialsUrl(read, { project: "acme/app" }); // …@gitlab.com/acme/app.git
 * ```
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#clone-a-repository
 * @see https://git-scm.com/docs/git-credential-store#_storage_format
 */
export function gitCredentialsUrl(
  token: DeployTokenSource,
  options: GitCredentialsUrlOptions = {},
): pulumi.Output<string> {
  const source = tokenOf(helper, token);
  return secretText<{ login: Credentials; baseUrl: string; path: string }>(
    {
      login: credentialsOf(helper, source),
      baseUrl: baseUrlOf(helper, source),
      path: whenKnown({ project: options.project }, repository),
    },
    // The store compares hosts, not the path of a GitLab below one.
    ({ login, baseUrl, path }) =>
      withCredentials(path === "" ? new URL(baseUrl).origin : `${baseUrl}${path}`, login),
  );
}

function repository({ project }: { project: string | undefined }): string {
  if (project === undefined) return "";
  const parts = typeof project === "string" ? project.replace(/\.git$/, "").split("/") : [];
  if (parts.length < 2 || parts.some((part) => part.trim() === "" || part === "." || part === "..")) {
    throw badArgument(helper, "project", project, 'a full path such as "acme/app"');
  }
  return `/${parts.map(encodeURIComponent).join("/")}.git`;
}
