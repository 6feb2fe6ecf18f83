import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { needs } from "./scope-needs.js";
import { hostOf } from "./source.js";

const format: Format<object, { readonly machine: string }, string> = {
  name: "netrc",
  options: [],
  needs: [needs.gitOrPackages],
  plainToken: true,
  // The format has no ports.
  parts: (source, _, label) => ({ machine: hostOf(label, source, "hostname") }),
  keys: ({ machine }) => [machine],
  write: (entries) =>
    entries
      .map(({ machine, username, token }) => `machine ${machine} login ${username} password ${token}\n`)
      .join(""),
};

/**
 * A line of a `.netrc`, which Git, Go (`GOPRIVATE`), curl and Terraform's downloads read. It is for every port of the
 * host and every request there: Git needs the scope `read_repository`, package registries `read_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token of another GitLab.
 * @returns a secret output, of lines that each end with a line break.
 * @throws DeployTokenError `invalid_argument`: a host appears twice, the token's scopes are not enough, or its value is
 *   unknown.
 * @example
 * ```ts
 * const read = new GroupDeployToken("read", { group: "acme", scopes: ["read_repository"] });
 *
 * export const file = netrc(read); // machine gitlab.com login gitlab+deploy-token-1 password gldt-…
 * ```
 * @see https://docs.gitlab.com/user/project/use_project_as_go_package/
 * @see https://everything.curl.dev/usingcurl/netrc.html
 */
export function netrc(token: DeployTokenEntries<object>): pulumi.Output<string> {
  return writeFormat(format, token, undefined);
}
