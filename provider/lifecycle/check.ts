import type { dynamic } from "@pulumi/pulumi";
import { checkKeys, type KnownKeys, tokenArguments } from "../argument-keys.js";
import { describeValue } from "../describe-value.js";
import { isPast, normalizeExpiry, normalizeInstant } from "../gitlab/dates.js";
import { type OwnerKind, ownerProblem } from "../gitlab/owner.js";
import { normalizeScopes, scopeProblem } from "../gitlab/scopes.js";
import { parseResourceId } from "../resource-id.js";
import { isUnknown } from "./engine/unknown.js";
import { isOfficialState } from "./official-state.js";
import type { Properties } from "./state.js";

const nameWanted = "1 to 255 characters, not all blank";
const scopesWanted = 'a list of one or more scopes, such as ["read_registry"]';
const usernamePattern = /^[a-zA-Z0-9.+_-]{1,255}$/;

/**
 * Every rule on arguments, at preview: no I/O, since the engine checks one resource after another. Values that
 * are unknown yet are left alone. A failure names no property, because the engine would print its value in
 * the clear even if it is a secret.
 */
export function check(
  kind: OwnerKind,
  olds: Properties,
  news: Properties,
  now: Date,
  settingsProblem?: string,
): dynamic.CheckResult {
  const inputs: Record<string, unknown> = {};
  const failures: string[] = settingsProblem === undefined ? [] : [settingsProblem];
  const argument = (name: string, validate: (value: unknown) => unknown) => {
    const value = news[name];
    if (value === undefined || value === null) return;
    inputs[name] = isUnknown(value) ? value : validate(value);
  };
  const refuse = (name: string, value: unknown, wanted: string): unknown => {
    failures.push(`${name} is ${describeValue(value)}; wanted: ${wanted}`);
    return value;
  };

  const { refusal } = checkKeys(withoutOwn(news), tokenArguments(kind));
  if (refusal !== undefined) failures.push(refusal);
  argument(kind, (value) => {
    const problem = ownerProblem(kind, value);
    if (problem === undefined) return String(value);
    const isGroup = kind === "project" && ownerProblem("group", value) === undefined;
    return refuse(kind, value, isGroup ? `${problem}; for a group's token use GroupDeployToken` : problem);
  });
  argument("name", (value) => {
    const length = typeof value === "string" ? [...value.trim()].length : 0;
    if (length < 1 || length > 255) return refuse("name", value, nameWanted);
    // GitLab answers 400 "Bad Request" to both, in plain text as a proxy would.
    if (/[\0\p{Cs}]/u.test(String(value)))
      return refuse("name", value, "a string without NUL and without an unpaired surrogate");
    return value;
  });
  argument("scopes", (value) => {
    if (!Array.isArray(value) || value.length === 0) return refuse("scopes", value, scopesWanted);
    const problems = value.flatMap((scope) => scopeProblem(scope) ?? []);
    if (problems.length > 0) return refuse("scopes", value, `${scopesWanted}; ${problems.join("; ")}`);
    return normalizeScopes(value as string[]);
  });
  argument("username", (value) =>
    typeof value === "string" && usernamePattern.test(value)
      ? value
      : refuse("username", value, "1 to 255 letters, digits and . + _ -"),
  );
  argument("validatePastExpirationDate", (value) =>
    typeof value === "boolean" ? value : refuse("validatePastExpirationDate", value, "true or false"),
  );
  argument("adopt", (value) => checkAdopt(kind, value, failures));
  argument("expiresAt", (value) => {
    const instant = typeof value === "string" ? normalizeInstant(value) : undefined;
    if (instant === undefined) {
      return refuse(
        "expiresAt",
        value,
        'a date such as "2027-01-31", or a date-time with a zone such as "2027-01-31T12:00:00Z" (of a Date: its toISOString())',
      );
    }
    // Empty old inputs mean that a token is about to be created.
    const makes = Object.keys(olds).length === 0 && news["adopt"] === undefined;
    if (makes && news["validatePastExpirationDate"] !== false && isPast(instant, now)) {
      return refuse(
        "expiresAt",
        // The program's side adds the time to a date.
        instant.replace("T00:00:00.000Z", ""),
        "a date in the future, or validatePastExpirationDate: false (a token created with this date would not work)",
      );
    }
    return normalizeExpiry(instant);
  });

  // Not in the inputs: undefined or null in the program.
  if (!(kind in inputs)) failures.push(`${kind} is missing; wanted: ${ownerProblem(kind, undefined)}`);
  if (!("scopes" in inputs)) failures.push(`scopes is missing; wanted: ${scopesWanted}`);
  if (inputs["name"] === undefined) Object.assign(inputs, defaultName(olds, news));
  // A transformation removed it: the resource's own name is only sent if the program gives none.
  if (inputs["name"] === undefined) failures.push(`name is missing; wanted: ${nameWanted}`);
  if (inputs["expiresAt"] === undefined) delete inputs["expiresAt"];
  return { inputs, failures: failures.map((reason) => ({ property: "", reason })) };
}

/**
 * The default name is the resource's own at creation, and does not change later: a renamed resource keeps its token.
 * `defaultName` in the inputs says that the program gives no name.
 */
function defaultName(olds: Properties, news: Properties): Properties {
  const wasDefault = olds["defaultName"] !== undefined || isOfficialState(olds);
  const name = wasDefault && typeof olds["name"] === "string" ? olds["name"] : news["defaultName"];
  return { name, defaultName: news["defaultName"] };
}

/** Messages never show a text, because it may be the token. */
function checkAdopt(kind: OwnerKind, value: unknown, failures: string[]): unknown {
  const {
    deployTokenId: given,
    token,
    import: importId,
    ...rest
  } = (typeof value === "object" && value !== null ? value : {}) as Properties;
  const { refusal } = checkKeys(value, adoptNames);
  if (refusal !== undefined) {
    failures.push(`adopt: ${refusal}`);
    return value;
  }
  const imported = importId === undefined ? undefined : parseResourceId(String(importId));
  if (importId !== undefined && (imported?.owner === undefined || imported.deployTokenId === undefined)) {
    const example = kind === "project" ? "acme/app:42" : "acme:42";
    failures.push(
      `import is ${describeValue(importId)}; wanted: "<${kind}>:<deploy token id>", such as "${example}"`,
    );
    return value;
  }
  const deployTokenId = given ?? imported?.deployTokenId;
  if (imported !== undefined && deployTokenId !== imported.deployTokenId) {
    failures.push(`import is ${describeValue(importId)}, but adopt names another deploy token: remove one`);
    return value;
  }
  const idFits =
    typeof deployTokenId === "number" && Number.isSafeInteger(deployTokenId) && deployTokenId > 0;
  const tokenFits = token === undefined || (typeof token === "string" && token !== "");
  if (!idFits || !tokenFits || Object.keys(rest).length > 0) {
    failures.push("adopt is not valid; wanted: { deployTokenId: a number, token?: the token's value }");
  }
  return imported === undefined ? value : { ...(value as object), deployTokenId };
}

const adoptNames: KnownKeys = {
  names: ["deployTokenId", "token", "import"],
  otherWords: { id: "deployTokenId", tokenid: "deployTokenId", value: "token" },
};

/** Without the resource's own inputs and outputs: the rest comes from the program or one of its transforms. */
function withoutOwn(news: Properties): Properties {
  const own = [
    ...["__provider", "defaultName", "mayHaveEqual"],
    ...["token", "deployTokenId", "ownerId", "baseUrl", "revoked"],
  ];
  return Object.fromEntries(Object.entries(news).filter(([key]) => !own.includes(key)));
}
