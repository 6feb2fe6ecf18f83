import type { HonoRequest } from "hono";
import { insufficientPermission, message, oauthError } from "./api-error.js";
import type { AccessToken, User } from "./entities.js";
import type { Store } from "./store.js";

interface Credential {
  readonly value: string;
  /** Whether the request has it where GitLab also looks for OAuth tokens. */
  readonly oauth: boolean;
}

/**
 * The access token of a request. Personal, project and group access tokens are taken from each place, in this order.
 * OAuth tokens are taken only from the last three, and come first if they are valid.
 *
 * @see https://docs.gitlab.com/api/rest/authentication/
 */
export function credentialOf(
  header: (name: string) => string | undefined,
  parameters: Readonly<Record<string, unknown>>,
  isOauth: (value: string) => boolean,
): Credential | undefined {
  const bearer = bearerOf(header);
  const places: [value: unknown, oauth: boolean][] = [
    [parameters["private_token"], false],
    [header("private-token"), false],
    [bearer, true],
    [parameters["access_token"], true],
    [parameters["bearer_token"], true],
  ];
  const given = places.filter(([value]) => typeof value === "string" && value !== "");
  const [value, oauth] =
    given.find(([each, isBearer]) => isBearer && isOauth(String(each))) ?? given[0] ?? [];
  // The routes accept no job token: a request with one is anonymous.
  if (typeof value !== "string" || value.startsWith("glcbt-")) return undefined;
  return { value, oauth: oauth === true };
}

/** The text after one blank. After two blanks the token would begin with one, and be unknown. */
function bearerOf(header: (name: string) => string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(header("authorization") ?? "")?.[1];
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

/** What a route accepts in addition to the scope `api`, and to `read_api` for reading. */
export interface RouteAccess {
  readonly scopes?: readonly string[];
  /** The route has a permission for fine-grained access tokens and checks it itself: permissions.ts. */
  readonly fineGrained?: boolean;
}

/** Identifies the caller, or refuses: 401 for the token itself, then 401 or 403 for its user, 403 for its scope. */
export function authenticate(
  store: Store,
  request: HonoRequest,
  parameters: Readonly<Record<string, unknown>>,
  { scopes = [], fineGrained = false }: RouteAccess = {},
): Caller {
  const header = (name: string) => request.header(name);
  if (bearerOf(header) !== undefined && parameters["access_token"] !== undefined) {
    const description = "Both Authorization header and payload includes access token.";
    throw oauthError(400, "invalid_request", description);
  }
  const isOauth = (value: string) => store.accessTokens.get(value)?.oauth === true;
  const credential = credentialOf(header, parameters, isOauth);
  if (credential === undefined) return anonymous;
  const token = store.accessTokens.get(credential.value);
  if (token === undefined || (token.oauth === true && !credential.oauth)) {
    throw message(401, "401 Unauthorized");
  }
  if (token.state !== "active") throw oauthError(401, "invalid_token", dead[token.state]);
  const { user } = token;
  if (user.dpop && !token.oauth) requireProof(header("dpop"));
  if (user.blocked !== undefined) throw message(403, `403 Forbidden - ${user.blocked}`);
  if (token.grants !== undefined) {
    if (!fineGrained) throw insufficientPermission();
    return { user, token };
  }
  const reads = request.method === "GET" || request.method === "HEAD";
  const enough = ["api", ...(reads ? ["read_api", ...scopes] : [])];
  if (!token.scopes.some((scope) => enough.includes(scope))) {
    throw oauthError(
      403,
      "insufficient_scope",
      "The request requires higher privileges than provided by the access token.",
      { scope: "api read_api" },
    );
  }
  return { user, token };
}

/** The shape of a DPoP proof. Its signature is not verified. */
function requireProof(proof: string | undefined): void {
  if (proof === undefined) throw dpopError("DPoP header is missing");
  const segments = proof.split(".");
  if (segments.length !== 3)
    throw dpopError("Malformed JWT, unable to decode. Not enough or too many segments");
  if (typeOf(segments[0] ?? "") !== "dpop+jwt") throw dpopError("Invalid typ value in JWT");
}

function dpopError(reason: string): Error {
  return oauthError(401, "dpop_error", `DPoP validation error: ${reason}`);
}

function typeOf(header: string): unknown {
  try {
    return (JSON.parse(Buffer.from(header, "base64url").toString()) as { typ?: unknown }).typ;
  } catch {
    return undefined;
  }
}
