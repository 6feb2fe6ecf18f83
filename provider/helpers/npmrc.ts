import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, refusal, writeFormat } from "./format.js";
import { type InstanceRegistryOptions, type PackageRegistry, packageRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";
import { badArgument, type Credentials, type DeployTokenCredentials, mapInput } from "./source.js";

/** The package registry, and which of npm's packages come from it. */
export interface NpmrcOptions extends InstanceRegistryOptions {
  /**
   * The scope whose packages come from GitLab, as in `@acme`.
   *
   * @default none: all packages come from GitLab
   */
  readonly scope?: pulumi.Input<string | undefined>;
}

export interface NpmParts {
  /** The scope with its `@`. Undefined: all packages. */
  readonly scope: string | undefined;
  readonly registry: PackageRegistry;
}

const format: Format<NpmrcOptions, NpmParts, string> = {
  name: "npmrc",
  options: ["scope", "project", "group", "instance"],
  needs: [needs.packages],
  plainToken: true,
  parts: npmParts,
  keys: ({ scope }) => [scope === undefined ? "registry" : `${scope}:registry`],
  write: (entries) => {
    const tokens = tokensByAddress("npmrc", entries);
    const lines = entries.flatMap(({ scope, registry }) => [
      `${scope === undefined ? "" : `${scope}:`}registry=${registry.api}/${registry.path}/\n`,
      ...addressesOf(registry).map((address) => `${address}/:_authToken=${tokens.get(address)}\n`),
    ]);
    return [...new Set(lines)].join("");
  },
};

/**
 * The text of an `.npmrc`, with which npm, pnpm and Bun install from GitLab's package registry. The token needs the
 * scope `read_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The package registry, and the scope that comes from it.
 * @returns a secret output, of lines that each end with a line break.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, `scope` is not valid or repeated, the
 *   token's scopes are not enough, or its value is unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = npmrc(packages, { scope: "@acme" });
 * // @acme:registry=https://gitlab.com/api/v4/groups/7/-/packages/npm/
 * // //gitlab.com/api/v4/groups/7/-/packages/npm/:_authToken=gldt-…
 * // //gitlab.com/api/v4/projects/:_authToken=gldt-…
 *
 * export const two = npmrc([
 *   { token: packages, scope: "@acme" },
 *   { token: packages, scope: "@tools", project: 42 },
 * ]);
 * ```
 * @see https://docs.gitlab.com/user/packages/npm_registry/#install-a-package
 */
export function npmrc(
  token: DeployTokenEntries<NpmrcOptions>,
  options?: NpmrcOptions,
): pulumi.Output<string> {
  return writeFormat(format, token, options);
}

/** The common parts of npm's and Yarn's files. */
export function npmParts(source: DeployTokenCredentials, { scope, ...whose }: NpmrcOptions, label: string) {
  return {
    scope: mapInput({ scope }, (given) => checkScope(label, given.scope)),
    registry: packageRegistry(label, "npm", source, whose),
  };
}

/** The addresses that get the token. All registries but that of a project's id have their files below `projects`. */
function addressesOf({ kind, api, path }: PackageRegistry): readonly string[] {
  const paths = kind === "project" && !path.includes("%2F") ? [path] : [path, "projects"];
  return paths.map((each) => `${api.replace(/^https?:/, "")}/${each}`);
}

/** The token of each address. Refuses two for one address, of which the client would send one only. */
export function tokensByAddress(
  name: string,
  entries: readonly (Credentials & NpmParts)[],
): ReadonlyMap<string, string> {
  const tokens = new Map<string, string>();
  for (const [index, { registry, token }] of entries.entries()) {
    for (const address of addressesOf(registry)) {
      if ((tokens.get(address) ?? token) !== token) {
        const wanted = "one token for all groups and instances, or a project by its id in each entry";
        throw refusal(`${name}[${index}]: ${address} already has another token; wanted: ${wanted}`);
      }
      tokens.set(address, token);
    }
  }
  return tokens;
}

function checkScope(label: string, scope: string | undefined): string | undefined {
  if (scope === undefined || /^@[a-z\d._~-]+$/i.test(scope)) return scope;
  throw badArgument(label, "scope", scope, 'an npm scope such as "@acme"');
}
