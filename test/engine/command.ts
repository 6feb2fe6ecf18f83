import { spawn } from "node:child_process";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input; none by default. */
  readonly input?: string;
  /** Called with the process's id as soon as it runs. */
  readonly onStart?: (pid: number) => void;
  /** Called with the whole output so far, whenever more comes. */
  readonly onOutput?: (output: string) => void;
}

/** Runs a command to its end and returns the result for any exit code. */
export function run(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env, input, onStart, onOutput } = options;
    const child = spawn(file, args, { cwd, env: env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      into.push(chunk);
      onOutput?.(Buffer.concat([...out, ...err]).toString());
    };
    child.stdout.on("data", collect(out));
    child.stderr.on("data", collect(err));
    child.on("error", reject);
    if (child.pid !== undefined) onStart?.(child.pid);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    child.on("close", (code) => {
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      });
    });
  });
}

/** Runs a command whose failure is a bug of the test. */
export async function runOrThrow(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const result = await run(file, args, options);
  if (result.code === 0) return result;
  throw new Error(`${file} ${args.join(" ")} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`);
}
