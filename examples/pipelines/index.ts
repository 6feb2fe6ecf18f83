import { Config } from "@pulumi/pulumi";
import { ProjectDeployToken, RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const project = config.get("project") ?? "acme/app";

// The weekly job `rotate` replaces it in time.
const pull = new RotatingProjectDeployToken("pull", {
  project,
  scopes: ["read_registry"],
  rotateEveryDays: 90,
  overlapDays: 30,
});

// Only a person can give it a new date: the daily job `audit` fails 14 days before this one.
const mirror = new ProjectDeployToken("mirror", {
  project,
  scopes: ["read_repository"],
  expiresAt: config.get("mirrorExpiresAt") ?? "2031-06-30",
});

export const pullToken = pull.token;
export const mirrorToken = mirror.token;
