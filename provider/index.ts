export {
  DeployTokenError,
  type DeployTokenErrorCode,
  type DeployTokenErrorDetails,
  deployTokenErrorCodes,
} from "./gitlab/errors.js";
export { type DeployTokenScope, deployTokenScopes } from "./gitlab/scopes.js";
export { type DockerConfigJsonOptions, dockerConfigJson } from "./helpers/docker-config-json.js";
export { type GitCredentialsUrlOptions, gitCredentialsUrl } from "./helpers/git-credentials-url.js";
export { type NpmrcOptions, npmrc } from "./helpers/npmrc.js";
export type { PackageRegistryOptions } from "./helpers/package-registry.js";
export { pipIndexUrl } from "./helpers/pip-index-url.js";
export type { DeployTokenCredentials, DeployTokenSource } from "./helpers/source.js";
export {
  type GetGroupDeployTokenArgs,
  type GetGroupDeployTokensArgs,
  getGroupDeployToken,
  getGroupDeployTokenOutput,
  getGroupDeployTokens,
  getGroupDeployTokensOutput,
} from "./lookups/group.js";
export { getInstanceDeployTokens, getInstanceDeployTokensOutput } from "./lookups/instance.js";
export {
  type GetProjectDeployTokenArgs,
  type GetProjectDeployTokensArgs,
  getProjectDeployToken,
  getProjectDeployTokenOutput,
  getProjectDeployTokens,
  getProjectDeployTokensOutput,
} from "./lookups/project.js";
export type {
  GetDeployTokenArgs,
  GetDeployTokenResult,
  GetDeployTokensArgs,
  GetDeployTokensResult,
  OutputArgs,
} from "./lookups/types.js";
export { GroupDeployToken, type GroupDeployTokenArgs } from "./resources/group-deploy-token.js";
export { ProjectDeployToken, type ProjectDeployTokenArgs } from "./resources/project-deploy-token.js";
export { Provider, type ProviderArgs } from "./resources/provider.js";
export type { RotatingDeployTokenArgs } from "./resources/rotating-deploy-token.js";
export {
  RotatingGroupDeployToken,
  type RotatingGroupDeployTokenArgs,
} from "./resources/rotating-group-deploy-token.js";
export {
  RotatingProjectDeployToken,
  type RotatingProjectDeployTokenArgs,
} from "./resources/rotating-project-deploy-token.js";
export type { AdoptArgs, DeployTokenArgs, DeployTokenOutputs } from "./resources/types.js";
