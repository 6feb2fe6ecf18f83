/** An answer that is not a success: its status, body and headers as GitLab gives them. */
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

export const notFound = {
  project: () => message(404, "404 Project Not Found"),
  group: () => message(404, "404 Group Not Found"),
  deployToken: () => message(404, "404 Not found"),
  route: () => grapeError(404, "404 Not Found"),
};
