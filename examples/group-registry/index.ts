import { all, Config, secret } from "@pulumi/pulumi";
import { GroupDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const registry = config.get("registry") ?? "registry.gitlab.com";

// One token for the images of every project below the group.
const images = new GroupDeployToken("images", {
  group: config.get("group") ?? "acme",
  scopes: ["read_registry"],
  username: "images",
});

/** What a container runtime reads as its config.json. */
export const dockerConfigJson = secret(
  all([images.username, images.token]).apply(([username, token]) => {
    const auth = Buffer.from(`${username}:${token}`).toString("base64");
    return JSON.stringify({ auths: { [registry]: { username, password: token, auth } } });
  }),
);
