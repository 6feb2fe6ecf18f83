import type { ProviderResource } from "@pulumi/pulumi";
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
