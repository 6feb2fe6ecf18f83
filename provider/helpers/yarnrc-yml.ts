import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { type NpmParts, type NpmrcOptions, npmParts, tokensByAddress } from "./npmrc.js";
import { needs } from "./scope-needs.js";

const format: Format<NpmrcOptions, NpmParts, string> = {
  name: "yarnrcYml",
  options: ["scope", "project", "group", "instance"],
  needs: [needs.packages],
  parts: npmParts,
  keys: ({ scope }) => [scope === undefined ? "npmRegistryServer" : `npmScopes.${scope.slice(1)}`],
  write: (entries) => {
    const server = ({ registry: { api, path }, token }: (typeof entries)[number], indent: string) =>
      lines({ npmRegistryServer: `${api}/${path}/`, npmAuthToken: token, npmAlwaysAuth: true }, indent);
    const whole = entries.filter(({ scope }) => scope === undefined);
    const scoped = entries.flatMap((entry) =>
      entry.scope === undefined ? [] : [`  ${yaml(entry.scope.slice(1))}:`, ...server(entry, "    ")],
    );
    const tokens = [...tokensByAddress("yarnrcYml", entries)].flatMap(([address, npmAuthToken]) => [
      `  ${yaml(address)}:`,
      ...lines({ npmAuthToken, npmAlwaysAuth: true }, "    "),
    ]);
    const hosts = entries.flatMap(({ registry: { api } }) =>
      api.startsWith("http:") ? [`  - ${yaml(new URL(api).hostname)}`] : [],
    );
    return [
      ...whole.flatMap((entry) => server(entry, "")),
      ...(scoped.length === 0 ? [] : ["npmScopes:", ...scoped]),
      "npmRegistries:",
      ...tokens,
      ...(hosts.length === 0 ? [] : ["unsafeHttpWhitelist:", ...new Set(hosts)]),
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
