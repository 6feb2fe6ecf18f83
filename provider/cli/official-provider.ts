import { invalid } from "../invalid-argument.js";
import { fieldsOf, isEncrypted, type JsonRecord, secretMark } from "./deployment.js";

export interface OfficialOptions {
  /** The version of the official provider that the program will use. */
  readonly version: string;
  /** The access token for a provider resource without one. */
  readonly accessToken: string | undefined;
}

/** The resource of the official provider that replaces one of this package's provider. */
export function officialProvider(
  token: JsonRecord,
  own: JsonRecord,
  { version, accessToken }: OfficialOptions,
): JsonRecord {
  const [, prefix = "", name = "default"] =
    /^(urn:.+?::.+?::).*::(.+?)::[^:]*$/.exec(String(token["provider"])) ?? [];
  const stored = { ...fieldsOf(own), ...fieldsOf(own, "inputs") };
  const given = stored["gitlab:token"] ?? (accessToken === undefined ? undefined : secretOf(accessToken));
  if (given === undefined || isEncrypted(given)) {
    throw invalid(
      `No access token for ${fieldsOf(token)["baseUrl"]} is readable in the state; wanted: GITLAB_TOKEN, and pulumi stack export --show-secrets`,
    );
  }
  const inputs = {
    baseUrl: officialBaseUrl(fieldsOf(token)),
    token: typeof given === "string" ? secretOf(given) : given,
    version,
  };
  return {
    urn: `${prefix}pulumi:providers:gitlab::${isDefault(name) ? `default_${version.replaceAll(".", "_")}` : name}`,
    custom: true,
    // The engine gives each provider a random id.
    id: own["id"] ?? "0a6d1a2e-0000-4000-8000-000000000000",
    type: "pulumi:providers:gitlab",
    inputs,
    outputs: inputs,
  };
}

/** A Provider that the program declares; undefined for the stack's default one. */
export function declaredProvider(
  { urn }: JsonRecord,
  tokenOutputs: JsonRecord,
): { readonly name: string; readonly baseUrl: string } | undefined {
  const name = nameIn(String(urn));
  return isDefault(name) ? undefined : { name, baseUrl: officialBaseUrl(tokenOutputs) };
}

/** The engine's name of the stack's own provider. */
function isDefault(name: string): boolean {
  return name === "default" || name.startsWith("default_");
}

function officialBaseUrl({ baseUrl }: JsonRecord): string {
  return `${baseUrl}/api/v4/`;
}

/** How a resource names its provider. */
export function referenceTo(provider: JsonRecord): string {
  return `${provider["urn"]}::${provider["id"]}`;
}

/** The name at the end of a URN. */
export function nameIn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** A secret as `--show-secrets` writes it. */
export function secretOf(value: string): JsonRecord {
  return { ...secretMark, plaintext: JSON.stringify(value) };
}
