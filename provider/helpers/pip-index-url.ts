import type * as pulumi from "@pulumi/pulumi";
import { type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import { credentialsOf, type DeployTokenSource, secretText, withCredentials } from "./source.js";

/**
 * The URL of GitLab's package registry for Python, with a deploy token's user name and value in it: for pip's
 * `PIP_INDEX_URL`, `index-url` or `extra-index-url`, and for what else reads a simple index. The token needs the scope
 * `read_package_registry`.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`, through the output: no project or group is known, or the token's value is
 *   not known.
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
  options: PackageRegistryOptions = {},
): pulumi.Output<string> {
  const helper = "pipIndexUrl";
  const credentials = credentialsOf(token);
  return secretText(
    helper,
    credentials,
    packageRegistry(helper, "pypi", credentials, options),
    (known, { api, path }) => withCredentials(`${api}/${path}/simple`, known),
  );
}
