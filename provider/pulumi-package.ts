import type { ProviderResource } from "@pulumi/pulumi";

/** Pulumi's dynamic provider serves every type of this package. */
export const dynamicPackage = "pulumi-nodejs";

// Not in the SDK's types. The type token also exists in a provider of another copy of the SDK.
export function packageOf(provider: ProviderResource | undefined): string | undefined {
  const type = (provider as unknown as { __pulumiType?: string } | undefined)?.__pulumiType;
  return type?.replace(/^pulumi:providers:/, "");
}
