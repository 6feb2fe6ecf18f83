import type { OwnerKind } from "../gitlab/owner.js";
import { defaultUsername, type TokenArguments } from "./arguments.js";

/** A property bag as the engine sends it; secrets come unwrapped. */
export type Properties = Readonly<Record<string, unknown>>;

/** What is needed to look for the token of a POST whose answer was lost. */
export interface Unsettled {
  /** The highest id that was known for the owner when the POST was sent. */
  readonly above: number;
}

/** A row of the state. */
export interface State extends TokenArguments {
  /** The one that GitLab gave, which 12.9 chooses itself. */
  readonly actualUsername: string;
  /** Undefined in an unsettled row: there is no token that is known. */
  readonly deployTokenId: number | undefined;
  /** Undefined in a row that the official provider wrote. */
  readonly ownerId: string | undefined;
  readonly baseUrl: string | undefined;
  readonly revoked: boolean;
  readonly token: string | undefined;
  readonly unsettled: Unsettled | undefined;
  /** Tells this row from an older one of the same adopted token. */
  readonly adoption: string | undefined;
  /** Arguments changed in an update that could not replace: the next one does. */
  readonly replacementDue: boolean;
}

/** The arguments in checked inputs. */
export function readArguments(kind: OwnerKind, inputs: Properties): TokenArguments {
  return {
    owner: String(inputs[kind]),
    name: String(inputs["name"]),
    scopes: strings(inputs["scopes"]),
    username: text(inputs["username"]),
    expiresAt: text(inputs["expiresAt"]),
  };
}

/** The token to take over instead of making one. */
export interface Adoption {
  readonly deployTokenId: number;
  /** Its value, where somebody has it. */
  readonly token: string | undefined;
}

/** `adopt` in checked inputs; undefined also while it is not known yet. */
export function readAdoption(inputs: Properties): Adoption | undefined {
  const adopt = inputs["adopt"] as { deployTokenId?: unknown; token?: unknown } | undefined;
  if (typeof adopt?.deployTokenId !== "number") return undefined;
  return { deployTokenId: adopt.deployTokenId, token: text(adopt.token) };
}

/** The row that outputs hold, ours or the official provider's (see migrate.ts). */
export function readState(kind: OwnerKind, outputs: Properties): State {
  const unsettled = outputs["unsettled"] as Unsettled | undefined;
  const deployTokenId = typeof outputs["deployTokenId"] === "number" ? outputs["deployTokenId"] : undefined;
  const actualUsername = text(outputs["username"]) ?? "";
  const isDefault = deployTokenId !== undefined && actualUsername === defaultUsername(deployTokenId);
  const { owner, name, scopes, expiresAt } = readArguments(kind, outputs);
  // Written out: each read and diff of each token makes one, and a spread is many times slower.
  return {
    owner,
    name,
    scopes,
    username:
      text(outputs["requestedUsername"]) ?? (isDefault || actualUsername === "" ? undefined : actualUsername),
    expiresAt,
    actualUsername,
    deployTokenId,
    ownerId: text(outputs["ownerId"]),
    baseUrl: text(outputs["baseUrl"]),
    revoked: outputs["revoked"] === true,
    token: text(outputs["token"]),
    unsettled,
    adoption: text(outputs["adoption"]),
    replacementDue: outputs["replacementDue"] === true,
  };
}

/** The arguments as inputs, for a read: those that were recorded, never GitLab's own values. */
export function inputsOf(kind: OwnerKind, outputs: Properties): Properties {
  const { owner, name, scopes, username, expiresAt } = readState(kind, outputs);
  const { defaultName, validatePastExpirationDate } = outputs;
  return { [kind]: owner, name, scopes, username, expiresAt, defaultName, validatePastExpirationDate };
}

/** The arguments as outputs: what a later run compares with. `adopt` is not of the token. */
export function outputsOf({ adopt: _, ...inputs }: Properties): Properties {
  return inputs;
}

/** `acme/app:4`: the owner as written, and the token. */
export function resourceId(owner: string, deployTokenId: number | "unsettled"): string {
  return `${owner}:${deployTokenId}`;
}

export function parseResourceId(id: string): { owner: string; deployTokenId: number } | undefined {
  const match = /^(.+):(\d+)$/.exec(id);
  return match?.[1] === undefined ? undefined : { owner: match[1], deployTokenId: Number(match[2]) };
}

// The engine's form of a secret on the wire (sdk/go/common/resource/properties.go): top-level
// additionalSecretOutputs alone would not cover a read.
const signature = "4dabf18193072939515e22adb298388d";
const secret = "1b47061264138c4ac30d75fd1eb44270";

/** For the engine, the token as a secret: an `undefined` property would fail the call after GitLab acted. */
export function toWire(properties: Properties): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) wire[key] = key === "token" ? { [signature]: secret, value } : value;
  }
  return wire;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
