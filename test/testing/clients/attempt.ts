import type { DeployTokenCredentials } from "../../../provider/index.js";
import type { DeployToken, Seed } from "../../../provider/testing/index.js";
import type { CommandResult } from "../../engine/command.js";
import { npmTarball, wheel } from "../../engine/readers.js";
import { type Certificates, makeCertificates } from "../../engine/servers.js";
import { known } from "../../support/pulumi.js";
import { routes } from "./routes.js";
import { StandIn } from "./stand-in.js";
import { Box, type Tool } from "./tools.js";
import type { Trial } from "./trials.js";

const npm = (name: string) =>
  ({ type: "npm", name, version: "1.0.0", content: npmTarball(name, "1.0.0") }) as const;

const seed = (): Seed => ({
  groups: [{ path: "acme" }],
  projects: [
    {
      path: "acme/app",
      files: {
        "README.md": "# app\n",
        "go.mod": "module gitlab.test/acme/app.git\n\ngo 1.19\n",
        "app.go": "package app\n",
      },
      imageTags: ["1.0", "1.1"],
      packages: [
        npm("@acme/hello"),
        { type: "pypi", name: "hello_acme", version: "1.0.0", content: wheel("hello_acme", "1.0.0") },
      ],
    },
    { path: "acme/lib", packages: [npm("@lib/lib")] },
  ],
});

/** The result of a client: its row in the table. */
export interface Outcome {
  readonly version: string;
  readonly does: string;
  readonly refused: string;
}

/** One emulator of GitLab for all trials, one after another. */
export class Ground {
  private constructor(
    private readonly standIn: StandIn,
    private readonly certificates: Certificates,
  ) {}

  static async prepare(): Promise<Ground> {
    const certificates = makeCertificates();
    return new Ground(await StandIn.start(seed(), routes, certificates), certificates);
  }

  close(): Promise<void> {
    return this.standIn.close();
  }

  /** Tries a token that works, and the same token after its revocation. A failure contains the client's output. */
  async attempt(trial: Trial, tool: Tool): Promise<Outcome> {
    const { gitlab } = this.standIn;
    gitlab.reset();
    const { owner, scopes = ["read_package_registry"] } = trial;
    const token = gitlab.createDeployToken({ ...owner, name: "trial", scopes });
    const text = await known(trial.write(this.source(token), this.standIn));
    const one = async <T>(see: (box: Box, result: CommandResult) => T): Promise<readonly [T, string]> => {
      const box = new Box(tool);
      try {
        const { standIn, certificates } = this;
        const result = await trial.run({ standIn, certificates, box, text });
        const told = `${trial.client} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`;
        return [see(box, result), told];
      } finally {
        box.dispose();
      }
    };
    const [works, printed] = await one((box, result) => result.code === 0 && trial.proof(box, result));
    if (!works) throw new Error(`${trial.format} did not work. ${printed}`);
    gitlab.revoke(token.id);
    const [refused, then] = await one((_, { code, stdout, stderr }) =>
      code === 0 ? undefined : trial.refused.exec(`${stderr}\n${stdout}`)?.[1],
    );
    if (refused === undefined) throw new Error(`${trial.format}: no refusal was seen. ${then}`);
    return { version: tool.version, does: trial.does, refused };
  }

  /** The outputs that a stack would have. */
  private source({ id, token, username, kind, ownerId, scopes }: DeployToken): DeployTokenCredentials {
    const name = username ?? `gitlab+deploy-token-${id}`;
    return { username: name, token, baseUrl: this.standIn.url, [kind]: String(ownerId), scopes };
  }
}
