import type * as pulumi from "@pulumi/pulumi";
import { type DeployTokenEntries, type Format, type FormatOfOne, writeFormat, writeOne } from "./format.js";
import { entryName } from "./names.js";
import { type PackageRegistry, type ProjectRegistryOptions, projectRegistry } from "./package-registry.js";
import { needs } from "./scope-needs.js";
import type { Credentials, DeployTokenCredentials, DeployTokenSource } from "./source.js";

/** The project of the charts, and their channel. */
export interface HelmRepositoryOptions extends ProjectRegistryOptions {
  /**
   * The channel that the charts were published to.
   *
   * @default `stable`
   */
  readonly channel?: pulumi.Input<string | undefined>;
}

/** The same, and the repository's name in Helm's file. */
export interface HelmRepositoriesYamlOptions extends HelmRepositoryOptions {
  /**
   * The repository's name, as in `helm pull gitlab/app`.
   *
   * @default `gitlab`
   */
  readonly name?: pulumi.Input<string | undefined>;
}

/** A chart repository for `repositoryOpts` of `@pulumi/kubernetes`. */
export interface HelmRepositoryOpts {
  /** The repository's URL. */
  readonly repo: string;
  /** The token's user name. */
  readonly username: string;
  /** The token's value. */
  readonly password: string;
}

interface Parts {
  readonly channel: string;
  readonly registry: PackageRegistry;
}

function partsOf(source: DeployTokenCredentials, options: HelmRepositoryOptions, label: string) {
  return {
    channel: entryName(label, "channel", options.channel, "stable"),
    registry: projectRegistry(label, "helm", source, options),
  };
}

function repositoryOf({ registry: { api, path }, channel, username, token }: Parts & Credentials) {
  return { repo: `${api}/${path}/${channel}`, username, password: token };
}

const fileFormat: Format<HelmRepositoriesYamlOptions, Parts & { readonly name: string }, string> = {
  name: "helmRepositoriesYaml",
  options: ["name", "channel", "project"],
  needs: [needs.packages],
  parts: (source, options, label) => ({
    ...partsOf(source, options, label),
    name: entryName(label, "name", options.name, "gitlab"),
  }),
  keys: ({ name }) => [name],
  write: (entries) => {
    const repositories = entries.flatMap((entry) => {
      const { repo, username, password } = repositoryOf(entry);
      const values = { name: entry.name, url: repo, username, password };
      const lines = Object.entries(values).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
      return lines.map((line, index) => `${index === 0 ? "  - " : "    "}${line}`);
    });
    return ['apiVersion: ""', "repositories:", ...repositories, ""].join("\n");
  },
};

/**
 * The text of Helm's `repositories.yaml` (`HELM_REPOSITORY_CONFIG`), as `helm repo add` writes it. The token needs
 * the scope `read_package_registry`; a group's token needs the project, because groups have no chart repository.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The project, the channel, and the repository's name.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project is known, a name appears twice, the token's scopes are not
 *   enough, or its value is unknown.
 * @example
 * ```ts
 * const charts = new ProjectDeployToken("charts", { project: 7, scopes: ["read_package_registry"] });
 *
 * export const file = helmRepositoriesYaml(charts); // helm repo update && helm pull gitlab/app
 * ```
 * @see https://docs.gitlab.com/user/packages/helm_repository/#install-a-package
 */
export function helmRepositoriesYaml(
  token: DeployTokenEntries<HelmRepositoriesYamlOptions>,
  options?: HelmRepositoriesYamlOptions,
): pulumi.Output<string> {
  return writeFormat(fileFormat, token, options);
}

const optsFormat: FormatOfOne<HelmRepositoryOptions, Parts, HelmRepositoryOpts> = {
  name: "helmRepositoryOpts",
  options: ["channel", "project"],
  needs: [needs.packages],
  parts: partsOf,
  write: repositoryOf,
};

/**
 * A project's chart repository with its credentials, for the argument `repositoryOpts` of a `Chart` or `Release` of
 * `@pulumi/kubernetes`. The token needs the scope `read_package_registry`.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: no project is known, the token's scopes are not enough, or its value is
 *   unknown.
 * @example
 * ```ts
 * const charts = new ProjectDeployToken("charts", { project: 7, scopes: ["read_package_registry"] });
 *
 * new k8s.helm.v3.Release("app", { chart: "app", repositoryOpts: helmRepositoryOpts(charts) });
 * ```
 * @see https://docs.gitlab.com/user/packages/helm_repository/#install-a-package
 */
export function helmRepositoryOpts(
  token: DeployTokenSource,
  options?: HelmRepositoryOptions,
): pulumi.Output<HelmRepositoryOpts> {
  return writeOne(optsFormat, token, options);
}
