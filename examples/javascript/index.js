// @ts-check

const { Config } = require("@pulumi/pulumi");
const { ProjectDeployToken } = require("pulumi-gitlab-deploy-tokens");

const config = new Config();

const pull = new ProjectDeployToken("pull", {
  project: config.get("project") ?? "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
});

exports.username = pull.username;
exports.token = pull.token;
