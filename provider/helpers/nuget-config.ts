import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { entryName, xml } from "./names.js";
import { type PackageRegistry, type PackageRegistryOptions, packageRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";

/** The package registry, and its name in the file. */
export interface NugetConfigOptions extends PackageRegistryOptions {
  /**
   * The source's name, as in `nuget install -Source gitlab`.
   *
   * @default `gitlab`
   */
  readonly source?: pulumi.Input<string | undefined>;
}

interface Parts {
  readonly name: string;
  readonly registry: PackageRegistry;
}

const format: Format<NugetConfigOptions, Parts, string> = {
  name: "nugetConfig",
  options: ["source", "project", "group"],
  needs: [needs.packages],
  plainToken: true,
  parts: (token, { source, ...whose }, label) => ({
    name: entryName(label, "source", source, "gitlab"),
    registry: packageRegistry(label, "nuget", token, whose),
  }),
  keys: ({ name }) => [name],
  write: (entries) => {
    const sources = entries.map(({ name, registry: { api, path } }) => {
      const insecure = api.startsWith("http:") ? ' allowInsecureConnections="true"' : "";
      return `    <add key="${name}" value="${xml(`${api}/${path}/index.json`)}" protocolVersion="3"${insecure} />`;
    });
    const credentials = entries.flatMap(({ name, username, token }) => [
      `    <${name}>`,
      `      <add key="Username" value="${xml(username)}" />`,
      `      <add key="ClearTextPassword" value="${xml(token)}" />`,
      `    </${name}>`,
    ]);
    return [
      '<?xml version="1.0" encoding="utf-8"?>',
      "<configuration>",
      "  <packageSources>",
      ...sources,
      "  </packageSources>",
      "  <packageSourceCredentials>",
      ...credentials,
      "  </packageSourceCredentials>",
      "</configuration>",
      "",
    ].join("\n");
  },
};

/**
 * The text of a `NuGet.Config`, with which NuGet and .NET restore from GitLab's package registry. The token needs the
 * scope `read_package_registry`, to push `write_package_registry`.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The package registry, and the source's name.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project or group is known, a name appears twice, the token's scopes
 *   are not enough, or its value is unknown.
 * @example
 * ```ts
 * const packages = new GroupDeployToken("packages", { group: "acme", scopes: ["read_package_registry"] });
 *
 * export const file = nugetConfig(packages);
 * ```
 * @see https://docs.gitlab.com/user/packages/nuget_repository/#add-the-package-registry-as-a-source-for-nuget-packages
 */
export function nugetConfig(
  token: DeployTokenEntries<NugetConfigOptions>,
  options?: NugetConfigOptions,
): pulumi.Output<string> {
  return writeFormat(format, token, options);
}
