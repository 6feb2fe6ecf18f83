import type * as pulumi from "@pulumi/pulumi";
import { type FormatOfOne, writeOne } from "./format.js";
import { badArgument, type DeployTokenSource, mapInput } from "./source.js";

/** The names of the two variables. */
export interface CiVariablesOptions {
  /** The start of both names: `PACKAGES` for `PACKAGES_USERNAME` and `PACKAGES_TOKEN`. */
  readonly prefix: pulumi.Input<string>;
}

/** A CI/CD variable, with the properties that GitLab's API and the resource of `@pulumi/gitlab` have. */
export interface CiVariable {
  /** The variable's name. */
  readonly key: string;
  /** Its value. */
  readonly value: string;
  /** Whether GitLab hides the value in job logs. A user name is not masked: it may be too short or too common. */
  readonly masked: boolean;
  /** Whether GitLab leaves `$` in the value alone. */
  readonly raw: true;
}

const format: FormatOfOne<CiVariablesOptions, { readonly prefix: string }, readonly CiVariable[]> = {
  name: "ciVariables",
  options: ["prefix"],
  needs: [],
  parts: (_, options, label) => ({
    prefix: mapInput({ prefix: options.prefix as pulumi.Input<string | undefined> }, ({ prefix }) => {
      if (typeof prefix === "string" && /^[A-Za-z_]\w*$/.test(prefix)) return prefix;
      throw badArgument(label, "prefix", prefix, 'letters, digits and _, such as "PACKAGES"');
    }),
  }),
  write: ({ prefix, username, token }) => [
    { key: `${prefix}_USERNAME`, value: username, masked: false, raw: true },
    { key: `${prefix}_TOKEN`, value: token, masked: true, raw: true },
  ],
};

/**
 * A deploy token as a pair of CI/CD variables: its user name, and its masked value.
 *
 * @returns a secret output of two variables.
 * @throws DeployTokenError `invalid_argument`: `prefix` is not valid, or the token's value is unknown.
 * @example
 * ```ts
 * const packages = new ProjectDeployToken("packages", { project: 7, scopes: ["read_package_registry"] });
 *
 * export const variables = ciVariables(packages, { prefix: "PACKAGES" });
 * // [{ key: "PACKAGES_USERNAME", … }, { key: "PACKAGES_TOKEN", masked: true, … }]
 * ```
 * @see https://docs.gitlab.com/ci/variables/#for-a-project
 */
export function ciVariables(
  token: DeployTokenSource,
  options: CiVariablesOptions,
): pulumi.Output<readonly CiVariable[]> {
  return writeOne(format, token, options);
}
