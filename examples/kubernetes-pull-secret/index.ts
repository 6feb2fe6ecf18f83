import { core, Provider } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { dockerConfigJson, GroupDeployToken } from "pulumi-gitlab-deploy-tokens";

const config = new Config();
const registry = config.get("registry") ?? "registry.gitlab.com";
const namespace = config.get("namespace") ?? "default";

const images = new GroupDeployToken("images", {
  group: config.get("group") ?? "acme",
  scopes: ["read_registry"],
  username: "cluster",
});

// Writes manifests instead of asking a cluster. Leave it out, and the option below, to apply them to one.
const manifests = new Provider("manifests", {
  renderYamlToDirectory: config.get("directory") ?? "manifests",
});

const secret = new core.v1.Secret(
  "gitlab-registry",
  {
    metadata: { name: "gitlab-registry", namespace },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": dockerConfigJson(images, { registry }) },
  },
  { provider: manifests },
);

// Every pod of the namespace that names no other service account pulls with it.
const serviceAccount = new core.v1.ServiceAccount(
  "default",
  { metadata: { name: "default", namespace }, imagePullSecrets: [{ name: secret.metadata.name }] },
  { provider: manifests },
);

export const secretName = secret.metadata.name;
export const serviceAccountName = serviceAccount.metadata.name;
