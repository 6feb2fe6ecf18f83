import { type Input, type Output, output } from "@pulumi/pulumi";
import { type DeployTokenScope, isKnownScope } from "../gitlab/scopes.js";
import { invalid } from "../invalid-argument.js";
import { type DeployTokenCredentials, mapInput } from "./source.js";

/** A feature of GitLab and the sets of scopes that allow its use: a token needs all scopes of one set. */
export interface ScopeNeed {
  readonly feature: string;
  readonly anyOf: readonly (readonly DeployTokenScope[])[];
}

export const needs = {
  git: { feature: "Git", anyOf: [["read_repository"]] },
  registry: { feature: "the container registry", anyOf: [["read_registry"], ["write_registry"]] },
  /** https://docs.gitlab.com/user/packages/dependency_proxy/#authenticate-with-the-dependency-proxy-for-container-images */
  dependencyProxy: {
    feature: "the dependency proxy",
    anyOf: [
      ["read_registry", "write_registry"],
      ["read_virtual_registry", "write_virtual_registry"],
    ],
  },
  packages: {
    feature: "the package registry",
    anyOf: [["read_package_registry"], ["write_package_registry"]],
  },
  publish: { feature: "a package's upload", anyOf: [["write_package_registry"]] },
  /** For programs that use one login for a whole host: Git, or any package registry. */
  gitOrPackages: {
    feature: "Git and the package registry",
    anyOf: [["read_repository"], ["read_package_registry"], ["write_package_registry"]],
  },
} as const satisfies Record<string, ScopeNeed>;

/** Refuses a token that lacks a needed scope, if its scopes are known. A scope that is new to this package is enough. */
export function checkScopes(
  label: string,
  source: DeployTokenCredentials,
  needed: Input<readonly ScopeNeed[]>,
): Input<true> {
  return mapInput<Given, true>({ scopes: whole(source.scopes), needed }, ({ scopes, needed: all }) => {
    if (!Array.isArray(scopes) || !scopes.every((scope) => isKnownScope(scope))) return true;
    for (const { feature, anyOf } of all) {
      if (anyOf.some((set) => set.every((scope) => scopes.includes(scope)))) continue;
      const wanted = anyOf.map((set) => set.join(" and ")).join(", or ");
      throw invalid(
        `${label}: the token's scopes are ${scopes.join(", ")}; wanted for ${feature}: ${wanted}`,
      );
    }
    return true;
  });
}

/** Also waits for outputs inside a list. */
function whole(scopes: DeployTokenCredentials["scopes"]): Input<readonly string[] | undefined> {
  const isPlain = Array.isArray(scopes) && scopes.every((scope) => typeof scope === "string");
  return isPlain || scopes === undefined
    ? (scopes as readonly string[] | undefined)
    : (output(scopes) as Output<readonly string[] | undefined>);
}

interface Given {
  readonly scopes: readonly string[] | undefined;
  readonly needed: readonly ScopeNeed[];
}
