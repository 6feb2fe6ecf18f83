import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { conflict, type NpmParts, type NpmrcOptions, npmParts, placesOf } from "./npmrc.js";
import { needs } from "./scope-needs.js";

const format: Format<NpmrcOptions, NpmParts, string> = {
  name: "yarnrcYml",
  options: ["scope", "project", "group", "instance"],
  needs: [needs.packages],
  parts: npmParts,
  keys: ({ scope }) => [scope === undefined ? "npmRegistryServer" : `npmScopes.${scope.slice(1)}`],
  write: (entries) => {
    const registries = new Map<string, string>();
    const scoped: string[] = [];
    const whole: string[] = [];
    const hosts = new Set<string>();
    for (const [index, { scope, registry, token }] of entries.entries()) {
      const { api, path } = registry;
      const server = `${api}/${path}/`;
      const settings = { npmRegistryServer: server, npmAuthToken: token, npmAlwaysAuth: true };
      if (scope === undefined) whole.push(...lines(settings, ""));
      else scoped.push(`  ${yaml(scope.slice(1))}:`, ...lines(settings, "    "));
      if (api.startsWith("http:")) hosts.add(new URL(api).hostname);
      for (const place of placesOf(registry)) {
        const key = `${api.replace(/^https?:/, "")}/${place}`;
        if ((registries.get(key) ?? token) !== token) throw conflict(`yarnrcYml[${index}]`, key);
        registries.set(key, token);
      }
    }
    const tokens = [...registries].flatMap(([key, npmAuthToken]) => [
      `  ${yaml(key)}:`,
      ...lines({ npmAuthToken, npmAlwaysAuth: true }, "    "),
    ]);
    return [
      ...whole,
      ...(scoped.length === 0 ? [] : ["npmScopes:", ...scoped]),
      "npmRegistries:",
      ...tokens,
      ...(hosts.size === 0 ? [] : ["unsafeHttpWhitelist:", ...[...hosts].map((host) => `  - ${yaml(host)}`)]),
      "",
    ].join("\n");
  },
};

/**
 * The text of a `.yarnrc.yml`, with which Yarn 2 and later install from GitLab's package registry. The token needs the
 * scope `read_package_registry`. Yarn 1 reads an `.npmrc`.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The package registry, and the scope that comes from it.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, `scope` is not valid or repeated, the
 *   token's scopes are not enough, or its value is unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = yarnrcYml(packages, { scope: "@acme" });
 * ```
 * @see https://yarnpkg.com/configuration/yarnrc#npmScopes
 */
export function yarnrcYml(
  token: DeployTokenEntries<NpmrcOptions>,
  options?: NpmrcOptions,
): pulumi.Output<string> {
  return writeFormat(format, token, options);
}

function lines(settings: Readonly<Record<string, string | boolean>>, indent: string): string[] {
  return Object.entries(settings).map(([name, value]) => `${indent}${name}: ${yaml(value)}`);
}

/** JSON's scalars are YAML's. */
function yaml(value: string | boolean): string {
  return JSON.stringify(value);
}
