import type * as pulumi from "@pulumi/pulumi";
import { type FormatOfOne, writeOne } from "./format.js";
import { needs } from "./scope-needs.js";
import { badArgument, baseUrlOf, type DeployTokenSource, mapInput, withCredentials } from "./source.js";

/** The credentials are for a whole host, or for one project. */
export interface GitCredentialsUrlOptions {
  /**
   * The full path of a project to clone, as in `acme/platform/app`. Git addresses have no ids.
   *
   * @default none: the URL is that of the host, as in a line of `.git-credentials`
   */
  readonly project?: pulumi.Input<string | undefined>;
}

interface Parts {
  readonly baseUrl: string;
  readonly path: string;
}

const format: FormatOfOne<GitCredentialsUrlOptions, Parts, string> = {
  name: "gitCredentialsUrl",
  options: ["project"],
  needs: [needs.git],
  parts: (source, { project }, label) => ({
    baseUrl: baseUrlOf(label, source),
    path: mapInput({ project }, repository),
  }),
  // Git's store compares hosts only, not the path of a GitLab below a host.
  write: ({ baseUrl, path, ...login }) =>
    withCredentials(path === "" ? new URL(baseUrl).origin : `${baseUrl}${path}`, login),
};

/**
 * A URL with a deploy token's user name and value in it. Without `project` it is the line for Git's credential store,
 * for every repository on that host. With `project` it is the address for `git clone`. The token needs the scope
 * `read_repository`.
 *
 * Git writes the URL that it clones into `.git/config`: prefer the credential store.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: `project` is not a full path, or the token's value is
 *   unknown.
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
  options?: GitCredentialsUrlOptions,
): pulumi.Output<string> {
  return writeOne(format, token, options);
}

function repository({ project }: { project: string | undefined }): string {
  if (project === undefined) return "";
  const parts = typeof project === "string" ? project.replace(/\.git$/, "").split("/") : [];
  if (parts.length < 2 || parts.some((part) => part.trim() === "" || part === "." || part === "..")) {
    throw badArgument(format.name, "project", project, 'a full path such as "acme/app"');
  }
  return `/${parts.map(encodeURIComponent).join("/")}.git`;
}
