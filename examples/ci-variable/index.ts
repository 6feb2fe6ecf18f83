import { Config } from "@pulumi/pulumi";
import { RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

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

/** What hand-over.mjs writes: names of CI/CD variables, and their values. */
export const variables = { PACKAGES_USERNAME: packages.username, PACKAGES_TOKEN: packages.token };
