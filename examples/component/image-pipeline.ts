import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";

export interface ImagePipelineArgs {
  /** Full path or numeric id. */
  project: Input<string | number>;
  /** When both tokens stop working, as 2030-12-31. */
  expiresAt: Input<string>;
}

/** The two deploy tokens of a project's images: the pipeline pushes with one, the cluster pulls with the other. */
export class ImagePipeline extends ComponentResource {
  readonly pushToken: Output<string>;
  readonly pullToken: Output<string>;

  constructor(name: string, args: ImagePipelineArgs, opts?: ComponentResourceOptions) {
    super("acme:index:ImagePipeline", name, {}, opts);
    const push = new ProjectDeployToken(
      `${name}-push`,
      { ...args, scopes: ["read_registry", "write_registry"] },
      { parent: this },
    );
    const pull = new ProjectDeployToken(
      `${name}-pull`,
      { ...args, scopes: ["read_registry"] },
      { parent: this },
    );
    this.pushToken = push.token;
    this.pullToken = pull.token;
    this.registerOutputs();
  }
}
