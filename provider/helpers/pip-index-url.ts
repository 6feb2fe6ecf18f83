import type * as pulumi from "@pulumi/pulumi";
import { type FormatOfOne, writeOne } from "./format.js";
import { type PackageRegistry, type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";
import { type DeployTokenSource, withCredentials } from "./source.js";

const format: FormatOfOne<PackageRegistryOptions, { readonly registry: PackageRegistry }, string> = {
  name: "pipIndexUrl",
  options: ["project", "group"],
  needs: [needs.packages],
  parts: (source, options, label) => ({ registry: packageRegistry(label, "pypi", source, options) }),
  write: ({ registry: { api, path }, ...login }) => withCredentials(`${api}/${path}/simple`, login),
};

/**
 * The URL of GitLab's package registry for Python, with a deploy token's user name and value in it: for pip's
 * `PIP_INDEX_URL`, `index-url` or `extra-index-url` and for uv's `UV_DEFAULT_INDEX` or `UV_INDEX`. The token needs the
 * scope `read_package_registry`.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, the token's scopes are not enough, or its
 *   value is unknown.
 * @example
 * ```ts
 * const packages = new ProjectDeployToken("packages", { project: 7, scopes: ["read_package_registry"] });
 *
 * export const index = pipIndexUrl(packages);
 * // https://gitlab%2Bdeploy-token-1:gldt-…@gitlab.com/api/v4/projects/7/packages/pypi/simple
 * ```
 * @see https://docs.gitlab.com/user/packages/pypi_repository/#install-a-pypi-package
 */
export function pipIndexUrl(
  token: DeployTokenSource,
  options?: PackageRegistryOptions,
): pulumi.Output<string> {
  return writeOne(format, token, options);
}
