import { grapeError, message } from "./api-error.js";
import { parseDateTime } from "./dates.js";
import type { Parameters } from "./parameters.js";
import type { Profile } from "./profiles.js";

export interface CreateParameters {
  /** Null passes the parameter rules and fails in the database; so does an invalid date. */
  readonly name: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
  readonly username: string | null;
}

const invalid = Symbol("invalid");

/** Grape's rules: one response has every problem, in the order of declaration. */
export function readCreate(parameters: Parameters, profile: Profile, now: Date): CreateParameters {
  const problems: string[] = [];
  const required = profile.requiresExpiryAndUsername
    ? ["name", "scopes", "expires_at", "username"]
    : ["name", "scopes"];
  const read = <T>(
    key: string,
    coerce: (value: unknown) => T | typeof invalid,
    reason: string,
  ): T | undefined => {
    if (!(key in parameters)) {
      if (required.includes(key)) problems.push(`${key} is missing`);
      return undefined;
    }
    const value = coerce(parameters[key]);
    if (value !== invalid) return value;
    problems.push(`${key} ${reason}`);
    return undefined;
  };
  const name = read("name", asString, "is invalid");
  const scopes = read("scopes", (value) => asScopes(value, profile), "does not have a valid value");
  const expiresAt = read("expires_at", (value) => asDateTime(value, now), "is invalid");
  const username = read("username", asString, "is invalid");
  if (problems.length > 0) throw grapeError(400, problems.join(", "));
  return {
    name: name ?? null,
    scopes: scopes ?? [],
    expiresAt: expiresAt ?? null,
    username: username == null || isBlank(username) ? null : username,
  };
}

/** The model's rules, joined to a sentence. */
export function validateModel(create: CreateParameters, profile: Profile): void {
  const { name, scopes, username, expiresAt } = create;
  const problems = [
    ...(scopes.length === 0 ? ["Scopes can't be blank"] : []),
    ...(username !== null && [...username].length > 255
      ? ["Username is too long (maximum is 255 characters)"]
      : []),
    ...(username !== null && !/^[a-zA-Z0-9.+_-]+$/.test(username)
      ? ["Username can contain only letters, digits, '_', '-', '+', and '.'"]
      : []),
    ...(profile.limitsName && name !== null && [...name].length > 255
      ? ["Name is too long (maximum is 255 characters)"]
      : []),
  ];
  if (problems.length > 0) throw message(400, toSentence(problems));
  // The database refuses both.
  const tooFar = expiresAt !== null && Number.isNaN(expiresAt.getTime());
  if (name === null || tooFar) throw message(500, "500 Internal Server Error");
}

/** Ruby's `[[:space:]]`, which contains U+0085 and not U+FEFF, unlike JavaScript's. */
function isBlank(text: string): boolean {
  return /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(text);
}

function toSentence(parts: readonly string[]): string {
  if (parts.length < 3) return parts.join(" and ");
  return `${parts.slice(0, -1).join(", ")}, and ${parts.at(-1)}`;
}

function asString(value: unknown): string | null | typeof invalid {
  if (value === null) return null;
  return typeof value === "object" ? invalid : String(value);
}

/** A list, or text with commas, or both mixed. Everything else becomes empty. */
function asScopes(value: unknown, profile: Profile): string[] | typeof invalid {
  const list = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  if (list.some((element) => Array.isArray(element))) return invalid;
  const scopes = list
    .filter((element) => element !== null)
    .flatMap((element) => rubySplit(String(element)))
    .map((scope) => scope.replace(/^[\t-\r ]+|[\t-\r ]+$/g, ""));
  if (scopes.some((scope) => !profile.scopes.includes(scope))) return invalid;
  return profile.scopes.filter((scope) => scopes.includes(scope));
}

/** Ruby's `split(",")`: empty parts at the end are dropped, others are not. */
function rubySplit(text: string): string[] {
  const parts = text.replace(/,+$/, "").split(",");
  return parts.length === 1 && parts[0] === "" ? [] : parts;
}

/** GitLab's internal "forever" reads back as null. */
const forever = Date.UTC(3000, 0, 1);

function asDateTime(value: unknown, now: Date): Date | null | typeof invalid {
  if (value === null || value === "") return null;
  const instant = typeof value === "string" ? parseDateTime(value, now) : undefined;
  if (instant === undefined) return invalid;
  return instant.getTime() === forever ? null : instant;
}
