import { Config } from "@pulumi/pulumi";
import { ciVariables, RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();

// The overlap is what makes a hand-over after the `up` safe: the token before still works until then.
const packages = new RotatingProjectDeployToken("packages", {
  project: config.get("project") ?? "acme/app",
  scopes: ["read_package_registry"],
  username: "packages",
  rotateEveryDays: 90,
  overlapDays: 30,
  ...(config.get("leak") === undefined ? {} : { rotateWhenChanged: config.require("leak") }),
});

/** What hand-over.mjs writes: the CI/CD variables PACKAGES_USERNAME and PACKAGES_TOKEN. */
export const variables = ciVariables(packages, { prefix: "PACKAGES" });
