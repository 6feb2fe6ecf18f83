import {
  type ConfigReader,
  configuredBaseUrl,
  type Found,
  isForOther,
  officialOnly,
} from "./find-setting.js";
import { DeployTokenError } from "./gitlab/errors.js";

/** Variables of other tools. */
const tokensOfOthers = [
  "GITLAB_ACCESS_TOKEN",
  "GITLAB_PRIVATE_TOKEN",
  "GITLAB_API_TOKEN",
  "GL_TOKEN",
  "CI_JOB_TOKEN",
];

export function noAccessToken(lookup: ConfigReader, env: NodeJS.ProcessEnv): DeployTokenError {
  if (isForOther(lookup, env)) {
    return new DeployTokenError(
      "no_access_token",
      `No access token for ${configuredBaseUrl(lookup, env)}: give its Provider a token. The stack's access token and GITLAB_TOKEN belong to another GitLab and are not sent to this one.`,
    );
  }
  const found = Object.entries(officialOnly)
    .flatMap(([key, variable]) => [
      ...(lookup(key as `gitlab:${string}`) === undefined ? [] : [key]),
      ...(env[variable] === undefined ? [] : [variable]),
    ])
    .concat(tokensOfOthers.filter((variable) => env[variable] !== undefined));
  const aside =
    found.length === 0
      ? ""
      : ` (${found.join(", ")} ${found.length === 1 ? "is" : "are"} set, but this package does not use ${found.length === 1 ? "it" : "them"})`;
  const places = lookup.isCommand
    ? "GITLAB_TOKEN"
    : "gitlab:token (pulumi config set --secret gitlab:token) or GITLAB_TOKEN";
  return new DeployTokenError(
    "no_access_token",
    `No access token for GitLab: set ${places} to a personal, project or group access token with the scope "${lookup.scope ?? "api"}"${aside}.`,
  );
}

/** Refuses job tokens and deploy tokens, for which GitLab's response would be a misleading 404. */
export function refuseWrongKind(
  { value, source }: Found,
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): void {
  const kind =
    value.startsWith("glcbt-") || value === env["CI_JOB_TOKEN"]
      ? "a CI job token"
      : value.startsWith("gldt-")
        ? "a deploy token"
        : undefined;
  if (kind === undefined) return;
  throw new DeployTokenError(
    "no_access_token",
    `${source} is ${kind}, which cannot manage deploy tokens: use a personal, project or group access token with the scope "${lookup.scope ?? "api"}".`,
  );
}
