import type { ProviderResource } from "@pulumi/pulumi";

/** Pulumi's dynamic provider serves every type of this package. */
export const dynamicPackage = "pulumi-nodejs";

// Left out of the SDK's types; the type token is there for a provider of another copy of the SDK.
export function packageOf(provider: ProviderResource | undefined): string | undefined {
  const type = (provider as unknown as { __pulumiType?: string } | undefined)?.__pulumiType;
  return type?.replace(/^pulumi:providers:/, "");
}
