import { isRecord } from "../gitlab/error-body.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import { parseResourceId } from "../resource-id.js";
import { type JsonRecord, parsed, recordsOf, text } from "./deployment.js";
import type { ManagedToken } from "./managed-token.js";
import type { StackExport } from "./stack-exports.js";

/**
 * The deploy tokens of a Terraform or OpenTofu state; undefined if the text is not such a state.
 *
 * @see https://developer.hashicorp.com/terraform/internals/json-format for what others may read
 */
export function terraformState(content: string, file: string, source: string): StackExport | undefined {
  const state = parsed(content);
  if (!isRecord(state)) return undefined;
  if ("encrypted_data" in state) {
    throw invalid(`${source} is encrypted by OpenTofu; wanted: what tofu state pull prints`);
  }
  if ("format_version" in state && "terraform_version" in state) {
    throw invalid(`${source} is what terraform show -json prints; wanted: what terraform state pull prints`);
  }
  if (!("lineage" in state || "terraform_version" in state)) return undefined;
  const resources = recordsOf(state["resources"]);
  if (state["version"] !== 4 || resources === undefined) {
    throw invalid(
      `${source} is a Terraform state of version ${JSON.stringify(state["version"])}; wanted: version 4, which Terraform 0.12 and later and OpenTofu write`,
    );
  }
  const tokens = resources.flatMap((resource) => managedTokens(resource, file));
  return {
    stack: file,
    selector: file,
    tool: "terraform",
    tokens,
    pendingCreates: [],
    savedAt: undefined,
    showsSecrets: true,
  };
}

/** The official provider's types; the oldest one is for both. */
const types: Readonly<Record<string, OwnerKind | "both">> = {
  gitlab_project_deploy_token: "project",
  gitlab_group_deploy_token: "group",
  gitlab_deploy_token: "both",
};

function managedTokens(resource: JsonRecord, file: string): ManagedToken[] {
  const { mode, type, name, module: path } = resource;
  const kind = types[String(type)];
  if (mode !== "managed" || kind === undefined) return [];
  const address = [...(typeof path === "string" ? [path] : []), type, name].join(".");
  return (recordsOf(resource["instances"]) ?? []).map((instance) =>
    managedToken(instance, `${address}${indexOf(instance)}`, kind, file),
  );
}

function managedToken(
  instance: JsonRecord,
  address: string,
  type: OwnerKind | "both",
  file: string,
): ManagedToken {
  const attributes = attributesOf(instance);
  const id = String(attributes["id"]);
  const { owner, deployTokenId } = parseResourceId(id) ?? {};
  const isGroup = id.startsWith("group:") || text(attributes["group"]) !== undefined;
  const kind = type === "both" ? (isGroup ? "group" : "project") : type;
  const written = owner ?? text(attributes[kind]) ?? "";
  return {
    stack: file,
    urn: address,
    parent: undefined,
    kind,
    deployTokenId,
    owner: written,
    ownerId: isNumericId(written) ? written : undefined,
    baseUrl: undefined,
    name: text(attributes["name"]) ?? "",
    username: text(attributes["username"]) ?? "",
    scopes: scopesOf(attributes),
    expiresAt: text(attributes["expires_at"]),
    isAdopted: false,
    hasOpenRequest: false,
    token: text(attributes["token"]),
    tool: "terraform",
  };
}

/** Of `count` and `for_each`; a deposed instance is one that waits for its deletion. */
function indexOf({ index_key: index, deposed }: JsonRecord): string {
  const key = index === undefined || index === null ? "" : `[${JSON.stringify(index)}]`;
  return typeof deposed === "string" ? `${key} (deposed ${deposed})` : key;
}

/** Terraform 0.12 wrote the attributes of old providers flat. */
function attributesOf({ attributes, attributes_flat: flat }: JsonRecord): JsonRecord {
  return isRecord(attributes) ? attributes : isRecord(flat) ? flat : {};
}

function scopesOf(attributes: JsonRecord): string[] {
  const { scopes } = attributes;
  if (Array.isArray(scopes)) return scopes.map(String);
  return Object.entries(attributes)
    .filter(([key]) => /^scopes\.\d+$/.test(key))
    .map(([, scope]) => String(scope));
}
