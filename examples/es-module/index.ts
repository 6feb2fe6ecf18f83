import { Config } from "@pulumi/pulumi";
import { getProjectDeployTokens, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const project = new Config().get("project") ?? "acme/app";

// An ES module may await at its top: what works in the project before this program acts.
const { tokens } = await getProjectDeployTokens({ project, active: true });

export const { token } = new ProjectDeployToken("pull", { project, scopes: ["read_registry"] });
export const namesBefore = tokens.map(({ name }) => name);
