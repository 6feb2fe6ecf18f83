import * as pulumi from "@pulumi/pulumi";
import { clearly } from "../run-error.js";
import { type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import { badArgument, credentialsOf, type DeployTokenSource, secretText } from "./source.js";

export interface NpmrcOptions extends PackageRegistryOptions {
  /**
   * The scope whose packages come from GitLab, as in `@acme`.
   *
   * @default none: all packages come from GitLab
   */
  readonly scope?: pulumi.Input<string | undefined>;
}

/**
 * The text of an `.npmrc`, with which npm, pnpm and Yarn Classic install from GitLab's package registry. The token needs
 * the scope `read_package_registry`.
 *
 * @returns a secret output, of lines that each end with a line break.
 * @throws DeployTokenError `invalid_argument`, through the output: no project or group is known, `scope` is none, or the
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
  const helper = "npmrc";
  const credentials = credentialsOf(token);
  const scope = pulumi.output(options.scope).apply((given) => clearly(() => checkScope(helper, given)));
  const registry = packageRegistry(helper, "npm", credentials, options);
  return secretText(
    helper,
    credentials,
    pulumi.all([registry, scope]),
    (known, [{ api, path, kind }, prefix]) => {
      // As in the header Bearer; npm would take "${…}" for a variable.
      if (!/^[\w.~+/-]+=*$/.test(known.token)) {
        throw badArgument(helper, "token", "[secret]", "letters, digits and . _ ~ + / - only");
      }
      // A group's registry, and one by path, name the tarballs by the project's id.
      const places = [path, ...(kind === "group" || /%2F/i.test(path) ? ["projects"] : [])];
      const host = api.replace(/^https?:/, "");
      const keys = places.map((place) => `${host}/${place}/:_authToken=${known.token}\n`);
      return `${prefix}registry=${api}/${path}/\n${keys.join("")}`;
    },
  );
}

function checkScope(helper: string, scope: string | undefined): string {
  if (scope === undefined) return "";
  if (/^@[a-z\d._~-]+$/i.test(scope)) return `${scope}:`;
  throw badArgument(helper, "scope", scope, 'an npm scope such as "@acme"');
}
