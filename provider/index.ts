export {
  DeployTokenError,
  type DeployTokenErrorCode,
  type DeployTokenErrorDetails,
  deployTokenErrorCodes,
} from "./gitlab/errors.js";
export { type DeployTokenScope, deployTokenScopes } from "./gitlab/scopes.js";
export { GroupDeployToken, type GroupDeployTokenArgs } from "./resources/group-deploy-token.js";
export { ProjectDeployToken, type ProjectDeployTokenArgs } from "./resources/project-deploy-token.js";
export { Provider, type ProviderArgs } from "./resources/provider.js";
export type { AdoptArgs, DeployTokenArgs } from "./resources/types.js";
