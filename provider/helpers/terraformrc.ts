import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { needs } from "./scope-needs.js";
import { hostOf } from "./source.js";

const format: Format<object, { readonly host: string }, string> = {
  name: "terraformrc",
  options: [],
  needs: [needs.packages],
  // Quotes and "${" have a meaning in the file.
  plainToken: true,
  parts: (source, _, label) => ({ host: hostOf(label, source) }),
  keys: ({ host }) => [host],
  write: (entries) =>
    entries.map(({ host, token }) => `credentials "${host}" {\n  token = "${token}"\n}\n`).join(""),
};

/**
 * The `credentials` block of a `.terraformrc` or `.tofurc`, with which Terraform and OpenTofu take modules from a
 * group's module registry. The token needs the scope `read_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token of another GitLab.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: a GitLab appears twice, the token's scopes are not enough, or its value
 *   is unknown.
 * @example
 * ```ts
 * const modules = new GroupDeployToken("modules", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = terraformrc(modules);
 * ```
 * @see https://docs.gitlab.com/user/packages/terraform_module_registry/#reference-a-terraform-module
 */
export function terraformrc(token: DeployTokenEntries<object>): pulumi.Output<string> {
  return writeFormat(format, token, undefined);
}
