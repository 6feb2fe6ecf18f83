import * as pulumi from "@pulumi/pulumi";
import { clearly } from "../run-error.js";
import {
  badArgument,
  baseUrlOf,
  credentialsOf,
  type DeployTokenSource,
  secretText,
  withCredentials,
} from "./source.js";

export interface GitCredentialsUrlOptions {
  /**
   * The full path of a project to clone, as in `acme/platform/app`; Git knows no ids.
   *
   * @default none: the URL is that of the host, as in a line of `.git-credentials`
   */
  readonly project?: pulumi.Input<string | undefined>;
}

/**
 * A URL with a deploy token's user name and value in it: without `project` the line for Git's credential store, which
 * serves every repository on that host, with `project` what `git clone` takes. The token needs the scope
 * `read_repository`.
 *
 * Git writes the URL that it clones into `.git/config`: prefer the credential store.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`, through the output: `project` is no full path, or the token's value is
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
  const helper = "gitCredentialsUrl";
  const credentials = credentialsOf(token);
  const project = pulumi.output(options.project).apply((path) => clearly(() => repository(helper, path)));
  const baseUrl = baseUrlOf(helper, credentials);
  return secretText(helper, credentials, pulumi.all([baseUrl, project]), (known, [base, path]) =>
    // The store compares hosts, not the path of a GitLab below one.
    withCredentials(path === "" ? new URL(base).origin : `${base}${path}`, known),
  );
}

function repository(helper: string, path: string | undefined): string {
  if (path === undefined) return "";
  const parts = typeof path === "string" ? path.replace(/\.git$/, "").split("/") : [];
  if (parts.length < 2 || parts.some((part) => part.trim() === "" || part === "." || part === "..")) {
    throw badArgument(helper, "project", path, 'a full path such as "acme/app"');
  }
  return `/${parts.map(encodeURIComponent).join("/")}.git`;
}
