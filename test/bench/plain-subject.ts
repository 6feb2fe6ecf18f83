import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../engine/command.js";
import type { EmulatorProcess } from "./emulator.js";
import { accessToken } from "./gitlab.js";
import type { Operation } from "./measurement.js";
import { Sampler } from "./sampler.js";
import { type Performed, programEnvironment, type Scenario, type Subject } from "./subject.js";

const supported: readonly Operation[] = ["up", "refresh", "replace", "destroy"];

/** Sends the same requests by `@gitbeaker/rest`, without Pulumi. */
export class PlainSubject implements Subject {
  readonly side = "plain";
  private readonly folder = mkdtempSync(join(tmpdir(), "bench-plain-"));

  constructor(
    private readonly scenario: Scenario,
    private readonly gitlab: EmulatorProcess,
  ) {}

  async perform(operation: Operation): Promise<Performed | undefined> {
    if (!supported.includes(operation)) return undefined;
    let sampler: Sampler | undefined;
    const started = process.hrtime.bigint();
    try {
      const file = join(__dirname, "fixtures", "plain.mjs");
      const { code, stderr } = await run(process.execPath, [file, operation], {
        cwd: this.folder,
        env: {
          ...process.env,
          ...programEnvironment(this.side, this.scenario, operation === "replace" ? 2 : 1),
          BENCH_PARALLEL: String(this.scenario.parallel),
          BENCH_FILE: join(this.folder, "tokens.json"),
          GITLAB_BASE_URL: this.gitlab.url,
          GITLAB_TOKEN: accessToken,
        },
        onStart: (pid) => {
          sampler = new Sampler(pid);
        },
      });
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      if (code !== 0 || sampler === undefined) throw new Error(`plain, ${operation}: ${stderr}`);
      const { engine: program, program: engine, provider } = sampler.stop();
      const { counts } = await this.gitlab.traffic();
      return { seconds, usage: { engine, program, provider }, requests: counts, state: undefined };
    } finally {
      sampler?.stop();
    }
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
