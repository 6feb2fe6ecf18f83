import { showText } from "./describe-value.js";
import type { OwnerKind } from "./gitlab/owner.js";
import { suggest } from "./suggest.js";

/** The known keys of one kind of object. */
export interface KnownKeys {
  readonly names: readonly string[];
  /** Other words for a key, in lower case and without `_` and `-`. */
  readonly otherWords?: Readonly<Record<string, string>>;
}

interface KeyProblems {
  /** The error for misspelt keys, which would otherwise be ignored silently. */
  readonly refusal: string | undefined;
  /** The warning for unknown keys: programs may also pass wider objects. */
  readonly warning: string | undefined;
}

const none: KeyProblems = { refusal: undefined, warning: undefined };

/** Other words for the arguments of a deploy token. */
export const wordsForArguments = {
  expires: "expiresAt",
  expiry: "expiresAt",
  expiration: "expiresAt",
  expirationdate: "expiresAt",
  expiresin: "expiresAt",
  expiresafter: "expiresAt",
  permissions: "scopes",
  projectid: "project",
  projectpath: "project",
  groupid: "group",
  grouppath: "group",
} as const;

/** The arguments of a project or group deploy token, for the program's check and the preview's. */
export function tokenArguments(kind: OwnerKind): KnownKeys {
  return {
    names: [kind, "name", "scopes", "username", "expiresAt", "validatePastExpirationDate", "adopt"],
    otherWords: wordsForArguments,
  };
}

/** Checks the keys of an object from a program. */
export function checkKeys(given: unknown, known: KnownKeys): KeyProblems {
  if (typeof given !== "object" || given === null) return none;
  const strangers = Object.entries(given).filter(([key]) => !known.names.includes(key));
  if (strangers.length === 0) return none;
  const misspelt: { readonly key: string; readonly meant: string }[] = [];
  const ignored: string[] = [];
  for (const [key, value] of strangers) {
    const meant = suggest(key, known.names) ?? otherWord(key, known);
    if (meant !== undefined) misspelt.push({ key, meant });
    else if (value !== undefined) ignored.push(key);
  }
  return {
    refusal: misspelt.length === 0 ? undefined : refusal(misspelt),
    warning:
      ignored.length === 0
        ? undefined
        : `${list(ignored)} ${ignored.length === 1 ? "is" : "are"} ignored; known keys: ${known.names.join(", ")}`,
  };
}

function otherWord(key: string, { names, otherWords = {} }: KnownKeys): string | undefined {
  const letters = key.toLowerCase().replace(/[_-]/g, "");
  const meant = Object.hasOwn(otherWords, letters) ? otherWords[letters] : undefined;
  return meant !== undefined && names.includes(meant) ? meant : undefined;
}

function refusal(misspelt: readonly { readonly key: string; readonly meant: string }[]): string {
  const [first] = misspelt;
  if (misspelt.length === 1 && first !== undefined)
    return `${showText(first.key)} is unknown; did you mean ${showText(first.meant)}?`;
  const pairs = misspelt.map(({ key, meant }) => `${showText(meant)} for ${showText(key)}`).join(", ");
  return `${list(misspelt.map(({ key }) => key))} are unknown; did you mean ${pairs}?`;
}

const mostListed = 5;

function list(keys: readonly string[]): string {
  const some = keys.slice(0, mostListed).map(showText).join(", ");
  return keys.length > mostListed ? `${some} and ${keys.length - mostListed} more` : some;
}
