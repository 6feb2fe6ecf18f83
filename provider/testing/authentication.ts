import type { HonoRequest } from "hono";
import { message, oauthError } from "./api-error.js";
import type { AccessToken, User } from "./entities.js";
import type { Store } from "./store.js";

/** https://docs.gitlab.com/api/rest/authentication/ */
export function credentialOf(
  request: HonoRequest,
  parameters: Readonly<Record<string, unknown>>,
): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(request.header("authorization") ?? "")?.[1];
  const given =
    request.header("private-token") ?? bearer ?? parameters["private_token"] ?? parameters["access_token"];
  // The routes take no job token: whoever sends one is anonymous.
  return typeof given === "string" && given !== "" && !given.startsWith("glcbt-") ? given : undefined;
}

export interface Caller {
  readonly user: User | undefined;
  readonly token: AccessToken | undefined;
}

/** Who calls, refused as GitLab refuses: 401 for the token itself, 403 for its scope and for its user. */
export function authenticate(store: Store, credential: string | undefined, method: string): Caller {
  if (credential === undefined) return { user: undefined, token: undefined };
  const token = store.accessTokens.get(credential);
  if (token === undefined) throw message(401, "401 Unauthorized");
  if (token.state === "expired") {
    throw oauthError(
      401,
      "invalid_token",
      "Token is expired. You can either do re-authorization or token refresh.",
    );
  }
  if (token.state === "revoked") {
    throw oauthError(401, "invalid_token", "Token was revoked. You have to re-authorize from the user.");
  }
  const reads = method === "GET" || method === "HEAD";
  if (!token.scopes.includes("api") && !(reads && token.scopes.includes("read_api"))) {
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
