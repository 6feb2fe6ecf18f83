import { Config } from "@pulumi/pulumi";
import { ImagePipeline } from "./image-pipeline";

const config = new Config();

const app = new ImagePipeline("app", {
  project: config.get("project") ?? "acme/app",
  expiresAt: config.get("expiresAt") ?? "2030-12-31",
});

export const { pushToken, pullToken } = app;
