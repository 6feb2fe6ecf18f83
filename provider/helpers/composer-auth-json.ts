import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { needs } from "./scope-needs.js";
import { hostOf } from "./source.js";

const format: Format<object, { readonly host: string }, string> = {
  name: "composerAuthJson",
  options: [],
  needs: [needs.packages],
  parts: (source, _, label) => ({ host: hostOf(label, source) }),
  keys: ({ host }) => [host],
  write: (entries) => {
    const hosts = entries.map(({ host, username, token }) => [host, { username, token }] as const);
    return `${JSON.stringify({ "gitlab-token": Object.fromEntries(hosts) }, undefined, 2)}\n`;
  },
};

/**
 * The text of Composer's `auth.json`, with which it installs from a group's or project's package registry. The token
 * needs the scope `read_package_registry`. Composer's own setting `gitlab-domains` names a GitLab of your own.
 *
 * @param token A deploy token; or a list of entries, each a token of another GitLab.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: a GitLab appears twice, the token's scopes are not enough, or its value
 *   is unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = composerAuthJson(packages);
 * ```
 * @see https://docs.gitlab.com/user/packages/composer_repository/#install-a-composer-package
 */
export function composerAuthJson(token: DeployTokenEntries<object>): pulumi.Output<string> {
  return writeFormat(format, token, undefined);
}
