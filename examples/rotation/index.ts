import { Config } from "@pulumi/pulumi";
import { RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();

const pull = new RotatingProjectDeployToken("pull", {
  project: config.get("project") ?? "acme/app",
  scopes: ["read_registry"],
  rotateEveryDays: 90,
  overlapDays: 30,
  // After a leak: pulumi config set leak 2031-04, pulumi up.
  ...(config.get("leak") === undefined ? {} : { rotateWhenChanged: config.require("leak") }),
});

export const { username, token, rotatesAt } = pull;
