import { settingName } from "../settings.js";
import { type Connection, defaultBaseUrl } from "./connection.js";
import type { DeployTokenErrorCode } from "./errors.js";
import type { ProxySettings } from "./proxy.js";

export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  readonly gitlabMessage: string | undefined;
  readonly connection: Connection;
  /** Those of the token that was to be created. */
  readonly scopes?: readonly string[];
}

const userNotFound =
  "No user has this name or id. Wanted: the name in the address of the user's profile. Projects of a group are found by --group PATH.";

/** What the user can do about a failure: which role, which scope, which key. */
export function hintFor(code: DeployTokenErrorCode, request: FailedRequest): string | undefined {
  const { connection } = request;
  switch (code) {
    case "unauthorized":
      return /\bDPoP\b/i.test(request.gitlabMessage ?? "") ? proofMissing : unauthorized(connection);
    case "insufficient_scope":
      return 'Give the access token the scope "api" ("read_api" is enough to read).';
    case "insufficient_granular_scope":
      return (
        `A fine-grained access token needs ${permission(request)}. ` +
        "GitLab also refuses a classic access token this way if its top-level group accepts only fine-grained ones."
      );
    case "forbidden":
      return forbidden(request);
    case "owner_not_found":
      if (request.path.startsWith("/users/")) return userNotFound;
      return `Either it does not exist or the access token's user cannot see it. Wanted: a numeric id or a full path ("group/app"), and ${role(request)}. ${otherKind(request)}`;
    case "route_not_found":
      return `Check that ${connection.baseUrl} is a GitLab of 12.9 or later (${settingName("baseUrl", connection)} or GITLAB_BASE_URL).`;
    case "invalid_response":
      return `The response is not from GitLab's API: check ${settingName("baseUrl", connection)} (${connection.baseUrl}), and any proxy, firewall or single sign-on in front of GitLab.`;
    case "moved":
      return "The project was renamed or transferred: use its new path or its numeric id.";
    case "rate_limited":
      return connection.isCommand
        ? "Reduce the parallelism (--concurrency 2), or ask for a higher limit."
        : "Reduce the parallelism (pulumi up --parallel 2), or ask for a higher limit.";
    case "unavailable":
      return "GitLab, or a proxy in front of it, is failing: try again later.";
    case "rejected":
      return request.gitlabMessage?.includes("scopes does not have a valid value")
        ? `This GitLab may be older than one of the scopes${request.scopes === undefined ? "" : ` (${request.scopes.join(", ")})`}.`
        : undefined;
    default:
      return undefined;
  }
}

/** What the user can do about a redirect: to the API elsewhere, or to a page to sign in. */
export function redirectHint(location: string | undefined, connection: Connection): string {
  const { baseUrl } = connection;
  const isApi =
    location === undefined ||
    !URL.canParse(location, baseUrl) ||
    new URL(location, baseUrl).pathname.includes("/api/v4");
  return isApi
    ? `Redirects are not followed, so that the access token reaches no other host: set ${settingName("baseUrl", connection)} to the final address.`
    : "This is not GitLab's API: single sign-on in front of GitLab must let requests to /api/v4 pass.";
}

export function clientCertificateNames(connection: Connection): string {
  return `${settingName("clientCert", connection)} and ${settingName("clientKey", connection)}`;
}

/** What nginx says in a page of its own; nothing else of a page is taken for a word. */
export function pageHint(page: string, connection: Connection): string | undefined {
  if (/No required SSL certificate|SSL certificate error/i.test(page)) {
    return `The server requires a client certificate: set ${clientCertificateNames(connection)}.`;
  }
  return /plain HTTP request was sent to HTTPS port/i.test(page)
    ? `The server requires https: check the scheme of ${settingName("baseUrl", connection)} (${connection.baseUrl}).`
    : undefined;
}

/** What the user can do about a proxy that fails or refuses with `status`. */
export function proxyHint(
  { source }: ProxySettings,
  status: number | undefined,
  { baseUrl }: Connection,
): string {
  const { hostname, port, protocol } = new URL(baseUrl);
  if (status === 407) {
    return `Set the user name and password of the proxy in ${source}, with special characters percent-encoded.`;
  }
  const without = `or add ${hostname} to NO_PROXY to connect without it.`;
  if (status !== undefined && status < 500) {
    return `Allow ${hostname}:${port || (protocol === "http:" ? "80" : "443")} on the proxy, ${without}`;
  }
  return `Check the proxy and ${source}, ${without}`;
}

const proofMissing =
  "The access token's user requires DPoP, a proof of possession with each request, which this package does not send. " +
  "Use the access token of a user without it, such as a project or group access token.";

/** https://docs.gitlab.com/auth/tokens/fine_grained_access_tokens/ */
function permission({ method, path }: FailedRequest): string {
  const kind = path.startsWith("/groups/") ? "group" : "project";
  if (path === "/deploy_tokens") return "to be an administrator's classic one for the whole instance's list";
  if (!path.includes("/deploy_tokens"))
    return `the permission to read the ${kind}, which its path needs; its numeric id needs none`;
  const action = method === "GET" ? "read" : method === "POST" ? "create" : "delete";
  return `the permission ${action}_deploy_token on the ${kind}`;
}

/** A path does not tell whether it is a project's or a group's. */
function otherKind({ path, connection }: FailedRequest): string {
  const kind = path.startsWith("/groups/") ? "project" : "group";
  if (connection.isCommand) return `For a ${kind} use --${kind}.`;
  return kind === "project"
    ? "For a project use ProjectDeployToken, getProjectDeployToken or --project."
    : "For a group use GroupDeployToken, getGroupDeployToken or --group.";
}

function unauthorized(connection: Connection): string {
  const tried =
    connection.secondToken === undefined
      ? `The access token from ${connection.tokenSource} is`
      : `The access tokens from ${connection.tokenSource} and ${connection.secondToken.source} are`;
  return (
    `${tried} not valid on ${connection.baseUrl}: expired, revoked, or of another GitLab.` +
    (connection.isCommand
      ? ""
      : " If it was rotated: refresh and destroy use the configuration of the last pulumi up, so run pulumi up first, " +
        "or set GITLAB_TOKEN.")
  );
}

function forbidden(request: FailedRequest): string {
  if (request.path === "/deploy_tokens") {
    const inProgram = request.connection.isCommand ? "" : "getGroupDeployTokens, or ";
    const byGroup = `list them by group: ${inProgram}pulumi-gitlab-deploy-tokens audit --group PATH --recursive`;
    return request.connection.baseUrl === defaultBaseUrl
      ? `GitLab.com lists the instance's deploy tokens for no user; ${byGroup}.`
      : `Only an administrator may list the deploy tokens of the whole instance (with Admin Mode on, the access token also needs the scope admin_mode). Otherwise ${byGroup}.`;
  }
  if (request.gitlabMessage !== undefined && request.gitlabMessage !== "403 Forbidden") {
    return "The reason concerns the access token's user or the instance, not the deploy token.";
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
