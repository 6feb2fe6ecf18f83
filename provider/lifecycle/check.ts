import type { dynamic } from "@pulumi/pulumi";
import { isPast, never, normalizeInstant } from "../gitlab/dates.js";
import { type OwnerKind, ownerProblem } from "../gitlab/owner.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import { isForeign } from "./migrate.js";
import type { Properties } from "./properties.js";
import { isUnknown } from "./unknown.js";

const usernamePattern = /^[a-zA-Z0-9.+_-]{1,255}$/;

/**
 * Every rule on arguments, at preview: no I/O, since the engine checks one resource after another. Values that
 * are not known yet are left alone. A failure names no property, because the engine would print its value in
 * the clear even if it is a secret.
 */
export function check(kind: OwnerKind, olds: Properties, news: Properties, now: Date): dynamic.CheckResult {
  const inputs: Record<string, unknown> = {};
  const failures: string[] = [];
  const argument = (name: string, validate: (value: unknown) => unknown) => {
    const value = news[name];
    if (value === undefined || value === null) return;
    inputs[name] = isUnknown(value) ? value : validate(value);
  };
  const refuse = (name: string, value: unknown, wanted: string): unknown => {
    failures.push(`${name} is ${JSON.stringify(value)}; wanted: ${wanted}`);
    return value;
  };

  argument(kind, (value) => {
    const problem = ownerProblem(kind, value);
    return problem === undefined ? String(value) : refuse(kind, value, problem);
  });
  argument("name", (value) => {
    const length = typeof value === "string" ? [...value.trim()].length : 0;
    return length >= 1 && length <= 255 ? value : refuse("name", value, "1 to 255 characters, not all blank");
  });
  argument("scopes", (value) => {
    const scopes = Array.isArray(value) ? value : [];
    const valid = scopes.every(
      (scope): scope is string => typeof scope === "string" && /^[^\s,]+$/.test(scope),
    );
    if (!valid || scopes.length === 0)
      return refuse("scopes", value, 'a list of at least one, such as ["read_registry"]');
    return normalizeScopes(scopes);
  });
  argument("username", (value) =>
    typeof value === "string" && usernamePattern.test(value)
      ? value
      : refuse("username", value, "1 to 255 letters, digits and . + _ -"),
  );
  argument("validatePastExpirationDate", (value) =>
    typeof value === "boolean" ? value : refuse("validatePastExpirationDate", value, "true or false"),
  );
  argument("adopt", (value) => checkAdopt(value, failures));
  argument("expiresAt", (value) => {
    const instant = typeof value === "string" ? normalizeInstant(value) : undefined;
    if (instant === undefined) {
      return refuse(
        "expiresAt",
        value,
        'a date such as "2027-01-31", or a date-time with a zone such as "2027-01-31T12:00:00Z"',
      );
    }
    // An empty `olds` means that a token is about to be made.
    const makes = Object.keys(olds).length === 0 && news["adopt"] === undefined;
    if (makes && news["validatePastExpirationDate"] !== false && isPast(instant, now)) {
      return refuse(
        "expiresAt",
        value,
        "a date in the future, or validatePastExpirationDate: false (a token made with this one would be dead at once)",
      );
    }
    return instant === never ? undefined : instant;
  });

  if (news[kind] === undefined || news[kind] === null)
    failures.push(`${kind} is missing; wanted: ${ownerProblem(kind, undefined)}`);
  if (news["scopes"] === undefined || news["scopes"] === null) {
    failures.push('scopes is missing; wanted: a list of at least one, such as ["read_registry"]');
  }
  if (inputs["name"] === undefined) Object.assign(inputs, defaultName(olds, news));
  // A transformation took it out: the resource's own name is only sent where the program gives none.
  if (inputs["name"] === undefined)
    failures.push("name is missing; wanted: 1 to 255 characters, not all blank");
  if (inputs["expiresAt"] === undefined) delete inputs["expiresAt"];
  return { inputs, failures: failures.map((reason) => ({ property: "", reason })) };
}

/**
 * A name that is left out is the resource's own at creation, and from then on whatever it was: a renamed
 * resource keeps its token. `defaultName` in the inputs says that it was left out.
 */
function defaultName(olds: Properties, news: Properties): Properties {
  const wasDefault = olds["defaultName"] !== undefined || isForeign(olds);
  const name = wasDefault && typeof olds["name"] === "string" ? olds["name"] : news["defaultName"];
  return { name, defaultName: news["defaultName"] };
}

/** Never shows the value: it holds the token. */
function checkAdopt(value: unknown, failures: string[]): unknown {
  const { deployTokenId, token, ...rest } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Properties;
  const idFits =
    typeof deployTokenId === "number" && Number.isSafeInteger(deployTokenId) && deployTokenId > 0;
  const tokenFits = token === undefined || (typeof token === "string" && token !== "");
  if (!idFits || !tokenFits || Object.keys(rest).length > 0) {
    failures.push("adopt is not usable; wanted: { deployTokenId: a number, token?: the token's value }");
  }
  return value;
}
