import { execFile } from "node:child_process";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { optionsOf, readDeclaration } from "../fleet/declaration";
import { withLock } from "./lock";
import { connect, type Order, queue, type Result } from "./queue";

// Works on the jobs of the queue. It has to be the first process of a container or of a process namespace: if only
// this process died, the engines that it started would work on.

const workDir = join(__dirname, "..", "fleet");

function lost(reason: unknown): never {
  console.error(`${reason}: this worker ends`);
  process.exit(1);
}

async function execute({ team, command }: Order): Promise<Result> {
  try {
    const stack = await LocalWorkspace.createOrSelectStack({ stackName: team, workDir });
    if (command !== "preview") await recover(stack);
    const result = await stack[command]();
    const changes = "summary" in result ? result.summary.resourceChanges : result.changeSummary;
    const counts = Object.entries(changes ?? {}).map(([what, count]) => `${count} ${what}`);
    return { succeeded: true, summary: counts.join(", ") };
  } catch (error) {
    return { succeeded: false, summary: String(error) };
  }
}

/** Removes what a lost worker left: it had the lock of the database that this one has now. */
async function recover(stack: Stack): Promise<void> {
  await stack.cancel();
  const { deployment } = await stack.exportStack();
  if (!deployment.pending_operations?.length) return;
  const teams = readDeclaration().teams.filter(({ name }) => name === stack.name);
  const prune = ["pulumi-gitlab-deploy-tokens", "prune", "--left-by-killed-run", "--yes"];
  try {
    const args = [...prune, "--stack", stack.name, ...optionsOf(teams)];
    const { stdout } = await promisify(execFile)("npx", args, { cwd: workDir });
    console.log(`${stack.name}: ${stdout.trim()}`);
    await stack.refresh({ clearPendingCreates: true });
  } catch (error) {
    // The audit names what is left.
    console.log(`${stack.name}: ${error}`);
  }
}

/** Opens Pulumi's backend under a lock: if two engines create the table of an empty database, one of them fails. */
async function openBackend(): Promise<void> {
  const workspace = await LocalWorkspace.create({ workDir });
  await withLock("all", lost, () => workspace.whoAmI());
}

async function main(): Promise<void> {
  await openBackend();
  const boss = await connect();
  const localConcurrency = Number(process.env["STACKS_AT_A_TIME"] ?? 2);
  await boss.work<Order>(queue, { localConcurrency, pollingIntervalSeconds: 1 }, async ([job]) => {
    if (job === undefined) return undefined;
    const { team, command } = job.data;
    const onAbort = () => lost(`the job of ${team} was given to another worker`);
    job.signal.addEventListener("abort", onAbort);
    try {
      return await withLock(team, lost, async () => {
        console.log(`${team}: ${command} on ${hostname()}`);
        const result = await execute(job.data);
        console.log(`${team}: ${result.summary}`);
        return result;
      });
    } finally {
      // pg-boss aborts the signal of a job that has ended, too.
      job.signal.removeEventListener("abort", onAbort);
    }
  });
  console.log("ready");
  // SIGTERM: finishes the jobs at hand.
  process.once(
    "SIGTERM",
    () => void boss.stop({ graceful: true, timeout: 21_600_000 }).then(() => process.exit(0)),
  );
}

main().catch(lost);
