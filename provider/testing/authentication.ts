import type { HonoRequest } from "hono";
import { message, oauthError } from "./api-error.js";
import type { AccessToken, User } from "./entities.js";
import type { Store } from "./store.js";

interface Credential {
  readonly value: string;
  /** Sent where GitLab looks for OAuth tokens too. */
  readonly oauth: boolean;
}

/**
 * The access token of a request. Personal, project and group access tokens are taken from each place, OAuth tokens
 * only as `Bearer` and `access_token`.
 *
 * @see https://docs.gitlab.com/api/rest/authentication/
 */
export function credentialOf(
  header: (name: string) => string | undefined,
  parameters: Readonly<Record<string, unknown>>,
): Credential | undefined {
  const places: [value: unknown, oauth: boolean][] = [
    [header("private-token"), false],
    [parameters["private_token"], false],
    [/^Bearer\s+(.+)$/i.exec(header("authorization") ?? "")?.[1], true],
    [parameters["access_token"], true],
  ];
  const [value, oauth] = places.find(([given]) => typeof given === "string" && given !== "") ?? [];
  // The routes take no job token: whoever sends one is anonymous.
  if (typeof value !== "string" || value.startsWith("glcbt-")) return undefined;
  return { value, oauth: oauth === true };
}

export interface Caller {
  readonly user: User | undefined;
  readonly token: AccessToken | undefined;
}

const anonymous: Caller = { user: undefined, token: undefined };

const dead: Readonly<Record<Exclude<AccessToken["state"], "active">, string>> = {
  expired: "Token is expired. You can either do re-authorization or token refresh.",
  revoked: "Token was revoked. You have to re-authorize from the user.",
  impersonation: "Token is an impersonation token but impersonation was disabled.",
};

/** Scopes that a route takes beside `api`, and `read_api` for reading. */
export type MoreScopes = readonly string[];

/** Who calls, refused as GitLab refuses: 401 for the token itself, 403 for its scope and for its user. */
export function authenticate(
  store: Store,
  request: HonoRequest,
  parameters: Readonly<Record<string, unknown>>,
  more: MoreScopes = [],
): Caller {
  const credential = credentialOf((name) => request.header(name), parameters);
  if (credential === undefined) return anonymous;
  const token = store.accessTokens.get(credential.value);
  if (token === undefined || (token.oauth === true && !credential.oauth)) {
    throw message(401, "401 Unauthorized");
  }
  if (token.state !== "active") throw oauthError(401, "invalid_token", dead[token.state]);
  const reads = request.method === "GET" || request.method === "HEAD";
  const enough = ["api", ...(reads ? ["read_api", ...more] : [])];
  if (!token.scopes.some((scope) => enough.includes(scope))) {
    throw oauthError(
      403,
      "insufficient_scope",
      "The request requires higher privileges than provided by the access token.",
      { scope: "api read_api" },
    );
  }
  if (token.user.blocked !== undefined) throw message(403, `403 Forbidden - ${token.user.blocked}`);
  return { user: token.user, token };
}
