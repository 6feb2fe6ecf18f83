import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

// Before: new gitlab.ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", … }), and so on. The
// logical names stay, and the aliases say what the resources were.
const wasProjectToken = { aliases: [{ type: "gitlab:index/projectDeployToken:ProjectDeployToken" }] };
const wasGroupToken = { aliases: [{ type: "gitlab:index/groupDeployToken:GroupDeployToken" }] };

const pull = new ProjectDeployToken(
  "pull",
  {
    project: "acme/app",
    name: "cluster pull",
    username: "cluster",
    scopes: ["read_registry", "read_repository"],
    expiresAt: "2031-01-31",
  },
  wasProjectToken,
);

// The official provider chose this one's name: it may stay left out.
const plain = new ProjectDeployToken("plain", { project: 2, scopes: ["read_registry"] }, wasProjectToken);

const packages = new GroupDeployToken(
  "group",
  { group: "acme", name: "group packages", scopes: ["read_package_registry"] },
  wasGroupToken,
);

export const values = [pull.token, plain.token, packages.token];
