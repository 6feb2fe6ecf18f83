import { getStack, secret } from "@pulumi/pulumi";
import { type DeployTokenScope, GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
import { readDeclaration, tokensOf } from "./declaration";

// One program for all stacks: the name of the stack is the name of the team.
const team = readDeclaration().teams.find(({ name }) => name === getStack());
if (team === undefined) throw new Error(`fleet.json has no team called "${getStack()}"`);

const made = tokensOf(team).map(({ kind, owner, scopes, ...declared }) => {
  const resource = `${owner}:${declared.name}`;
  // JSON has no literal types: the preview refuses a scope that GitLab does not have.
  const args = { ...declared, scopes: scopes as DeployTokenScope[] };
  const { username, token } =
    kind === "project"
      ? new ProjectDeployToken(resource, { project: owner, ...args })
      : new GroupDeployToken(resource, { group: owner, ...args });
  return [resource, { username, token }] as const;
});

export const tokens = secret(Object.fromEntries(made));
