import {
  type ConfigReader,
  environmentMappings,
  environmentSetting,
  environmentsBaseUrl,
  findSetting,
  isOtherGitLab,
} from "../find-setting.js";
import { defaultBaseUrl, normalizeBaseUrl } from "../gitlab/connection.js";
import { invalid } from "../invalid-argument.js";
import { fieldsOf, isEncrypted, type JsonRecord, secretMark, text } from "./deployment.js";

export interface OfficialOptions {
  /** The version of the official provider that the program will use. */
  readonly version: string;
  /** Its access token is for a provider resource without one, of the same GitLab. */
  readonly env: NodeJS.ProcessEnv;
}

/** The resources of the official provider: those of the stack, and new ones in place of this package's. */
export class OfficialProviders {
  private readonly resources: ReadonlyMap<string, JsonRecord>;
  private readonly existing: ReadonlyMap<unknown, JsonRecord>;
  private readonly made = new Map<unknown, JsonRecord>();
  private readonly byReplaced = new Map<string, JsonRecord>();

  constructor(
    resources: readonly JsonRecord[],
    private readonly options: OfficialOptions,
  ) {
    this.resources = new Map(resources.map((resource) => [referenceTo(resource), resource]));
    this.existing = new Map(resources.map((resource) => [resource["urn"], resource]));
  }

  /** The references to the resources of this package's provider that are replaced. */
  get replaced(): readonly string[] {
    return [...this.byReplaced.keys()];
  }

  /** The resource that replaces the provider of a token. */
  of(token: JsonRecord): JsonRecord {
    const reference = String(token["provider"]);
    const provider = this.byReplaced.get(reference) ?? this.replacementOf(token, reference);
    this.byReplaced.set(reference, provider);
    return provider;
  }

  /** The first one whose name is free, or whose GitLab is the same. */
  private replacementOf(token: JsonRecord, reference: string): JsonRecord {
    const own = this.resources.get(reference) ?? {};
    const inputs = officialInputs(token, own, this.options);
    const [, prefix = "", name = "default"] = /^(urn:.+?::.+?::).*::(.+?)::[^:]*$/.exec(reference) ?? [];
    for (const free of officialNames(name, this.options.version)) {
      const urn = `${prefix}pulumi:providers:gitlab::${free}`;
      // Two Providers of one name may have different access tokens, but the stack has only one default provider.
      const taken = this.existing.get(urn) ?? this.made.get(urn);
      if (taken === undefined) {
        const made = officialProvider(urn, own, inputs);
        this.made.set(urn, made);
        return made;
      }
      const isReusable = this.existing.has(urn) || isDefault(free);
      if (isReusable && baseUrlOf(taken) === baseUrlOf({ inputs })) return taken;
    }
    throw new Error("unreachable: the names have no end");
  }
}

/** The names in the order in which they are tried. A name of the engine's default provider cannot get a suffix. */
function* officialNames(name: string, version: string): Generator<string, never> {
  if (isDefault(name)) yield `default_${version.replaceAll(".", "_")}`;
  const declared = isDefault(name) ? "gitlab" : name;
  yield declared;
  for (let count = 2; ; count++) yield `${declared}-${count}`;
}

function officialProvider(urn: string, own: JsonRecord, inputs: JsonRecord): JsonRecord {
  return {
    urn,
    custom: true,
    // The engine gives each provider a random id.
    id: own["id"] ?? "0a6d1a2e-0000-4000-8000-000000000000",
    type: "pulumi:providers:gitlab",
    inputs,
    outputs: inputs,
  };
}

function officialInputs(token: JsonRecord, own: JsonRecord, { version, env }: OfficialOptions): JsonRecord {
  const baseUrl = officialBaseUrl(fieldsOf(token));
  return { baseUrl, token: secretOf(accessToken(token, own, env)), version };
}

/** The access token of the provider resource, else the environment's if that is for the same GitLab. */
function accessToken(token: JsonRecord, own: JsonRecord, env: NodeJS.ProcessEnv): string {
  const stored = { ...fieldsOf(own), ...fieldsOf(own, "inputs") };
  const baseUrl = String(fieldsOf(token)["baseUrl"]);
  const lookup: ConfigReader = (key) => (key === "gitlab:baseUrl" ? baseUrl : text(stored[key]));
  const found = findSetting("token", lookup, {});
  if (found !== undefined) return found.value;
  const given = environmentsToken(env);
  if (given === undefined || isEncrypted(stored["gitlab:token"])) {
    throw invalid(
      `No access token for ${baseUrl} is readable in the state; wanted: GITLAB_TOKEN, and pulumi stack export --show-secrets`,
    );
  }
  const theirs = environmentsBaseUrl(() => undefined, env);
  const isFor = `GITLAB_TOKEN is for ${theirs ?? "an address that is not a URL"}`;
  if (text(stored[isOtherGitLab]) === "true" || stored[environmentMappings] !== undefined) {
    throw invalid(
      `The Provider "${nameIn(String(own["urn"]))}" for ${baseUrl} has no access token in the state, and ${isFor}; wanted: the Provider's argument token, then pulumi up`,
    );
  }
  if (theirs !== normalizeBaseUrl(baseUrl, "baseUrl")) {
    throw invalid(
      `No access token for ${baseUrl} is in the state, and ${isFor}; wanted: GITLAB_BASE_URL=${baseUrl}, and GITLAB_TOKEN for it`,
    );
  }
  return given;
}

/** The access token in GITLAB_TOKEN. */
export function environmentsToken(env: NodeJS.ProcessEnv): string | undefined {
  return environmentSetting("token", () => undefined, env)?.value.trim();
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

/** The GitLab of a resource of the official provider, in the normal form. */
function baseUrlOf(provider: JsonRecord): string {
  const { baseUrl } = { ...fieldsOf(provider), ...fieldsOf(provider, "inputs") };
  const given = text(baseUrl) ?? defaultBaseUrl;
  return URL.canParse(given) ? normalizeBaseUrl(given, "baseUrl") : given;
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
