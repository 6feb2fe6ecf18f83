import { defaultUsername } from "../gitlab/default-username.js";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { parseResourceId } from "../resource-id.js";
import { ignoredUsername, type TokenArguments } from "./arguments.js";
import { isOfficialState } from "./official-state.js";
import type { OwnerTokens } from "./run/owner-tokens.js";

/** A property bag as the engine sends it; secrets arrive unwrapped. */
export type Properties = Readonly<Record<string, unknown>>;

/** A POST that GitLab may have carried out, or may still carry out, although no usable response came. */
export interface OpenRequest {
  /** The highest id that GitLab had assigned when the POST was sent. The token of the request has a higher one. */
  readonly afterId: number;
  /** When the last such POST was sent. Undefined in a record of version 0.1.0, which counts as old. */
  readonly sentAt?: string | undefined;
  /** How many POSTs are open. @default 1 */
  readonly requests?: number | undefined;
  /** Tokens that a message named: a person decides, and this package never deletes them. */
  readonly named?: readonly number[] | undefined;
  /** An equal token may be another resource's or stack's, so each one found is named and none is deleted. */
  readonly shared?: boolean | undefined;
}

/**
 * What the state records of a resource.
 *
 * @see https://github.com/pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens/blob/main/docs/architecture.md
 */
type ResourceState = OfficialState | OwnState;

/** A state that this package wrote. */
export type OwnState = PendingState | UnreadState | TokenState;

/** A state that `@pulumi/gitlab` wrote. */
interface OfficialState {
  readonly status: "official";
}

interface RecordedArguments extends TokenArguments {
  readonly kind: OwnerKind;
  /** GitLab's username, which 12.9 chooses itself. Empty while no token is known. */
  readonly actualUsername: string;
  /** Undefined in a state taken over from `@pulumi/gitlab`, until the next read. */
  readonly ownerId: string | undefined;
  readonly baseUrl: string | undefined;
}

/** A create ended with an open request, and no token is known. */
interface PendingState extends RecordedArguments {
  readonly status: "pending";
  readonly openRequest: OpenRequest;
  readonly deployTokenId?: undefined;
}

/** Neither a token nor an open request: the state of `.get()` before the read. */
interface UnreadState extends RecordedArguments {
  readonly status: "unread";
  readonly openRequest?: undefined;
  readonly deployTokenId?: undefined;
}

/** A token that exists, or is revoked. */
export interface TokenState extends RecordedArguments {
  readonly status: "active" | "revoked";
  readonly deployTokenId: number;
  /** Undefined if the token was adopted or read without its value. */
  readonly token: string | undefined;
  /** The create succeeded after an open request, which may have left a second token. */
  readonly openRequest: OpenRequest | undefined;
  /** Distinguishes this resource from an older one that adopted the same token. */
  readonly adoption: string | undefined;
  /** Arguments changed in an update, which cannot replace. The next diff does. */
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

/** The token to take over instead of creating one. */
export interface Adoption {
  readonly deployTokenId: number;
  /** Its value, if the program gives it. */
  readonly token: string | undefined;
  /** The option `import`, if the program uses it. */
  readonly importId: string | undefined;
}

/** `adopt`, or the option `import`, in inputs; also undefined while it is unknown. */
export function readAdoption(inputs: Properties): Adoption | undefined {
  const adopt = inputs["adopt"] as Partial<Record<"deployTokenId" | "token" | "import", unknown>> | undefined;
  const importId = text(adopt?.import);
  const deployTokenId = adopt?.deployTokenId ?? parseResourceId(importId ?? "")?.deployTokenId;
  if (typeof deployTokenId !== "number") return undefined;
  return { deployTokenId, token: text(adopt?.token), importId };
}

/** The program's own word for an adoption. */
export function wordFor({ importId }: Adoption): "adopt" | "import" {
  return importId === undefined ? "adopt" : "import";
}

/** The state in outputs of this package or of `@pulumi/gitlab`. */
export function readState(kind: OwnerKind, outputs: Properties): ResourceState {
  return isOfficialState(outputs) ? { status: "official" } : readOwnState(kind, outputs);
}

/** The same for outputs that this package wrote or just migrated. */
export function readOwnState(kind: OwnerKind, outputs: Properties): OwnState {
  const deployTokenId = typeof outputs["deployTokenId"] === "number" ? outputs["deployTokenId"] : undefined;
  const openRequest = readOpenRequest(outputs);
  const actualUsername = text(outputs["username"]) ?? "";
  const isDefault = deployTokenId !== undefined && actualUsername === defaultUsername(deployTokenId);
  const username =
    text(outputs["requestedUsername"]) ?? (isDefault || actualUsername === "" ? undefined : actualUsername);
  const { owner, name, scopes, expiresAt } = readArguments(kind, outputs);
  const ownerId = text(outputs["ownerId"]);
  const baseUrl = text(outputs["baseUrl"]);
  if (deployTokenId === undefined) {
    const recorded = { kind, owner, name, scopes, username, expiresAt, actualUsername, ownerId, baseUrl };
    return openRequest === undefined
      ? { status: "unread", ...recorded }
      : { status: "pending", ...recorded, openRequest };
  }
  // Written out, because each read and diff of each token creates one, and a spread is many times slower.
  return {
    status: outputs["revoked"] === true ? "revoked" : "active",
    kind,
    owner,
    name,
    scopes,
    username,
    expiresAt,
    actualUsername,
    ownerId,
    baseUrl,
    deployTokenId,
    token: text(outputs["token"]),
    openRequest,
    adoption: text(outputs["adoption"]),
    replacementDue: outputs["replacementDue"] === true,
  };
}

/** An open request is stored as `unsettled`; version 0.1.0 wrote `above` alone. docs/versions.md describes it. */
interface StoredOpenRequest extends Omit<OpenRequest, "afterId"> {
  readonly above: number;
}

function readOpenRequest(outputs: Properties): OpenRequest | undefined {
  const stored = outputs["unsettled"] as StoredOpenRequest | undefined;
  if (stored === undefined) return undefined;
  const { above: afterId, ...rest } = stored;
  return { afterId, ...rest };
}

export function storedOpenRequest(openRequest: OpenRequest | undefined): Properties | undefined {
  if (openRequest === undefined) return undefined;
  const { afterId: above, sentAt, requests = 1, named = [], shared = false } = openRequest;
  return {
    above,
    ...(sentAt === undefined ? {} : { sentAt }),
    ...(requests === 1 ? {} : { requests }),
    ...(named.length === 0 ? {} : { named }),
    ...(shared ? { shared } : {}),
  };
}

/** The arguments as inputs, for a read: the recorded ones, never GitLab's own values. */
export function inputsOf(kind: OwnerKind, outputs: Properties): Properties {
  const { owner, name, scopes, username, expiresAt } = readOwnState(kind, outputs);
  const { defaultName, validatePastExpirationDate } = outputs;
  return { [kind]: owner, name, scopes, username, expiresAt, defaultName, validatePastExpirationDate };
}

/** The arguments as outputs: a later run compares with them. `adopt` is not an argument of the token. */
function outputsOf({ adopt: _, ...inputs }: Properties): Properties {
  return inputs;
}

/** The outputs of a create that ended with an open request and without a token. */
export function pendingOutputs(
  inputs: Properties,
  { owner, baseUrl }: OwnerTokens,
  openRequest: OpenRequest,
): Record<string, unknown> {
  const unsettled = storedOpenRequest(openRequest);
  return toWire({ ...outputsOf(inputs), ownerId: owner.id, baseUrl, unsettled });
}

/** The outputs of a token that was just created or adopted. */
export function tokenOutputs(
  inputs: Properties,
  { owner, baseUrl }: Pick<OwnerTokens, "owner" | "baseUrl">,
  described: DeployToken,
  { openRequest, ...rest }: Partial<Pick<TokenState, "token" | "openRequest" | "adoption">>,
): Record<string, unknown> {
  const { deployTokenId, username, revoked = false } = described;
  return toWire({
    ...outputsOf(inputs),
    ownerId: owner.id,
    baseUrl,
    username,
    requestedUsername: ignoredUsername(described, readArguments(owner.kind, inputs)),
    deployTokenId,
    revoked,
    unsettled: storedOpenRequest(openRequest),
    ...rest,
  });
}

// The engine's form of a secret on the wire (sdk/go/common/resource/properties.go): top-level
// additionalSecretOutputs alone would not cover a read.
export const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** For the engine, the token as a secret: an `undefined` property would fail the call after GitLab acted. */
export function toWire(properties: Properties): Record<string, unknown> {
  const wire: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) wire[key] = key === "token" ? { ...secretMark, value } : value;
  }
  return wire;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
