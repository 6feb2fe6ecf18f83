import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, refusal, writeFormat } from "./format.js";
import { type InstanceRegistryOptions, type PackageRegistry, packageRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";
import { badArgument, mapInput } from "./source.js";

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
    const tokens = new Map<string, string>();
    const lines = entries.flatMap(({ scope, registry, token }, index) => {
      const { api, path } = registry;
      const host = api.replace(/^https?:/, "");
      const keys = placesOf(registry).map((place) => {
        const key = `${host}/${place}/:_authToken`;
        if ((tokens.get(key) ?? token) !== token) throw conflict(`npmrc[${index}]`, key);
        tokens.set(key, token);
        return `${key}=${token}\n`;
      });
      return [`${scope === undefined ? "" : `${scope}:`}registry=${api}/${path}/\n`, ...keys];
    });
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
export function npmParts(
  source: Parameters<typeof packageRegistry>[2],
  { scope, ...whose }: NpmrcOptions,
  label: string,
) {
  return {
    scope: mapInput({ scope }, (given) => checkScope(label, given.scope)),
    registry: packageRegistry(label, "npm", source, whose),
  };
}

/** The addresses that get the token. All registries but that of a project's id have their files below `projects`. */
export function placesOf({ kind, path }: PackageRegistry): readonly string[] {
  return kind === "project" && !path.includes("%2F") ? [path] : [path, "projects"];
}

export function conflict(label: string, key: string) {
  const wanted = "one token for all groups and instances, or a project by its id in each entry";
  return refusal(`${label}: ${key} already has another token; wanted: ${wanted}`);
}

function checkScope(label: string, scope: string | undefined): string | undefined {
  if (scope === undefined || /^@[a-z\d._~-]+$/i.test(scope)) return scope;
  throw badArgument(label, "scope", scope, 'an npm scope such as "@acme"');
}
