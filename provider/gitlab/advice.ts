import { type Connection, defaultBaseUrl } from "./connection.js";
import type { DeployTokenErrorCode } from "./errors.js";

export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  readonly words: string | undefined;
  readonly connection: Connection;
}

/** What the user can do about a failure: which role, which scope, which key. */
export function advise(code: DeployTokenErrorCode, request: FailedRequest): string | undefined {
  const { connection } = request;
  switch (code) {
    case "unauthorized":
      return `${unauthorized(connection)}`;
    case "insufficient_scope":
      return 'Give the access token the scope "api" ("read_api" is enough to read).';
    case "forbidden":
      return forbidden(request);
    case "owner_not_found":
      return `Either it does not exist or the access token's user cannot see it. Wanted: a numeric id or a full path ("group/app"), and ${role(request)}.`;
    case "route_not_found":
      return `Check that ${connection.baseUrl} is a GitLab of 12.9 or later (gitlab:baseUrl or GITLAB_BASE_URL).`;
    case "invalid_response":
      return `The answer is not what GitLab's API gives: check gitlab:baseUrl (${connection.baseUrl}) and any proxy on the way.`;
    case "redirected":
      return "Redirects are not followed, so that the access token reaches no other host: set gitlab:baseUrl to the final address.";
    case "moved":
      return "The project was renamed or transferred: use its new path or its numeric id.";
    case "rate_limited":
      return "Run with fewer at a time (pulumi up --parallel 2), or ask for a higher limit.";
    case "unavailable":
      return "GitLab, or something before it, is failing: try again later.";
    case "unreachable":
      return `Check gitlab:baseUrl (${connection.baseUrl}), the network and the proxy variables; for an unknown certificate set gitlab:cacertFile.`;
    case "rejected":
      return request.words?.includes("scopes does not have a valid value")
        ? "This GitLab may be older than one of the scopes."
        : undefined;
    default:
      return undefined;
  }
}

function unauthorized(connection: Connection): string {
  const tried =
    connection.secondToken === undefined
      ? `The access token from ${connection.tokenSource} is`
      : `The access tokens from ${connection.tokenSource} and ${connection.secondToken.source} are`;
  return (
    `${tried} not valid on ${connection.baseUrl}: expired, revoked, or of another GitLab. ` +
    "If it was rotated: refresh and destroy use the configuration of the last pulumi up, so run pulumi up first, " +
    "or add --run-program."
  );
}

function forbidden(request: FailedRequest): string {
  if (request.path === "/deploy_tokens") {
    const byGroup =
      "list them by group: getGroupDeployTokens, or pulumi-gitlab-deploy-tokens audit --group PATH --recursive";
    return request.connection.baseUrl === defaultBaseUrl
      ? `GitLab.com lists the instance's deploy tokens for nobody; ${byGroup}.`
      : `Only an administrator may list the deploy tokens of the whole instance (with Admin Mode on, the access token also needs the scope admin_mode). Otherwise ${byGroup}.`;
  }
  if (request.words !== undefined && request.words !== "403 Forbidden") {
    return "This is about the access token's user or the instance, not about the deploy token.";
  }
  return `The access token's user needs ${role(request)}.`;
}

/** https://docs.gitlab.com/user/permissions/ */
function role({ method, path }: FailedRequest): string {
  if (path.startsWith("/groups/")) {
    return method === "GET" ? "at least the role Maintainer in the group" : "the role Owner in the group";
  }
  return "at least the role Maintainer in the project";
}
