import { PolicyPack, type ReportViolation, validateResourceOfType } from "@pulumi/policy";
import type { Unwrap } from "@pulumi/pulumi";
import {
  GroupDeployToken,
  type GroupDeployTokenArgs,
  ProjectDeployToken,
  type ProjectDeployTokenArgs,
} from "pulumi-gitlab-deploy-tokens";

type Token = Unwrap<ProjectDeployTokenArgs | GroupDeployTokenArgs>;
type Rule = (token: Token, report: ReportViolation) => void;

/** The same rule for tokens of projects and of groups; those of the rotating components are among them. */
const both = (rule: Rule) => [
  validateResourceOfType(ProjectDeployToken, (token, _, report) => rule(token, report)),
  validateResourceOfType(GroupDeployToken, (token, _, report) => rule(token, report)),
];

const year = 366 * 86_400_000;

new PolicyPack("deploy-tokens", {
  policies: [
    {
      name: "deploy-tokens-only-read",
      description: "A deploy token has no scope that writes.",
      enforcementLevel: "mandatory",
      validateResource: both(({ scopes }, report) => {
        const writing = scopes.filter((scope) => scope.startsWith("write_"));
        if (writing.length > 0) report(`it has ${writing.join(", ")}: take a project access token instead`);
      }),
    },
    {
      name: "deploy-tokens-expire-within-a-year",
      description: "A deploy token has an expiry that is at most a year away.",
      enforcementLevel: "mandatory",
      validateResource: both(({ expiresAt }, report) => {
        if (expiresAt === undefined) report("it never expires: give expiresAt");
        else if (Date.parse(expiresAt) > Date.now() + year) report(`it expires only at ${expiresAt}`);
      }),
    },
    {
      name: "deploy-tokens-say-who-and-what",
      description: "A deploy token's name says who uses it and what for, as in cluster-pull.",
      enforcementLevel: "mandatory",
      validateResource: both(({ name }, report) => {
        if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(name ?? "")) report(`its name is "${name}"`);
      }),
    },
  ],
});
