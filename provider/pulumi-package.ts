import type { InvokeOptions, ProviderResource, Resource } from "@pulumi/pulumi";
import type { OwnerKind } from "./gitlab/owner.js";

/** Pulumi's dynamic provider serves every type of this package. */
export const dynamicPackage = "pulumi-nodejs";

/** The types of this package's resources in a state. */
export const tokenTypes = {
  project: `${dynamicPackage}:dynamic/gitlab:ProjectDeployToken`,
  group: `${dynamicPackage}:dynamic/gitlab:GroupDeployToken`,
} as const satisfies Record<OwnerKind, string>;

/** The kind of owner of a resource of this package; undefined for another type. */
export function kindOfType(type: unknown): OwnerKind | undefined {
  return (["project", "group"] as const).find((kind) => tokenTypes[kind] === type);
}

// Not in the SDK's types. The type token also exists in a provider of another copy of the SDK.
export function packageOf(provider: ProviderResource | undefined): string | undefined {
  const type = (provider as unknown as { __pulumiType?: string } | undefined)?.__pulumiType;
  return type?.replace(/^pulumi:providers:/, "");
}

/** The provider that Pulumi uses with the options of a resource or look-up; undefined for the stack's configuration. */
export function providerOf(opts: Pick<InvokeOptions, "provider" | "parent">): ProviderResource | undefined {
  return opts.provider ?? inheritedProvider(opts.parent);
}

export function inheritedProvider(parent: Resource | undefined): ProviderResource | undefined {
  return parent?.getProvider(`${dynamicPackage}:dynamic:x`);
}

/** The problem of an option `provider` that is another package's. */
export function providerProblem(
  what: string,
  provider: ProviderResource | undefined,
  user: "resource" | "look-up",
): string | undefined {
  const given = packageOf(provider);
  if (given === undefined || given === dynamicPackage) return undefined;
  return (
    `${what}: the option "provider" is an instance of the package "${given}", which this ${user} does not use. ` +
    'Wanted: new Provider(…) of "pulumi-gitlab-deploy-tokens".'
  );
}
