import { Config } from "@pulumi/pulumi";
import { GroupDeployToken, ProjectDeployToken, Provider } from "pulumi-gitlab-deploy-tokens";

const config = new Config();

// On the stack's GitLab: gitlab:baseUrl and gitlab:token.
const images = new ProjectDeployToken("images", {
  project: config.get("project") ?? "acme/app",
  scopes: ["read_registry"],
});

// On another one, with its own access token.
const internal = new Provider("internal", {
  baseUrl: config.require("internalBaseUrl"),
  token: config.requireSecret("internalToken"),
});
const packages = new GroupDeployToken(
  "packages",
  { group: config.get("group") ?? "acme", scopes: ["read_package_registry"] },
  { provider: internal },
);

export const imagesToken = images.token;
export const packagesToken = packages.token;
export const gitlabs = [images.baseUrl, packages.baseUrl];
