/** A response that is not a success: its status, body and headers as GitLab sends them. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${status}`);
  }
}

/** `{"message": …}`: from GitLab's own code. */
export function message(status: number, text: string): ApiError {
  return new ApiError(status, { message: text });
}

/** `{"error": …}`: from Grape, before GitLab's own code runs. */
export function grapeError(status: number, text: string): ApiError {
  return new ApiError(status, { error: text });
}

/** `{"error", "error_description"}`: from the OAuth layer. */
export function oauthError(status: number, error: string, description: string, more: object = {}): ApiError {
  const challenge = `Bearer realm="Protected by OAuth 2.0", error="${error}", error_description="${description}"`;
  return new ApiError(
    status,
    { error, error_description: description, ...more },
    status === 401 ? { "www-authenticate": challenge } : {},
  );
}

/**
 * `Authz::Tokens::AuthorizeGranularScopesService`: the answer to a fine-grained access token without a permission, and
 * to a classic one where GitLab accepts only fine-grained ones.
 *
 * @param missing undefined if the route accepts no fine-grained access token
 */
export function insufficientPermission(missing?: {
  readonly permission: string;
  readonly boundary: "project" | "group";
}): ApiError {
  const reason =
    missing === undefined
      ? "This operation doesn't support fine-grained personal access tokens."
      : `This operation requires a fine-grained personal access token with the following ${missing.boundary} permissions: [${title(missing.permission)}].`;
  return oauthError(403, "insufficient_granular_scope", `Access denied: ${reason}`);
}

/** `read_deploy_token` as GitLab writes it in messages: `Deploy Token: Read`. */
function title(permission: string): string {
  const [action = "", ...resource] = permission
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${resource.join(" ")}: ${action}`;
}

export const notFound = {
  project: () => message(404, "404 Project Not Found"),
  group: () => message(404, "404 Group Not Found"),
  user: () => message(404, "404 User Not Found"),
  deployToken: () => message(404, "404 Not found"),
  route: () => grapeError(404, "404 Not Found"),
};
