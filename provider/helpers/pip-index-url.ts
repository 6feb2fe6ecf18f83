import type * as pulumi from "@pulumi/pulumi";
import { type PackageRegistry, type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import {
  type Credentials,
  credentialsOf,
  type DeployTokenSource,
  secretText,
  tokenOf,
  withCredentials,
} from "./source.js";

const helper = "pipIndexUrl";

/**
 * The URL of GitLab's package registry for Python, with a deploy token's user name and value in it: for pip's
 * `PIP_INDEX_URL`, `index-url` or `extra-index-url`. The token needs the scope `read_package_registry`.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, or the token's value is
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
  const source = tokenOf(helper, token);
  return secretText<{ login: Credentials; registry: PackageRegistry }>(
    {
      login: credentialsOf(helper, source),
      registry: packageRegistry(helper, "pypi", source, options),
    },
    ({ login, registry: { api, path } }) => withCredentials(`${api}/${path}/simple`, login),
  );
}
