import { Config } from "@pulumi/pulumi";
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const deployTokenId = config.getNumber("deployTokenId");

const pull = new ProjectDeployToken("pull", {
  project: config.get("project") ?? "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
  // For one pulumi up; then: pulumi config rm deployTokenId.
  ...(deployTokenId === undefined
    ? {}
    : { adopt: { deployTokenId, token: config.requireSecret("pullToken") } }),
});

export const { username, token } = pull;
