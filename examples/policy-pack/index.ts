import { Config } from "@pulumi/pulumi";
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const days = config.getNumber("days") ?? 90;

// So many days from its creation: as long as it lives it keeps its date.
export const { token } = new ProjectDeployToken(
  "pull",
  {
    project: config.get("project") ?? "acme/app",
    name: config.get("name") ?? "cluster-pull",
    scopes: [config.getBoolean("push") ? "write_registry" : "read_registry"],
    expiresAt: new Date(Date.now() + days * 86_400_000).toISOString(),
  },
  { ignoreChanges: ["expiresAt"] },
);
