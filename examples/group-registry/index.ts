import { Config } from "@pulumi/pulumi";
import { dockerConfigJson, GroupDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const registry = config.get("registry") ?? "registry.gitlab.com";

// One token for the images of every project below the group.
const images = new GroupDeployToken("images", {
  group: config.get("group") ?? "acme",
  scopes: ["read_registry"],
  username: "images",
});

/** What a container runtime reads as its config.json. */
export const configJson = dockerConfigJson(images, { registry });
