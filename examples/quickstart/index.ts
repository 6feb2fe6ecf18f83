import { Config } from "@pulumi/pulumi";
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();

const pull = new ProjectDeployToken("pull", {
  project: config.require("project"),
  name: "cluster pull",
  scopes: ["read_repository", "read_registry"],
  expiresAt: config.get("expiresAt") ?? "2030-12-31",
});

export const username = pull.username;
export const token = pull.token;
