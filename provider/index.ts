export {
  DeployTokenError,
  type DeployTokenErrorCode,
  type DeployTokenErrorDetails,
  deployTokenErrorCodes,
} from "./gitlab/errors.js";
export { type DeployTokenScope, deployTokenScopes } from "./gitlab/scopes.js";
export { type CiVariable, type CiVariablesOptions, ciVariables } from "./helpers/ci-variables.js";
export { composerAuthJson } from "./helpers/composer-auth-json.js";
export { type DockerConfigJsonOptions, dockerConfigJson } from "./helpers/docker-config-json.js";
export type { DeployTokenEntries, DeployTokenEntry } from "./helpers/format.js";
export { type GitCredentialsUrlOptions, gitCredentialsUrl } from "./helpers/git-credentials-url.js";
export {
  type HelmRepositoriesYamlOptions,
  type HelmRepositoryOptions,
  type HelmRepositoryOpts,
  helmRepositoriesYaml,
  helmRepositoryOpts,
} from "./helpers/helm.js";
export {
  type GradlePropertiesOptions,
  gradleProperties,
  type MavenSettingsXmlOptions,
  mavenSettingsXml,
} from "./helpers/maven.js";
export { netrc } from "./helpers/netrc.js";
export { type NpmrcOptions, npmrc } from "./helpers/npmrc.js";
export { type NugetConfigOptions, nugetConfig } from "./helpers/nuget-config.js";
export type {
  InstanceRegistryOptions,
  PackageRegistryOptions,
  ProjectRegistryOptions,
} from "./helpers/package-registry.js";
export { pipIndexUrl } from "./helpers/pip-index-url.js";
export { type PypircOptions, pypirc, uvPublishUrl } from "./helpers/pypi-upload.js";
export type { DeployTokenCredentials, DeployTokenSource } from "./helpers/source.js";
export { terraformrc } from "./helpers/terraformrc.js";
export { yarnrcYml } from "./helpers/yarnrc-yml.js";
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
