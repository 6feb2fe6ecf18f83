import type * as pulumi from "@pulumi/pulumi";
import { type PackageRegistry, type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import {
  badArgument,
  type Credentials,
  credentialsOf,
  type DeployTokenSource,
  secretText,
  tokenOf,
  whenKnown,
} from "./source.js";

/** Whose package registry, and which of npm's packages come from it. */
export interface NpmrcOptions extends PackageRegistryOptions {
  /**
   * The scope whose packages come from GitLab, as in `@acme`.
   *
   * @default none: all packages come from GitLab
   */
  readonly scope?: pulumi.Input<string | undefined>;
}

const helper = "npmrc";

/**
 * The text of an `.npmrc`, with which npm installs from GitLab's package registry. The token needs the scope
 * `read_package_registry`.
 *
 * @returns a secret output, of lines that each end with a line break.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, `scope` is none, or the
 *   token's value is not known.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = npmrc(packages, { scope: "@acme" });
 * // @acme:registry=https://gitlab.com/api/v4/groups/7/-/packages/npm/
 * // //gitlab.com/api/v4/groups/7/-/packages/npm/:_authToken=gldt-…
 * // //gitlab.com/api/v4/projects/:_authToken=gldt-…
 * ```
 * @see https://docs.gitlab.com/user/packages/npm_registry/#install-a-package
 */
export function npmrc(token: DeployTokenSource, options: NpmrcOptions = {}): pulumi.Output<string> {
  const source = tokenOf(helper, token);
  return secretText<{ value: string; prefix: string; registry: PackageRegistry }>(
    {
      value: whenKnown<{ login: Credentials }, string>({ login: credentialsOf(helper, source) }, checkValue),
      prefix: whenKnown({ scope: options.scope }, checkScope),
      registry: packageRegistry(helper, "npm", source, options),
    },
    ({ value, prefix, registry: { kind, api, path } }) => {
      // A group's registry, and one by path, name the files by the project's id.
      const places = [path, ...(kind === "group" || path.includes("%2F") ? ["projects"] : [])];
      const host = api.replace(/^https?:/, "");
      const keys = places.map((place) => `${host}/${place}/:_authToken=${value}\n`);
      return `${prefix}registry=${api}/${path}/\n${keys.join("")}`;
    },
  );
}

// What HTTP's "Bearer" takes. More than that would have a meaning in the file: npm takes "${…}" for a variable.
function checkValue({ login: { token } }: { login: Credentials }): string {
  if (/^[\w.~+/-]+=*$/.test(token)) return token;
  throw badArgument(helper, "token", "[secret]", "letters, digits and . _ ~ + / - only");
}

function checkScope({ scope }: { scope: string | undefined }): string {
  if (scope === undefined) return "";
  if (/^@[a-z\d._~-]+$/i.test(scope)) return `${scope}:`;
  throw badArgument(helper, "scope", scope, 'an npm scope such as "@acme"');
}
